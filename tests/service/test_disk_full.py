"""The disk of the state folder is full: nothing that was recorded is lost, and nothing dies."""

import os
import subprocess
import time
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.service.callee import Callee, calling
from tests.service.drill import Place, document, podium_in, until

SIZE = "48m"
CALLS, RUNS = 30, 3

WORK = document(
    "work",
    f"""
- each:
    for: {{each: n, in: "${{ [range({CALLS})] }}"}}
    do:
      - post:
          call: http
          with:
            method: post
            endpoint: ${{ $workflow.input.url }}
            body: {{n: "${{ $n }}", pad: "${{ $workflow.input.pad }}"}}
      - count: {{set: {{last: "${{ .n }}"}}}}
- result: {{set: {{last: "${{ .last }}"}}}}
""",
)
ASK = document(
    "ask",
    """
- post: {call: http, with: {method: post, endpoint: "${ $workflow.input.url }"}}
- ask:
    call: approve
    with: {title: 'May I?', self_approval: true, payload: {why: "${ $workflow.input.pad }"}}
- result: {set: {approved: "${ .approved }"}}
""",
)
SMALL = document("small", "- result: {set: {small: true}}")


@dataclass(frozen=True, slots=True)
class Stage:
    """podium on a small disk; `fill` leaves no byte of it."""

    place: Place
    callee: Callee

    @property
    def _filler(self) -> Path:
        return self.place.state / "filler"

    def fill(self) -> None:
        with suppress(OSError), self._filler.open("ab", buffering=0) as file:
            while file.write(b"x" * 65536):
                pass
        with suppress(OSError), self._filler.open("ab", buffering=0) as file:
            while file.write(b"x" * 256):
                pass

    def free(self) -> None:
        self._filler.unlink()

    def work(self, name: str, *, ms: int = 30) -> list[str]:
        given = {"url": f"{self.callee.url}/effect?ms={ms}", "pad": "y" * 20_000}
        return [self.place.start(name, given) for _ in range(RUNS)]

    def stall(self) -> int:
        """Fill it and wait until no run goes on; how many effects there were."""
        self.fill()

        def still() -> int | None:
            self.fill()  # what a checkpoint has freed
            before = self.callee.count
            time.sleep(0.7)
            return before if self.callee.count == before else None

        return until("no run goes on", still)


@pytest.fixture
def stage(tmp_path: Path) -> Generator[Stage]:
    state = tmp_path / ".podium"
    state.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(state)]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode:
        reason = mounted.stderr.decode().strip()
        assert os.environ.get("CI") != "true", reason  # noqa: TID251 - the suite's edge
        pytest.skip(f"a tmpfs cannot be mounted here: {reason}")
    try:
        with calling() as callee, podium_in(tmp_path) as place:
            yield Stage(place, callee)
    finally:
        _ = subprocess.run(["umount", str(state)], check=True)  # noqa: S607


def test_runs_stand_still_on_a_full_disk_and_go_on_when_there_is_space(stage: Stage) -> None:
    place = stage.place
    _ = place.up()
    for text in (SMALL, WORK):
        place.store(text)
    done = place.start("small")
    _ = place.reaches(done, "completed")
    runs = stage.work("work")
    _ = until("they work", lambda: stage.callee.count >= 2 * RUNS)

    effects = stage.stall()

    assert effects < CALLS * RUNS, "the disk was not full in time"
    assert place.lives
    listed = place.podium("runs", "list", "--json")
    assert listed.code == 0, listed.out
    assert all(run in listed.out for run in [done, *runs])
    assert [place.run(run)["status"] for run in runs] == ["running"] * RUNS
    refused = place.begin("small", {"pad": "z" * 20_000})
    assert (refused.status, refused.body["code"]) == (503, "unavailable")
    assert "disk is full" in refused.said
    assert "Free some space" in refused.said

    stage.free()
    began = time.monotonic()
    for run in runs:
        assert place.reaches(run, "completed")["output"] == {"last": CALLS - 1}
    told = f"\n{effects} effects before the disk was full; {time.monotonic() - began:.1f} s after"
    print(told)  # noqa: T201 - figures for people
    # What was under way when the disk was full was kept, not performed again.
    assert len(stage.callee.times) == CALLS * RUNS
    assert stage.callee.count == CALLS * RUNS
    assert place.reaches(place.start("small"), "completed")["output"] == {"small": True}


def test_runs_that_ask_a_person_on_a_full_disk_can_be_resumed(stage: Stage) -> None:
    place = stage.place
    _ = place.up()
    place.store(ASK)
    runs = stage.work("ask", ms=4000)
    _ = until("they call", lambda: stage.callee.count == RUNS)
    stage.fill()
    time.sleep(5)  # they are answered
    effects = stage.stall()
    assert effects == RUNS
    assert place.lives

    stage.free()

    for run in runs:
        found = place.reaches(run, "waiting", "faulted")
        if found["status"] == "faulted":
            assert "disk is full" in str(found["error"]), found["error"]
            assert place.change(run, "resume").status == 200
            _ = place.reaches(run, "waiting")
    for one in place.approvals(status="waiting"):
        assert place.call("POST", f"/api/v1/approvals/{one['id']}/approve").status == 200
    for run in runs:
        assert place.reaches(run, "completed")["output"] == {"approved": True}
    assert stage.callee.count == RUNS
    assert len(place.approvals()) == RUNS


def test_sigterm_and_kill_9_on_a_full_disk_lose_nothing(stage: Stage) -> None:
    place = stage.place
    _ = place.up()
    place.store(WORK)
    runs = stage.work("work")
    _ = until("they work", lambda: stage.callee.count >= 2 * RUNS)
    effects = stage.stall()
    assert effects < CALLS * RUNS, "the disk was not full in time"

    ended = place.end()

    assert ended.code == 0, ended.out
    # It cannot start without a byte; it says so and does not hang.
    stage.fill()
    again = place.podium("up", "--port", "0", "--home", str(place.state))
    assert again.code == 1, again.out
    assert "Traceback" not in again.out, again.out[:6000]
    stage.free()
    _ = place.up()
    _ = until("they work again", lambda: stage.callee.count > effects + RUNS)
    effects = stage.stall()
    place.kill()
    stage.free()
    _ = place.up()
    for run in runs:
        assert place.reaches(run, "completed")["output"] == {"last": CALLS - 1}
    assert len(stage.callee.times) == CALLS * RUNS
    assert stage.callee.count <= CALLS * RUNS + 2 * RUNS
