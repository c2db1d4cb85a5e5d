"""Runs that wait for a person, while podium dies around them."""

import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import cast

from tests.service.drill import Place, document, podium_in, until

ASK = document(
    "ask",
    """
- ask:
    call: approve
    with: {title: May I?, self_approval: true, payload: {n: "${ $workflow.input.n }"}}
- said:
    set: {approved: "${ .approved }", n: "${ .payload.n }"}
""",
)

MANY = 200


def _asked(place: Place, run: str) -> str:
    (one,) = until("it asks", lambda: place.approvals(run=run))
    _ = place.reaches(run, "waiting")
    return str(one["id"])


def _counts(place: Place) -> Mapping[str, int]:
    answer = place.call("GET", "/api/v1/batches/many")
    return cast("Mapping[str, int]", answer.body["counts"])


def _decide(place: Place, approval: str) -> None:
    """As if podium had died between storing a decision and telling the run."""
    with closing(sqlite3.connect(place.state / "podium.db")) as connection, connection:
        now = time.time()  # noqa: TID251 - what podium would store
        changed = connection.execute(
            "UPDATE approvals SET status = 'approved', decided_at = ?, owed_since = ?, "
            "decided_by = owner WHERE id = ? AND status = 'waiting'",
            (now, now, approval),
        )
        assert changed.rowcount == 1


def _orphan(place: Place, approval: str) -> None:
    """A decision, older than all others, whose run the engine does not know."""
    with closing(sqlite3.connect(place.state / "podium.db")) as connection, connection:
        row = connection.execute("SELECT * FROM approvals WHERE id = ?", (approval,))
        names = [column[0] for column in row.description]
        values = dict(zip(names, row.fetchone(), strict=True))
        values |= {"id": "appr_gone", "run": "run_gone", "path": "/gone", "owed_since": 1.0}
        holes = ", ".join(f":{name}" for name in names)
        _ = connection.execute(f"INSERT INTO approvals VALUES ({holes})", values)  # noqa: S608


def test_a_waiting_run_goes_on_after_a_crash_when_a_person_says_yes(tmp_path: Path) -> None:
    with podium_in(tmp_path) as place:
        _ = place.up()
        place.store(ASK)
        run = place.start("ask", {"n": 1})
        approval = _asked(place, run)
        place.kill()

        said = place.podium("approvals", "approve", approval)

        assert said.code == 0, said.out
        shown = place.podium("runs", "show", run, "--json")
        assert '"completed"' in shown.out, shown.out
        assert '"approved":true' in shown.out.replace(" ", ""), shown.out


def test_a_decision_that_was_stored_and_not_told_is_told_at_the_next_start(tmp_path: Path) -> None:
    with podium_in(tmp_path) as place:
        _ = place.up()
        place.store(ASK)
        run = place.start("ask", {"n": 2})
        approval = _asked(place, run)
        place.kill()
        _decide(place, approval)

        _ = place.up()

        assert place.reaches(run, "completed")["output"] == {"approved": True, "n": 2}


def test_one_decision_that_cannot_be_told_stops_neither_the_start_nor_the_others(
    tmp_path: Path,
) -> None:
    with podium_in(tmp_path) as place:
        _ = place.up()
        place.store(ASK)
        run = place.start("ask", {"n": 3})
        approval = _asked(place, run)
        place.kill()
        _decide(place, approval)
        _orphan(place, approval)

        _ = place.up()

        assert place.reaches(run, "completed")["output"] == {"approved": True, "n": 3}
        assert place.lives


def test_two_hundred_waiting_runs_wait_again_after_a_crash(tmp_path: Path) -> None:
    with podium_in(tmp_path) as place:
        _ = place.up()
        place.store(ASK)
        runs = {place.start("ask", {"n": n}, batch="many"): n for n in range(MANY)}
        _ = until("all wait", lambda: _counts(place)["waiting"] == MANY)
        place.kill()

        started = place.up()
        assert len(place.approvals(status="waiting")) == MANY
        began = time.monotonic()
        for one in place.approvals(status="waiting"):
            assert place.call("POST", f"/api/v1/approvals/{one['id']}/approve").status == 200
        _ = until("all end", lambda: _counts(place)["completed"] == MANY)
        took = time.monotonic() - began

        told = f"\n{MANY} waiting runs: up in {started:.1f} s, approved and ended in {took:.1f} s"
        print(told)  # noqa: T201 - figures for people
        outputs = {str(run["id"]): run["output"] for run in place.runs()}
        assert outputs == {run: {"approved": True, "n": n} for run, n in runs.items()}
