from collections.abc import Mapping, Sequence
from typing import cast

import pytest
from tests.unit.workflows.interpreter.listening import paid, stage
from tests.world import document

from podium.kernel.json import Json
from podium.workflows.runs import RunStatus

pytestmark = pytest.mark.anyio


async def test_one_event_of_the_type_ends_the_wait():
    text = document("- hear:\n    listen: {to: {one: {with: {type: order.paid}}}}")
    async with stage(text) as here:
        await here.start()
        await here.waits()
        assert here.run().waiting_on == "event: order.paid"
        _ = await here.publish("order.cancelled", paid(1))
        await here.waits()
        assert here.run().status is RunStatus.WAITING
        receipt = await here.publish("order.paid", paid(2))
        assert receipt.runs == ("run_1",)
        assert await here.output() == [{"order": 2}]
        assert here.scene.events.subscriptions == []


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ("data", {"order": 2}),
        ("raw", '{"order":2}'),
    ],
)
async def test_what_is_read_of_an_event(read: str, expected: Json):
    listen = f"{{to: {{one: {{with: {{type: order.paid}}}}}}, read: {read}}}"
    async with stage(document(f"- hear:\n    listen: {listen}")) as here:
        await here.start()
        await here.waits()
        _ = await here.publish("order.paid", paid(2))
        assert await here.output() == [expected]


async def test_the_envelope_has_the_attributes():
    listen = "{to: {one: {with: {type: order.paid}}}, read: envelope}"
    async with stage(document(f"- hear:\n    listen: {listen}")) as here:
        await here.start()
        await here.waits()
        _ = await here.publish("order.paid", paid(2), subject="a")
        output = cast("Sequence[Mapping[str, Json]]", await here.output())
        assert (output[0]["subject"], output[0]["type"]) == ("a", "order.paid")


async def test_of_all_each_filter_is_met_once_in_any_order():
    text = document("""
- hear:
    listen:
      to:
        all:
          - with: {type: temperature, data: "${ .value > 38 }"}
          - with: {type: pulse}
""")
    async with stage(text) as here:
        await here.start()
        await here.waits()
        for type, value in (("pulse", 90), ("pulse", 91), ("temperature", 37)):
            _ = await here.publish(type, {"value": value})
            await here.waits()
        assert here.run().status is RunStatus.WAITING
        _ = await here.publish("temperature", {"value": 39})
        assert await here.output() == [{"value": 90}, {"value": 39}]


async def test_all_of_none_is_over_at_once():
    async with stage(document("- hear:\n    listen: {to: {all: []}}")) as here:
        await here.start()
        assert await here.output() == []


async def test_any_of_none_is_any_event():
    async with stage(document("- hear:\n    listen: {to: {any: []}}")) as here:
        await here.start()
        await here.waits()
        _ = await here.publish("whatever", 1)
        assert await here.output() == [1]


async def test_any_goes_on_until_the_expression_holds():
    text = document("""
- hear:
    listen:
      to:
        any: [{with: {type: pulse}}]
        until: (. | length) > 1
""")
    async with stage(text) as here:
        await here.start()
        await here.waits()
        for value in (1, 2, 3):
            _ = await here.publish("pulse", value)
        assert await here.output() == [1, 2]


async def test_any_goes_on_until_another_event_which_is_not_put_out():
    text = document("""
- hear:
    listen:
      to:
        any: []
        until: {one: {with: {type: checked.out}}}
""")
    async with stage(text) as here:
        await here.start()
        await here.waits()
        for type, value in (("pulse", 1), ("pulse", 2), ("checked.out", 3)):
            _ = await here.publish(type, value)
            await here.waits()
        assert await here.output() == [1, 2]


async def test_until_may_ask_for_several_events():
    text = document("""
- hear:
    listen:
      to:
        any: [{with: {type: pulse}}]
        until: {all: [{with: {type: asleep}}, {with: {type: lights.out}}]}
""")
    async with stage(text) as here:
        await here.start()
        await here.waits()
        for type in ("lights.out", "pulse", "lights.out", "asleep"):
            _ = await here.publish(type, type)
            await here.waits()
        assert await here.output() == ["pulse"]


async def test_foreach_makes_the_output_and_sees_item_and_index():
    text = document("""
- hear:
    listen:
      to:
        any: [{with: {type: pulse}}]
        until: . | any(.high)
    foreach:
      item: event
      at: i
      do:
        - add: {call: inc, with: {x: "${ $event.bpm }"}}
        - mark: {set: {bpm: "${ $event.bpm }", high: "${ . > 100 }", i: "${ $i }"}}
      output: {as: ". + {seen: true}"}
      export: {as: "($context // 0) + 1"}
- count: {set: {count: "${ $context }", last: "${ .[-1] }"}}
""")
    async with stage(text) as here:
        await here.start()
        await here.waits()
        for bpm in (60, 120, 61):
            _ = await here.publish("pulse", {"bpm": bpm})
        last = {"bpm": 120, "high": True, "i": 1, "seen": True}
        assert await here.output() == {"count": 2, "last": last}
        assert here.scene.ledger.calls == ["/do/hear/foreach[0]/add", "/do/hear/foreach[1]/add"]


async def test_end_in_foreach_ends_the_workflow():
    text = document("""
- hear:
    listen: {to: {any: [], until: "${ false }"}}
    foreach:
      do:
        - stop: {set: done, then: end}
- never: {set: wrong}
""")
    async with stage(text) as here:
        await here.start()
        await here.waits()
        _ = await here.publish()
        assert await here.output() == ["done"]
        assert here.scene.events.subscriptions == []


async def test_a_timeout_ends_the_wait_and_can_be_caught():
    text = document("""
- try_it:
    try:
      - hear:
          listen: {to: {one: {with: {type: never}}}}
          timeout: {after: {minutes: 5}}
    catch:
      errors: {with: {type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout, status: 408}}
      do:
        - late: {set: {late: "${ $error.detail }"}}
""")
    async with stage(text) as here:
        await here.start()
        output = await here.output()
        assert output == {"late": "The deadline came while it waited for an event: never."}
        assert here.scene.events.subscriptions == []
