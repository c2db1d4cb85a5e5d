"""Errors, catches, retries, timeouts."""

import pytest
from tests.world import Scene, document

from podium.workflows.interpreter.program import Backoff
from podium.workflows.interpreter.retrying import delay

pytestmark = pytest.mark.anyio


async def test_raise_faults_the_run_with_the_error_and_where():
    tasks = """
- no:
    raise:
      error: {type: "https://example.com/no", status: 400, title: "No", detail: "${ .why }"}
"""
    scene = Scene(document(tasks))
    error = await scene.error({"why": "because"})
    assert error == {
        "type": "https://example.com/no",
        "status": 400,
        "title": "No",
        "detail": "because",
        "instance": "/do/0/no",
    }
    assert scene.moves[-1][0] == "faulted"


CATCH = """
- guarded:
    try:
      - bad:
          raise: {error: {type: "https://serverlessworkflow.io/spec/1.0.0/errors/communication",
                          status: 503, title: Down}}
    catch:
      errors: {with: {type: %s, status: %s}}
      as: problem
      do:
        - handle:
            set: {handled: "${ $problem.title }", at: "${ $problem.instance }"}
"""


@pytest.mark.parametrize(
    "type",
    [
        "https://serverlessworkflow.io/spec/1.0.0/errors/communication",
        "https://serverlessworkflow.io/dsl/errors/types/communication",
        "https://open-workflow-specification.org/dsl/errors/types/communication",
    ],
)
async def test_catch_finds_an_error_by_any_spelling_of_its_type(type):
    output = await Scene(document(CATCH % (type, 503))).output()
    assert output == {"handled": "Down", "at": "/do/0/guarded/try/0/bad"}


async def test_an_error_that_the_filter_does_not_name_goes_on():
    scene = Scene(document(CATCH % ("https://example.com/other", 503)))
    assert (await scene.error())["title"] == "Down"


async def test_when_and_except_when_decide_over_the_error():
    tasks = """
- guarded:
    try:
      - bad:
          raise: {error: {type: about:blank, status: 500, title: "${ .title }"}}
    catch:
      when: $error.title == "mine"
      exceptWhen: .never
      do:
        - handle:
            set: {ok: true}
"""
    assert await Scene(document(tasks)).output({"title": "mine"}) == {"ok": True}
    assert (await Scene(document(tasks)).error({"title": "yours"}))["title"] == "yours"
    assert (await Scene(document(tasks)).error({"title": "mine", "never": True}))["status"] == 500


RETRY = """
- guarded:
    try:
      - call: {call: flaky, with: {ok_at: %d}}
    catch:
      retry:
        delay: {seconds: 2}
        backoff: {exponential: {}}
        limit: {attempt: {count: 3}}
"""


async def test_retry_tries_again_with_growing_pauses():
    scene = Scene(document(RETRY % 3))
    before = scene.clock.at
    assert await scene.output() == 3
    assert scene.clock.at - before == 3 * 1 + 2 + 4


async def test_retry_counts_the_tries_after_the_first_and_then_gives_up():
    scene = Scene(document(RETRY % 9))
    assert (await scene.error())["code"] == "not_found"
    assert len(scene.ledger.calls) == 4


async def test_retry_stops_when_its_time_is_over():
    tasks = """
- guarded:
    try:
      - call: {call: flaky, with: {ok_at: 99}}
    catch:
      retry:
        delay: {seconds: 10}
        limit: {duration: {seconds: 25}}
      do:
        - handle:
            set: {gave: up}
"""
    scene = Scene(document(tasks))
    assert await scene.output() == {"gave": "up"}
    assert len(scene.ledger.calls) == 3


async def test_a_named_retry_policy_is_used():
    tasks = """
- guarded:
    try:
      - call: {call: flaky, with: {ok_at: 2}}
    catch: {retry: patient}
"""
    use = "use: {retries: {patient: {delay: PT1S, limit: {attempt: {count: 1}}}}}\n"
    assert await Scene(document(tasks, use=use)).output() == 2


def test_jitter_is_bounded_and_repeats_itself():
    first, again = (
        [delay(Backoff.LINEAR, n, 1.0, jitter=(0.5, 1.5), seed="run_1/do/a") for n in (1, 2, 3)]
        for _ in "ab"
    )
    assert first == again
    assert all(n + 0.5 <= d <= n + 1.5 for n, d in zip((1, 2, 3), first, strict=True))


def test_a_growing_delay_stops_growing_at_an_hour():
    assert delay(Backoff.EXPONENTIAL, 40, 60.0, jitter=(0, 0), seed="") == 3600


async def test_durations_may_be_expressions():
    tasks = """
- nap:
    wait: ${ .pause }
    timeout: {after: "${ .most }"}
"""
    scene = Scene(document(tasks))
    before = scene.clock.at
    assert await scene.output({"pause": "PT7S", "most": {"seconds": 9}})
    assert scene.clock.at - before == pytest.approx(7, abs=0.01)
    error = await Scene(document(tasks)).error({"pause": "soon", "most": "PT1M"})
    assert error["type"].endswith("/validation")
    assert "soon" in error["detail"]


async def test_a_function_may_be_called_by_its_whole_name_and_only_in_its_version():
    assert await Scene(document("- a: {call: 'inc:1.0.0@default', with: {x: 1}}")).output() == 2
    error = await Scene(document("- a: {call: 'inc:9.0.0@default', with: {x: 1}}")).error()
    assert "inc:1.0.0" in error["detail"]


async def test_a_tasks_timeout_ends_a_wait():
    tasks = "- nap:\n    wait: {minutes: 5}\n    timeout: {after: {seconds: 10}}"
    scene = Scene(document(tasks))
    before = scene.clock.at
    error = await scene.error()
    assert error["type"].endswith("/timeout")
    assert error["status"] == 408
    assert scene.clock.at == pytest.approx(before + 10)


async def test_the_documents_timeout_holds_for_all_tasks_together():
    tasks = "- a:\n    wait: {seconds: 6}\n- b:\n    wait: {seconds: 6}"
    scene = Scene(document(tasks, head="timeout: {after: {seconds: 10}}\n"))
    error = await scene.error()
    assert error["type"].endswith("/timeout")
    assert error["instance"] == "/do/1/b"


async def test_arguments_that_break_a_functions_schema_are_refused_before_the_call():
    scene = Scene(document("- a: {call: inc, with: {x: '${ .x }'}}"))
    error = await scene.error({"x": "seven"})
    assert error["type"].endswith("/validation")
    assert scene.ledger.calls == []


async def test_a_call_that_is_made_again_after_a_long_crash_has_its_whole_time():
    scene = Scene(document("- a: {call: inc, with: {x: 1}, timeout: {after: {seconds: 10}}}"))
    scene.crash_at, scene.downtime = 1, 3600
    assert await scene.output() == 2


async def test_the_deadline_of_a_group_is_a_time():
    tasks = """
- group:
    timeout: {after: {seconds: 10}}
    do:
      - a: {call: inc, with: {x: 1}}
"""
    scene = Scene(document(tasks))
    scene.crash_at, scene.downtime = 1, 3600
    assert str((await scene.error())["type"]).endswith("/timeout")
