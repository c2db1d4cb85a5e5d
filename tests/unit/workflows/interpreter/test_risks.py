"""What is of high risk runs only with what people approved before it in the same run."""

import pytest
from tests.world import Scene, document

from podium.kernel.json import Json, JsonObject

pytestmark = pytest.mark.anyio
YES: JsonObject = {"approved": True, "expired": False, "payload": {"x": 1}}
ASK = "- ask: {call: approve, with: {risk: high}}"
PAY = "- pay: {call: inc, with: {x: '${ .x }'}, input: {from: .payload}, metadata: {risk: high}}"


async def _ended(tasks: str, message: Json, input: Json = None) -> tuple[JsonObject, list[str]]:
    scene = Scene(document(tasks))
    scene.send("/do/ask", message)
    ended = await scene.run(input)
    return ended, [path for path in scene.ledger.calls if not path.endswith("ask")]


def _is_refused(ended: JsonObject) -> bool:
    error = ended.get("error")
    return isinstance(error, dict) and str(error["type"]).endswith("/authorization")


async def test_a_task_of_high_risk_runs_with_the_approved_payload():
    assert await _ended(f"{ASK}\n{PAY}", YES) == ({"ok": 2}, ["/do/pay"])


@pytest.mark.parametrize(
    "answer",
    [
        {**YES, "approved": False},
        {**YES, "expired": True},
        {"approved": True, "payload": {"x": 1}},
    ],
)
async def test_without_a_persons_yes_it_is_refused(answer: Json):
    ended, calls = await _ended(f"{ASK}\n{PAY}", answer)
    assert _is_refused(ended)
    assert calls == []


async def test_with_another_input_than_was_approved_it_is_refused():
    ended, calls = await _ended(f"{ASK}\n{PAY.replace('from: .payload', 'from: {x: 2}')}", YES)
    assert _is_refused(ended)
    assert calls == []


async def test_the_jump_over_a_question_does_not_help():
    jump = "- start: {switch: [{known: {when: .approved, then: pay}}, {other: {then: ask}}]}"
    ended, calls = await _ended(f"{jump}\n{ASK}\n{PAY}", YES, input=YES)
    assert _is_refused(ended)
    assert calls == []


async def test_one_approval_lets_a_task_run_once():
    loop = f"""
{ASK}
- twice:
    for: {{in: '[1, 2]', each: n}}
    do:
    - pay:
        call: inc
        with: {{x: 1}}
        input: {{from: '{{x: 1}}'}}
        metadata: {{risk: high}}
"""
    ended, calls = await _ended(loop, YES)
    assert _is_refused(ended)
    assert calls == ["/do/twice[0]/pay"]


async def test_a_retry_is_the_same_once():
    tasks = f"""
{ASK}
- attempt:
    try:
    - pay:
        call: flaky
        with: {{ok_at: 2}}
        input: {{from: .payload}}
        metadata: {{risk: high}}
    catch: {{retry: {{limit: {{attempt: {{count: 3}}}}, delay: {{seconds: 1}}}}}}
"""
    ended, calls = await _ended(tasks, YES)
    assert (ended, len(calls)) == ({"ok": 2}, 2)


async def test_what_one_branch_is_allowed_another_is_not():
    tasks = f"""
- both:
    fork:
      branches:
      - first:
          do:
          {ASK.replace("ask:", "asks:")}
          - wait: {{wait: {{seconds: 1}}}}
      - second:
          do:
          {ASK.replace("ask:", "mayI:")}
          - nap: {{wait: {{seconds: 5}}}}
          - pay:
              call: inc
              with: {{x: 1}}
              input: {{from: '{{x: 1}}'}}
              metadata: {{risk: high}}
"""
    scene = Scene(document(tasks))
    scene.send("/do/both/fork/first/do/asks", YES)
    scene.send("/do/both/fork/second/do/mayI", {**YES, "payload": {"x": 9}})
    assert _is_refused(await scene.run())


@pytest.mark.parametrize("crash_at", range(6))
async def test_after_a_crash_the_same_is_allowed(crash_at: int):
    scene = Scene(document(f"{ASK}\n- nap: {{set: '${{ . }}'}}\n{PAY}"))
    scene.send("/do/ask", YES)
    scene.crash_at = crash_at
    assert await scene.run() == {"ok": 2}
