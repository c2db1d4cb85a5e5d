"""`python -m bench.run`: every peer on the same work, in rounds, and the page of it."""

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import machine, page, plot
from bench.peers import BENCH, PEERS, ROOT, Peer
from bench.processes import Driver, place
from bench.waiting import Patience, waited

SERVER = "postgresql://postgres@127.0.0.1:5432"
RESULTS = ROOT / "bench" / "workflows.json"


@dataclass(frozen=True)
class Plan:
    """How much is measured. `scenarios` are what the drivers are asked; `warm` runs come before.

    `waiting` runs wait for a message; their memory is looked at again after `settle` seconds.
    """

    rounds: int
    scenarios: Mapping[str, Mapping[str, float]]
    waiting: int
    warm: int
    settle: float


FULL = Plan(
    rounds=5,
    warm=20,
    scenarios={
        "sequential": {"most": 90, "runs": 200, "seconds": 10},
        "many": {"most": 120, "runs": 1000, "seconds": 8, "at_once": 50},
        "fan": {"most": 90, "runs": 40, "seconds": 8},
        "queue": {"most": 240, "runs": 1000, "at_once": 50},
        "first": {"most": 60, "times": 8, "pause": 0.3},
        "idle": {"most": 30, "seconds": 10},
    },
    waiting=10_000,
    settle=10,
)
SHORT = replace(
    FULL,
    rounds=2,
    scenarios={
        "sequential": {"most": 60, "runs": 100, "seconds": 5},
        "many": {"most": 60, "runs": 400, "seconds": 4, "at_once": 50},
        "fan": {"most": 45, "runs": 20, "seconds": 4},
        "queue": {"most": 120, "runs": 1000, "at_once": 50},
        "first": {"most": 45, "times": 4, "pause": 0.3},
        "idle": {"most": 30, "seconds": 5},
    },
)
QUICK = Plan(
    rounds=1,
    warm=2,
    scenarios={
        "sequential": {"most": 20, "runs": 20, "seconds": 1},
        "many": {"most": 30, "runs": 60, "seconds": 1, "at_once": 10},
        "fan": {"most": 20, "runs": 3, "seconds": 1},
        "queue": {"most": 30, "runs": 60, "at_once": 10},
        "first": {"most": 20, "times": 2, "pause": 0.1},
        "idle": {"most": 10, "seconds": 1},
    },
    waiting=100,
    settle=1,
)


@dataclass(frozen=True)
class Wish:
    plan: Plan
    peers: Sequence[Peer]
    synchronous: str
    server: str
    log: Path


def main() -> int:
    asked = _asked()
    plan = QUICK if asked.quick else SHORT if asked.short else FULL
    if asked.rounds:
        plan = replace(plan, rounds=asked.rounds)
    if asked.scenarios:
        some = {name: plan.scenarios[name] for name in asked.scenarios.split("|")}
        plan = replace(plan, scenarios=some)
    if asked.waiting >= 0:
        plan = replace(plan, waiting=asked.waiting)
    chosen = [peer for peer in PEERS if not asked.only or any(one in peer.name.lower()
              for one in asked.only.lower().split("|"))]  # fmt: skip
    if asked.quick:
        chosen = [peer for peer in chosen if peer.quick]
    BENCH.mkdir(exist_ok=True)
    log = BENCH / "drivers.log"
    _ = log.write_text("")
    wish = Wish(plan, chosen, asked.synchronous, asked.postgresql, log)
    found = _measured(wish)
    results = Path(asked.results) if asked.results else _default_results(asked)
    _ = results.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    _say(page.text(found, chosen))
    if not (asked.quick or asked.only or asked.scenarios or asked.results):
        page.write(ROOT / "bench" / "README.md", found, chosen)
        plot.write(ROOT / "bench" / "workflows.svg", found, chosen)
    _say(f"Raw figures: {results}")
    own = [peer.name for peer in chosen if peer.is_podium]
    return 1 if any(found["peers"][name].get("failed") for name in own) else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    _ = parser.add_argument("--quick", action="store_true", help="a smoke test of two minutes")
    _ = parser.add_argument("--short", action="store_true", help="all of it, with fewer runs")
    _ = parser.add_argument("--only", default="", help="parts of names of peers, with | between")
    _ = parser.add_argument("--rounds", type=int, default=0, help="how often each peer is measured")
    _ = parser.add_argument("--scenarios", default="", help="names of some, with | between")
    _ = parser.add_argument("--waiting", type=int, default=-1, help="how many runs wait; or 0")
    _ = parser.add_argument("--synchronous", choices=("normal", "full"), default="normal",
                            help="how SQLite and logs sync")  # fmt: skip
    _ = parser.add_argument("--postgresql", default=SERVER, help="URL of a server, no database")
    _ = parser.add_argument("--results", default="", help="file for the raw figures")
    return parser.parse_args()


