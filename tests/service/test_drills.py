"""Faults on purpose. `make drills` makes them harder and prints what was seen."""

import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random  # noqa: TID251 - moments by seed

import pytest
from tests.service.callee import Callee, calling
from tests.service.drill import FINAL, PATIENCE, Object, Place, document, podium_in, until
from tests.service.wire import wire

HARD = os.environ.get("DRILLS") == "hard"  # noqa: TID251 - `make drills`
KILLS = 50 if HARD else 3
WAITING = 1000 if HARD else 60
RACES = 200 if HARD else 24
CONFIG = "version: 1\nhttp: {allow_private: true}\nengine: {concurrency: 8}\n"

STEPS = [f"s{number}" for number in range(12)]
CHAIN = document(
    "chain",
    "\n".join(
        f"""- {name}:
    call: http
    with:
      method: post
      endpoint: ${{ $workflow.input.url }}
      body: {{step: {name}}}"""
        for name in STEPS
    ),
)
LISTENS = document(
    "listens",
    """
- told:
    listen:
      to:
        one:
          with: {type: order.paid}
          correlate: {order: {from: .data.order, expect: "${ $workflow.input.order }"}}
""",
)
SHORT = document("short", "- nap: {wait: {milliseconds: 150}}\n- done: {set: {ok: true}}")


def report(line: str) -> None:
    print(f"  {line}")  # noqa: T201 - `make drills` shows it


