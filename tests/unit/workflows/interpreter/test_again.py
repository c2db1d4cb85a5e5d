"""A retry from a task: what is done again, and with what."""

import pytest
from tests.world import Scene, document

from podium.kernel.json import Json
from podium.workflows.interpreter.deps import Limits
from podium.workflows.ports import ABSENT, Absent

pytestmark = pytest.mark.anyio

RACE = document("""
- both:
    fork:
      compete: true
      branches:
        - left:
            do:
              - a: {call: inc, with: {x: 100}}
              - b: {call: inc, with: {x: "${ . }"}}
        - right: {wait: {seconds: 100}}
- last: {call: inc, with: {x: "${ . }"}}
""")


async def again(scene: Scene, path: str, given: Json | Absent = ABSENT) -> Json:
    async with scene.serving() as engine:
        assert await engine.retry(scene.wish.id, path=path, input=given)
        while not scene.journal.rows[scene.wish.id].run.status.is_final:
            _ = await engine.ended(scene.wish.id, seconds=0.05)
    return scene.journal.rows[scene.wish.id].run.output


async def test_it_may_begin_in_a_branch_that_has_won():
    scene = Scene(RACE)
    assert await scene.output() == 103
    before = len(scene.ledger.calls)
    assert await again(scene, "/do/both/fork/left/do/b", 5) == 7
    assert scene.ledger.calls[before:] == ["/do/both/fork/left/do/b", "/do/last"]


async def test_an_input_given_before_holds_no_longer_than_what_was_done_with_it():
    scene = Scene(
        document("""
- a: {call: inc, with: {x: "${ .x }"}}
- b: {call: inc, with: {x: "${ . }"}}
""")
    )
    assert await scene.output({"x": 1}) == 3
    assert await again(scene, "/do/b", 50) == 51
    assert await again(scene, "/do/b") == 3
    assert await again(scene, "/do/b", 50) == 51
    assert await again(scene, "/do/a", {"x": 7}) == 9
    assert await again(scene, "/do/b") == 9


async def test_tasks_of_branches_count_for_the_run():
    tasks = """
- loop:
    for: {in: "[range(30)]"}
    do:
      - both:
          fork:
            branches:
              - x: {set: {a: 1}}
              - y: {set: {a: 1}}
"""
    error = await Scene(document(tasks), limits=Limits(tasks=80)).error()
    assert "80 tasks" in str(error["detail"])
