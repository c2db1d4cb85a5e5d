"""Subscriptions in a workflow: which messages are consumed, and what becomes of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import anyio
import pytest
from tests.world import FakeClock, Scene, document

from podium.kernel.errors import Unavailable
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call

pytestmark = pytest.mark.anyio


@dataclass
class Queue:
    """A broker with one queue: what is not acknowledged comes again when somebody subscribes anew.

    An exception in the queue is raised. `seconds` pass before each message; at the end of the queue
    time passes until nobody waits any more.
    """

    clock: FakeClock
    waiting: list[Json | Exception]
    seconds: float = 1.0
    taken: int = 0
    acknowledged: list[str] = field(default_factory=list)
    asked: list[tuple[str, JsonObject]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    suspended: int = 0

    async def next(self, arguments: JsonObject, call: Call, *, after: str) -> JsonObject | None:
        self.asked.append((call.key, arguments))
        self._acknowledge(after)
        if self.taken == len(self.waiting):
            if call.deadline > 1e6:
                await anyio.sleep_forever()
            self.clock.at += call.deadline
            return None
        self.clock.at += self.seconds
        found = self.waiting[self.taken]
        if isinstance(found, Exception):
            self.taken += 1
            raise found
        return {"payload": found, "headers": {}, "mark": f"m{self.taken}"}

    async def close(self, arguments: JsonObject, call: Call, *, after: str) -> None:
        self._acknowledge(after)
        self.closed.append(after)

    def suspend(self, call: Call) -> None:
        self.suspended += 1

    def _acknowledge(self, after: str) -> None:
        """Also where it was handed over before the process died."""
        if after == f"m{self.taken}":
            self.acknowledged.append(after)
            self.taken += 1


def subscribed(
    consume: str,
    waiting: Sequence[Json | Exception],
    more: str = "",
    then: str = "",
    export: str = "",
) -> tuple[Scene, Queue]:
    scene = Scene(
        document(f"""
- listen:
    call: asyncapi
    with:
      document: {{endpoint: "https://example.com/x.json"}}
      operation: "${{ .operation }}"
      subscription:
        consume: {consume}
        {more}
    {export}
{then}
""")
    )
    queue = Queue(scene.clock, list(waiting))
    scene.execution.deps = replace(scene.execution.deps, subscriptions=queue)
    return scene, queue


def messages(*payloads: Json) -> list[JsonObject]:
    return [{"payload": each, "headers": {}} for each in payloads]


async def test_an_amount_of_messages_is_taken_and_acknowledged_and_no_more():
    scene, queue = subscribed("{amount: 2}", [1, 2, 3])

    assert await scene.output({"operation": "op"}) == messages(1, 2)
    assert queue.acknowledged == ["m0", "m1"]
    assert queue.closed == ["m1"]
    assert queue.asked[0] == (
        "run_1:/do/listen",
        {"document": {"endpoint": "https://example.com/x.json"}, "operation": "op"},
    )


async def test_none_of_nothing_is_taken():
    scene, queue = subscribed("{amount: 0}", [1])
    assert await scene.output({"operation": "op"}) == []
    assert queue.asked == []


async def test_only_messages_that_pass_the_filter_count():
    more = 'filter: "${ .payload > 2 and .headers == {} }"'
    scene, queue = subscribed("{amount: 2}", [1, 3, 2, 4, 5], more)

    assert await scene.output({"operation": "op"}) == messages(3, 4)
    assert queue.acknowledged == ["m0", "m1", "m2", "m3"]


async def test_while_is_looked_at_after_each_message_and_until_before_each():
    scene, _ = subscribed('{while: "${ length < 3 }"}', [1, 2, 3, 4])
    assert await scene.output({"operation": "op"}) == messages(1, 2, 3)
    scene, _ = subscribed('{while: "${ false }"}', [1, 2])
    assert await scene.output({"operation": "op"}) == messages(1)
    scene, _ = subscribed('{until: "${ length == 2 }"}', [1, 2, 3])
    assert await scene.output({"operation": "op"}) == messages(1, 2)
    scene, _ = subscribed('{until: "${ true }"}', [1])
    assert await scene.output({"operation": "op"}) == []


async def test_what_is_exported_for_each_message_decides_when_it_is_enough():
    more = (
        "foreach: {item: message, export: {as: "
        '"${ {seen: (($context.seen // []) + [$message.payload])} }"}}'
    )
    scene, _ = subscribed('{until: "${ ($context.seen | length) == 2 }"}', [5, 6, 7], more)
    assert await scene.output({"operation": "op"}) == messages(5, 6)


async def test_the_time_for_it_ends_it_without_an_error():
    scene, queue = subscribed("{amount: 5, for: {minutes: 30}}", [1, 2])
    began = scene.clock.at

    assert await scene.output({"operation": "op"}) == messages(1, 2)
    assert 1799 <= scene.clock.at - began <= 1802
    assert queue.closed == ["m1"]


async def test_a_message_that_takes_the_rest_of_the_time_is_the_last_one():
    scene, queue = subscribed("{amount: 5, for: PT10S}", [1, 2, 3])
    queue.seconds = 6
    assert await scene.output({"operation": "op"}) == messages(1, 2)


async def test_the_timeout_of_the_task_is_an_error():
    scene, queue = subscribed("{amount: 5}", [1], export="timeout: {after: PT20S}")
    error = await scene.error({"operation": "op"})
    assert str(error["type"]).endswith("/timeout")
    assert queue.closed == ["m0"]


async def test_each_message_goes_through_the_tasks_in_order():
    more = """foreach:
          item: message
          at: n
          do:
            - inc: {call: inc, with: {x: "${ $message.payload }"}}
            - shown: {set: {got: "${ . }", n: "${ $n }", p: "${ $message.payload }"}}
          output: {as: "${ .got * 100 + .n }"}"""
    scene, _ = subscribed("{amount: 3}", [1, 2, 3], more)

    assert await scene.output({"operation": "op"}) == [200, 301, 402]
    assert scene.ledger.calls == [f"/do/listen/foreach[{n}]/inc" for n in range(3)]


async def test_a_task_that_ends_the_workflow_ends_the_subscription():
    more = "foreach: {do: [{stop: {set: {x: 1}, then: end}}]}"
    scene, queue = subscribed("{amount: 3}", [1, 2], more, then="- never: {set: {x: 2}}")
    assert await scene.output({"operation": "op"}) == [{"x": 1}]
    assert queue.acknowledged == ["m0"]


async def test_a_failure_of_the_broker_can_be_caught_and_tried_again():
    scene = Scene(
        document("""
