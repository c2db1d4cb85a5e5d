"""Cancel wherever a run may be, and resume what was cancelled or has faulted."""

import time
from collections.abc import Generator
from dataclasses import dataclass

import pytest
from tests.service.callee import Callee, calling
from tests.service.drill import Object, Place, document, podium_in, until


def _post(name: str, url: str) -> str:
    endpoint = f"${{ $workflow.input.{url} }}"
    return f"{name}: {{call: http, with: {{method: post, endpoint: '{endpoint}'}}}}"


FIRST = f"- {_post('first', 'first')}\n"
AFTER = "- after: {set: {went: on}}\n"

SLEEPS = document("sleeps", f"{FIRST}- nap: {{wait: {{seconds: 3}}}}\n{AFTER}")
ASKS = document(
    "asks",
    f"{FIRST}- ask: {{call: approve, with: {{title: 'May I?', payload: 1, self_approval: true}}}}\n"
    f"{AFTER}",
)
CALLS = document(
    "calls",
    f"{FIRST}- {_post('slow', 'slow')}\n{AFTER}",
)
FORKS = document(
    "forks",
    f"""
{FIRST}
- both:
    fork:
      branches:
        - left: {{call: approve, with: {{title: 'May I?', payload: 1, self_approval: true}}}}
        - {_post("right", "slow")}
{AFTER}
""",
)
BREAKS = document(
    "breaks",
    f"""
{FIRST}
- {_post("second", "second")}
- {_post("broken", "broken")}
{AFTER}
""",
)
BREAKS_IN_FORK = document(
    "breaksInFork",
    f"""
{FIRST}
- both:
    fork:
      branches:
        - {_post("whole", "second")}
        - {_post("broken", "broken")}
{AFTER}
""",
)


@dataclass(frozen=True, slots=True)
class Stage:
    place: Place
    callee: Callee

    def given(self) -> Object:
        url = self.callee.url
        return {
            "first": f"{url}/effect",
            "second": f"{url}/effect",
            "slow": f"{url}/held",
            "broken": f"{url}/broken",
        }

    def start(self, text: str, name: str) -> str:
        self.callee.goes.clear()
        self.place.store(text)
        return self.place.start(name, self.given())

    def cancel(self, run: str) -> None:
        said = self.place.change(run, "cancel")
        assert said.status == 200, said
        assert said.body["status"] == "cancelled"
        self.callee.goes.set()
        # It stays so: nothing of the run goes on behind its back.
        time.sleep(0.3)
        assert self.place.run(run)["status"] == "cancelled"

    def times(self, run: str) -> dict[str, int]:
        """How often each effect of the run was asked for, by the path of its task."""
        told = dict(self.callee.times)
        return {k.partition(":")[2]: len(t) for k, t in told.items() if k.startswith(run)}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    with calling() as callee, podium_in(tmp_path_factory.mktemp("cancel")) as place:
        _ = place.up()
        yield Stage(place, callee)


def test_a_sleeping_run_is_cancelled_and_goes_on_when_resumed(stage: Stage) -> None:
    run = stage.start(SLEEPS, "sleeps")
    _ = stage.place.reaches(run, "waiting")

    stage.cancel(run)
    resumed = stage.place.change(run, "resume")

    assert resumed.status == 200, resumed
    assert stage.place.reaches(run, "completed")["output"] == {"went": "on"}
    assert stage.times(run) == {"/do/first": 1}


def test_a_run_that_waits_for_a_person_is_cancelled_and_its_question_withdrawn(
    stage: Stage,
) -> None:
    run = stage.start(ASKS, "asks")
    _ = stage.place.reaches(run, "waiting")

    stage.cancel(run)

    (asked,) = stage.place.approvals(run=run)
    assert asked["status"] == "withdrawn"
    said = stage.place.call("POST", f"/api/v1/approvals/{asked['id']}/approve")
    assert (said.status, said.body["code"]) == (409, "conflict")
    assert stage.place.change(run, "resume").status == 200
    _ = stage.place.reaches(run, "waiting")
    (again,) = stage.place.approvals(run=run, status="waiting")
    assert again["id"] == asked["id"]
    assert stage.place.call("POST", f"/api/v1/approvals/{asked['id']}/approve").status == 200
    assert stage.place.reaches(run, "completed")["output"] == {"went": "on"}


def test_a_run_in_the_middle_of_an_effect_is_cancelled_and_repeats_that_one_alone(
    stage: Stage,
) -> None:
    run = stage.start(CALLS, "calls")
    _ = until("the effect is under way", lambda: "/do/slow" in stage.times(run))

    stage.cancel(run)

    assert stage.place.change(run, "resume").status == 200
    assert stage.place.reaches(run, "completed")["output"] == {"went": "on"}
    assert stage.times(run) == {"/do/first": 1, "/do/slow": 2}


def test_a_fork_is_cancelled_with_its_branches(stage: Stage) -> None:
    run = stage.start(FORKS, "forks")
    (asked,) = until("the left branch asks", lambda: stage.place.approvals(run=run))
    _ = until("the right branch works", lambda: len(stage.times(run)) == 2)

    stage.cancel(run)

    (withdrawn,) = stage.place.approvals(run=run)
    assert (withdrawn["id"], withdrawn["status"]) == (asked["id"], "withdrawn")
    assert stage.place.change(run, "resume").status == 200
    (again,) = until("it asks", lambda: stage.place.approvals(run=run, status="waiting"))
    assert stage.place.call("POST", f"/api/v1/approvals/{again['id']}/approve").status == 200
    assert stage.place.reaches(run, "completed")["output"] == {"went": "on"}
    assert stage.times(run)["/do/first"] == 1


def test_cancelling_what_has_ended_is_a_conflict(stage: Stage) -> None:
    run = stage.start(document("ends", AFTER), "ends")
    _ = stage.place.reaches(run, "completed")

    said = stage.place.change(run, "cancel")

    assert (said.status, said.body["code"]) == (409, "conflict")


@pytest.mark.parametrize(("text", "name"), [(BREAKS, "breaks"), (BREAKS_IN_FORK, "breaksInFork")])
def test_a_faulted_run_repeats_the_failed_step_alone(stage: Stage, text: str, name: str) -> None:
    stage.callee.heals.clear()
    run = stage.start(text, name)
    faulted = stage.place.reaches(run, "faulted")
    before = stage.times(run)
    assert set(before.values()) == {1}
    assert len(before) == 3
    assert "answered 500" in str(faulted["error"])

    stage.callee.heals.set()
    said = stage.place.podium("runs", "resume", run)

    assert said.code == 0, said.out
    assert stage.place.run(run)["output"] == {"went": "on"}
    assert {path: n for path, n in stage.times(run).items() if n != 1} == {
        path: 2 for path in before if path.endswith("/broken")
    }