def test_kill_9_at_random_points_loses_and_doubles_nothing(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    dice, runs = Random(11), 6 + KILLS // 2  # noqa: S311
    with calling() as callee, podium_in(tmp_path, CONFIG, environment) as place:
        _ = place.up()
        place.store(CHAIN)
        ids = [place.start("chain", {"url": f"{callee.url}/effect?ms=25"}) for _ in range(runs)]
        for kill in range(KILLS):
            wanted = (kill + 1) * runs * len(STEPS) // (KILLS + 4)
            _ = until(f"{wanted} effects", lambda wanted=wanted: len(callee.times) >= wanted)
            time.sleep(dice.random() * 0.06)
            place.kill()
            _ = place.up()
        ended = [place.reaches(run, *FINAL) for run in ids]
        _check_effects(callee, ids, ended, crashes=KILLS)


def _check_effects(callee: Callee, ids: list[str], ended: list[Object], *, crashes: int) -> None:
    assert {each["status"] for each in ended} == {"completed"}
    assert set(callee.times) == {f"{run}:/do/{step}" for run in ids for step in STEPS}
    doubled = sum(len(times) - 1 for times in callee.times.values())
    # Eight runs execute at once, and each has one effect in flight.
    assert doubled <= 8 * crashes
    for run in ids:
        last = [max(callee.times[f"{run}:/do/{step}"]) for step in STEPS]
        assert last == sorted(last), "effects of one run out of order"
    total = len(ids) * len(STEPS)
    report(f"kill -9, {crashes} times: {total} effects, 0 lost, {doubled} in flight repeated")


@pytest.mark.service
def test_a_database_that_goes_away_and_comes_back_loses_nothing(
    tmp_path: Path, postgresql: str
) -> None:
    with wire() as cable, calling() as callee:
        url = postgresql.replace(":5432", f":{cable.port}")
        with podium_in(tmp_path, CONFIG, {"PODIUM_STORAGE_URL": url}) as place:
            _ = place.up()
            place.store(CHAIN)
            ids = [place.start("chain", {"url": f"{callee.url}/effect?ms=40"}) for _ in range(12)]
            for _ in range(2):
                before = callee.count
                _ = until("more effects", lambda before=before: callee.count > before + 8)
                cable.sever()
                time.sleep(2.5)
                refused = place.begin("chain", {"url": callee.url})
                assert refused.status == 503, refused
                cable.mend()
            ended = [place.reaches(run, *FINAL) for run in ids]
            assert place.lives
            doubled = sum(len(times) - 1 for times in callee.times.values())
            assert {each["status"] for each in ended} == {"completed"}
            assert set(callee.times) == {f"{run}:/do/{step}" for run in ids for step in STEPS}
            assert doubled == 0
            report("database away for 2.5 s, twice: nothing lost, nothing repeated")


@pytest.mark.service
def test_sigterm_while_the_database_is_away_ends_in_peace_and_loses_nothing(
    tmp_path: Path, postgresql: str
) -> None:
    with wire() as cable, calling() as callee:
        url = postgresql.replace(":5432", f":{cable.port}")
        with podium_in(tmp_path, CONFIG, {"PODIUM_STORAGE_URL": url}) as place:
            _ = place.up()
            place.store(CHAIN)
            ids = [place.start("chain", {"url": f"{callee.url}/effect?ms=40"}) for _ in range(12)]
            _ = until("effects", lambda: callee.count > 20)
            cable.sever()
            time.sleep(1.0)

            ended = place.end()

            assert ended.code == 0, ended.out
            assert "Traceback" not in ended.out
            cable.mend()
            _ = place.up()
            completed = [place.reaches(run, *FINAL) for run in ids]
            _check_effects(callee, ids, completed, crashes=1)
            report(f"SIGTERM while the database was away: ended after {ended.seconds:.1f} s")


@pytest.mark.service
def test_the_runs_of_a_dead_process_are_taken_over(tmp_path: Path, postgresql: str) -> None:
    there = {"PODIUM_STORAGE_URL": postgresql}
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with (
        calling() as callee,
        podium_in(tmp_path / "one", CONFIG, there) as one,
        podium_in(tmp_path / "two", CONFIG, there) as two,
    ):
        _ = one.up(), two.up()
        one.store(CHAIN)
        ids = [one.start("chain", {"url": f"{callee.url}/effect?ms=90"}) for _ in range(8)]
        _ = until("effects", lambda: callee.count > 20)
        one.kill()
        died, before = time.monotonic(), callee.count
        _ = until("an effect in the other process", lambda: callee.count > before + 8)
        took = time.monotonic() - died
        ended = [two.reaches(run, *FINAL) for run in ids]
        _check_effects(callee, ids, ended, crashes=1)
        report(f"a process died, another one went on with its runs after {took:.1f} s")


@pytest.mark.service
def test_two_processes_share_runs_and_no_effect_is_performed_twice(
    tmp_path: Path, postgresql: str
) -> None:
    there = {"PODIUM_STORAGE_URL": postgresql}
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with (
        calling() as callee,
        podium_in(tmp_path / "one", CONFIG, there) as one,
        podium_in(tmp_path / "two", CONFIG, there) as two,
    ):
        _ = one.up(), two.up()
        one.store(CHAIN)
        both = (one, two)
        wish = {"url": f"{callee.url}/effect?ms=5"}
        ids = [both[n % 2].start("chain", dict(wish)) for n in range(40)]
        ended = [both[n % 2].reaches(run, *FINAL) for n, run in enumerate(ids)]
        _check_effects(callee, ids, ended, crashes=0)


def test_runs_that_wait_for_events_wait_on_across_a_crash(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    with podium_in(tmp_path, CONFIG, environment) as place:
        _ = place.up()
        place.store(LISTENS)
        with ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(lambda n: place.start("listens", {"order": n}), range(WAITING)))
        _ = until("all wait", lambda: _count(place, "waiting") == WAITING, 2 * PATIENCE)
        place.kill()
        began = time.monotonic()
        _ = place.up(seconds=60)
        up = time.monotonic() - began
        with ThreadPoolExecutor(8) as pool:
            _ = list(pool.map(lambda n: _publish(place, n), range(WAITING)))
        for run in ids:
            assert place.reaches(run, *FINAL)["status"] == "completed"
        took = time.monotonic() - began
        report(
            f"{WAITING} runs waited for events; up {up:.1f} s after kill -9, all told and "
            f"completed after {took:.1f} s"
        )


def _publish(place: Place, order: int) -> None:
    event = {
        "specversion": "1.0",
        "id": str(order),
        "source": "https://drill.example",
        "type": "order.paid",
        "data": {"order": order},
    }
    kind = {"Content-Type": "application/cloudevents+json"}
    answer = place.call("POST", "/api/v1/events", event, kind)
    assert answer.status in {200, 201, 202}, answer


def _count(place: Place, status: str) -> int:
    return len(place.runs(status=status, workflow="listens"))


def test_a_start_with_one_key_from_many_clients_is_one_run(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    with podium_in(tmp_path, CONFIG, environment) as place:
        _ = place.up()
        place.store(SHORT)
        with ThreadPoolExecutor(16) as pool:
            ids = set(pool.map(lambda _: place.start("short", {}, key="only"), range(64)))
        assert len(ids) == 1
        assert len(place.runs(workflow="short")) == 1
        report("64 starts with one key from 16 clients: 1 run")


def test_a_cancellation_that_races_the_end_leaves_one_outcome(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    dice = Random(5)  # noqa: S311
    with podium_in(tmp_path, CONFIG, environment) as place:
        _ = place.up()
        place.store(SHORT)

        def race(_: int) -> tuple[str, int]:
            run = place.start("short")
            time.sleep(0.12 + dice.random() * 0.08)
            return run, place.change(run, "cancel").status

        with ThreadPoolExecutor(6) as pool:
            raced = list(pool.map(race, range(RACES)))
        seen = {"completed": 0, "cancelled": 0}
        for run, status in raced:
            found = place.reaches(run, *FINAL)
            assert found["status"] == ("cancelled" if status == 200 else "completed"), found
            assert (found["output"] is None) == (found["status"] == "cancelled")
            seen[str(found["status"])] += 1
        report(f"{RACES} cancellations that raced the end: {seen}, each with one outcome")