def _default_results(asked: argparse.Namespace) -> Path:
    is_part = asked.quick or asked.only or asked.scenarios
    return BENCH / "workflows.json" if is_part else RESULTS


def _measured(wish: Wish) -> dict[str, Any]:
    peers: dict[str, dict[str, Any]] = {peer.name: {"rounds": []} for peer in wish.peers}
    loads = [machine.load()]
    began = time.time()
    waiting: dict[str, Any] = {}
    try:
        for peer in (one for one in wish.peers if one.waits and wish.plan.waiting):
            waiting[peer.name] = _waiting(wish, peer)
        for number in range(wish.plan.rounds):
            # There and back again, so that nobody is always first.
            order = wish.peers if number % 2 == 0 else list(reversed(wish.peers))
            for peer in order:
                _say(f"round {number + 1}/{wish.plan.rounds}, {peer.name}")
                _round(wish, peer, peers[peer.name])
            loads.append(machine.load())
    except KeyboardInterrupt:
        _say("stopped: what follows is what was measured until now")
        loads.append(machine.load())
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime(began)),
        "minutes": (time.time() - began) / 60,
        "machine": machine.described(wish.server),
        "load": loads,
        "synchronous": wish.synchronous,
        "rounds": wish.plan.rounds,
        "scenarios": wish.plan.scenarios,
        "peers": peers,
        "waiting": waiting,
    }


def _waiting(wish: Wish, peer: Peer) -> dict[str, Any]:
    runs = int(wish.plan.waiting * peer.waits)
    _say(f"{runs} waiting runs: {peer.name}")
    patience = Patience(runs, wish.plan.settle)
    return waited(peer, patience, server=wish.server, synchronous=wish.synchronous, log=wish.log)


def _round(wish: Wish, peer: Peer, found: dict[str, Any]) -> None:
    """Put one round's answers into `found`; a peer that failed to start is not tried again."""
    if "failed" in found:
        return
    began, answers = time.perf_counter(), {}
    try:
        with place(peer, wish.server) as where:
            driver = Driver(peer, where, synchronous=wish.synchronous, log=wish.log)
            try:
                found["about"] = driver.about
                _ = driver.measure("warm", most=120, runs=wish.plan.warm)
                for scenario in (one for one in peer.scenarios if one in wish.plan.scenarios):
                    asked = _scaled(wish.plan, peer, scenario)
                    answers[scenario] = driver.measure(scenario, **asked)
            finally:
                driver.stop()
    except Exception as error:  # noqa: BLE001 - whatever a peer does, the others are measured
        found["failed"] = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    found["rounds"].append(answers)
    _say(f"    {time.perf_counter() - began:.0f} s" + _failures(found, answers))


def _scaled(plan: Plan, peer: Peer, scenario: str) -> Mapping[str, float]:
    asked = dict(plan.scenarios[scenario])
    if "at_once" in asked:
        asked["runs"] = int(asked["runs"] * peer.share)
    return asked


def _failures(found: Mapping[str, Any], answers: Mapping[str, Any]) -> str:
    reasons = [str(found["failed"])] if "failed" in found else []
    reasons += [f"{name}: {one['failed']}" for name, one in answers.items() if "failed" in one]
    return "".join(f"\n    {one}" for one in reasons)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