- listen:
    try:
      - take:
          call: asyncapi
          with:
            document: {endpoint: "https://example.com/x.json"}
            operation: op
            subscription: {consume: {amount: 2}}
    catch:
      errors: {with: {status: 503}}
      retry: {delay: PT1S, limit: {attempt: {count: 2}}}
""")
    )
    queue = Queue(scene.clock, [1, Unavailable("gone", details={"status": 503}), 2, 3])
    scene.execution.deps = replace(scene.execution.deps, subscriptions=queue)

    assert await scene.output({}) == messages(2, 3)
    assert queue.closed == ["m0", "m3"]
    assert {key for key, _ in queue.asked} == {
        "run_1:/do/listen/try/take",
        "run_1:/do/listen#2/try/take",
    }


async def test_a_run_that_dies_after_any_of_its_steps_loses_no_message():
    more = 'foreach: {do: [{inc: {call: inc, with: {x: "${ $item.payload }"}}}]}'
    calm, queue = subscribed("{amount: 4}", [1, 2, 3, 4], more)
    expected = await calm.output({"operation": "op"})
    assert expected == [2, 3, 4, 5]
    assert calm.performed == 9
    for crash_at in range(1, calm.performed + 1):
        scene, queue = subscribed("{amount: 4}", [1, 2, 3, 4], more)
        scene.crash_at = crash_at
        assert await scene.output({"operation": "op"}) == expected, crash_at
        assert len(scene.ledger.calls) <= 5
        assert queue.acknowledged == ["m0", "m1", "m2", "m3"], crash_at
        assert queue.suspended + len(queue.closed) >= 1


async def test_the_trace_shows_each_message():
    scene, _ = subscribed("{amount: 2}", [1, 2])
    _ = await scene.output({"operation": "op"})
    paths = sorted(span.path for span in scene.ledger.spans.values() if span.name == "asyncapi")
    assert paths == ["/do/listen[1]", "/do/listen[2]"]
