"""A crash at the worst moment of every effect: the same result, and only what was in flight (one
effect in each branch that runs) happens again."""

from collections import Counter

import pytest
from tests.world import Scene, document

pytestmark = pytest.mark.anyio

EVERYTHING = document("""
- first: {call: inc, with: {x: 1}, export: {as: "${ {first: .} }"}}
- loop:
    for: {in: "[10, 20, 30]"}
    do:
      - step: {call: inc, with: {x: "${ $item }"}}
- both:
    fork:
      branches:
        - left:
            do:
              - a: {call: inc, with: {x: 100}}
              - nap: {wait: {seconds: 1}}
              - b: {call: inc, with: {x: "${ . }"}}
        - right: {call: inc, with: {x: 200}}
- flaky:
    try:
      - f: {call: flaky, with: {ok_at: 3}}
    catch: {retry: {delay: PT1S, limit: {attempt: {count: 5}}}}
- many: {call: each, with: {items: [1, 2, 3]}}
- person: {call: ask}
- result:
    set: {person: "${ . }", first: "${ $context.first }"}
""")


async def _run(crash_at: int) -> tuple[Scene, object]:
    scene = Scene(EVERYTHING)
    scene.crash_at = crash_at
    scene.send("/do/person", {"ok": True})
    return scene, await scene.output({})


async def test_a_run_without_crash_takes_each_step_once():
    scene, output = await _run(-1)
    assert output == {"person": {"ok": True}, "first": 2}
    assert max(Counter(c for c in scene.ledger.calls if "flaky" not in c).values()) == 1


async def test_a_run_survives_a_crash_at_each_of_its_effects():
    calm, expected = await _run(-1)
    for crash_at in range(1, calm.performed + 1):
        scene, output = await _run(crash_at)
        again = Counter(scene.ledger.calls)
        assert output == expected, crash_at
        assert sum(n - 1 for n in again.values() if n > 1) <= 2, crash_at
        assert set(scene.ledger.calls) >= {"/do/first", "/do/loop[0]/step"}


async def test_the_same_spans_are_written_after_a_crash():
    calm, _ = await _run(-1)
    scene, _ = await _run(5)
    assert set(scene.ledger.spans) == set(calm.ledger.spans)
    assert all(span.ended_at is not None for span in scene.ledger.spans.values())


async def test_an_approval_that_never_comes_expires():
    scene = Scene(document("- person: {call: ask}"))
    assert await scene.output() == {"expired": True}
    assert ("waiting", "approval: ask") in scene.moves


async def test_a_run_waits_only_when_every_branch_of_it_does():
    tasks = """
- both:
    fork:
      branches:
        - one: {call: ask}
        - two: {call: ask}
"""
    scene = Scene(document(tasks))
    scene.send("/do/both/fork/one", {"n": 1})
    scene.send("/do/both/fork/two", {"n": 2})
    assert await scene.output() == [{"n": 1}, {"n": 2}]


async def test_an_unknown_workflow_faults_the_run():
    scene = Scene(document("- a:\n    set: {a: 1}"))
    scene.ledger.versions.clear()
    answer = await scene.run()
    assert "error" in answer
