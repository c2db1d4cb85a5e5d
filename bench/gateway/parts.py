"""Where the microseconds of a request go: podium under load, by the clock of its processor.

    python -m bench.gateway.parts [--seconds 10] [--translated]

podium, upstream and wrk are those of the benchmark, with 64 connections. Each time the process has
used another 4 ms of a processor (SIGPROF), what its event loop is doing is put down to a part: that
of the innermost frame whose file belongs to one. Threads are counted from outside. The kernel's
time is in the parts that call it; it is told besides.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from bench.gateway.gateways import GATEWAYS, Gateway, Place
from bench.gateway.load import TICK, Ask, first_answer, wrk
from bench.gateway.run import free_port, started_process, started_upstream, wait
from bench.machine import load as machine_load
from bench.peers import ROOT
from podium.cli.app import main as podium

PARTS = {
    "HTTP towards the caller": "uvicorn/ compatible/hot.py",
    "who calls, and whether it may": "api/signin.py api/edge.py identity/ cli/owner.py governance/",
    "the question read and checked": "compatible/ api/bodies.py",
    "limits and budgets": "gateway/limits/",
    "choice of a target": "gateway/routing/ gateway/catalogue.py gateway/scores.py",
    "tries, breakers, turns": "gateway/dispatch.py gateway/breaker.py gateway/policy.py "
    "gateway/turnstile.py",
    "spans into the database": "bootstrap/parts.py observability/ adapters/telemetry.py "
    "adapters/storage/ functions/models.py anyio/to_thread.py threading.py queue.py",
    "HTTP towards the provider": "adapters/upstream/ protocols/calls.py",
    "translation, usage of the answer": "protocols/ gateway/usage.py",
    "the call: id, price, record": "podium/gateway/ podium/kernel/ adapters/clock.py",
}
"""By the files that do it; the first that fits counts."""
ELSE = "event loop"
_INTERVAL = 0.004


def part_of(frame: FrameType | None) -> str:
    while frame is not None:
        file = frame.f_code.co_filename
        for part, places in PARTS.items():
            if any(place in file for place in places.split()):
                return part
        frame = frame.f_back
    return ELSE


def serve(port: int, told: Path) -> None:
    """Podium itself; from SIGUSR1 to SIGUSR2 it notes what it does."""
    seen: Counter[str] = Counter()

    def look(_: int, frame: FrameType | None) -> None:
        seen[part_of(frame)] += 1

    def begin(*_: object) -> None:
        _ = signal.setitimer(signal.ITIMER_PROF, _INTERVAL, _INTERVAL)

    def end(*_: object) -> None:
        _ = signal.setitimer(signal.ITIMER_PROF, 0)
        _ = told.write_text(json.dumps(seen))

    for number, handler in ((signal.SIGPROF, look), (signal.SIGUSR1, begin), (signal.SIGUSR2, end)):
        _ = signal.signal(number, handler)
        signal.siginterrupt(number, False)
    sys.argv = ["podium", "up", "--port", str(port)]
    podium()


@dataclass(frozen=True)
class Clocks:
    """Seconds of a processor: of the event loop's thread, of the others, and the kernel's part."""

    loop: float
    threads: float
    kernel: float

    @classmethod
    def of(cls, pid: int) -> "Clocks":
        spent = {
            int(task.name): int((task / "schedstat").read_text("ascii").split()[0]) / 1e9
            for task in Path(f"/proc/{pid}/task").iterdir()
        }
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return cls(spent[pid], sum(spent.values()) - spent[pid], int(fields[12]) / TICK)

    def since(self, before: "Clocks", calls: int) -> "Clocks":
        """Microseconds of each of so many calls."""
        each = 1e6 / calls
        return Clocks(
            (self.loop - before.loop) * each,
            (self.threads - before.threads) * each,
            (self.kernel - before.kernel) * each,
        )


@contextmanager
def serving(gateway: Gateway, folder: Path, told: Path) -> Generator[tuple[int, Ask]]:
    with started_upstream(folder, pause=0) as upstream:
        place = Place(folder, free_port(), upstream)
        started = gateway.start(place)
        command = [sys.executable, "-m", "bench.gateway.parts", "--serve", str(place.port)]
        environment = {**started.environment, "PYTHONPATH": str(ROOT), "TOLD": str(told)}
        with started_process(
            ["taskset", "-c", "0", *command], folder, environment, log=folder / "log"
        ) as process:
            wait(place.port, gateway.alive, 120)
            headers = {"Content-Type": "application/json"}
            headers["Authorization"] = f"Bearer {started.key()}"
            url = f"http://127.0.0.1:{place.port}{gateway.path}"
            yield process.pid, Ask(url, gateway.model, headers)


def measured(gateway: Gateway, folder: Path, seconds: int) -> list[tuple[str, float]]:
    """Microseconds of each part."""
    told = folder / "told.json"
    with serving(gateway, folder, told) as (pid, ask):
        first_answer(ask)
        _ = wrk(ask, 64, 2, folder=folder)
        before = Clocks.of(pid)
        os.kill(pid, signal.SIGUSR1)
        calls = wrk(ask, 64, seconds, folder=folder).calls
        time.sleep(1)  # what is written behind the requests
        took = Clocks.of(pid).since(before, calls)
        os.kill(pid, signal.SIGUSR2)
        time.sleep(1)
    seen: dict[str, int] = json.loads(told.read_text("utf-8"))
    whole = sum(seen.values())
    rows = [(part, count / whole * took.loop) for part, count in Counter(seen).most_common()]
    return [
        *rows,
        ("threads: SQLite", took.threads),
        ("**all**", took.loop + took.threads),
        ("of these in the kernel", took.kernel),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    _ = parser.add_argument("--seconds", type=int, default=10)
    _ = parser.add_argument("--translated", action="store_true")
    _ = parser.add_argument("--serve", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, Path(os.environ["TOLD"]))
        return
    name = "podium to Anthropic" if options.translated else "podium"
    gateway = next(one for one in GATEWAYS if one.name == name)
    with tempfile.TemporaryDirectory(prefix="bench-parts-") as folder:
        rows = measured(gateway, Path(folder), options.seconds)
    print("| part | CPU a request, us |\n|---|---:|")
    for part, micros in rows:
        print(f"| {part} | {micros:.1f} |")
    print(f"\nLoad average {machine_load():.1f}.")


if __name__ == "__main__":
    main()
