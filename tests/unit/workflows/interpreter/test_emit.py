from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import pytest
from tests.unit.workflows.interpreter.listening import an_event, stage
from tests.world import ANN, Crash, Scene, document

from podium.kernel.json import Json
from podium.workflows.events.cloudevents import event
from podium.workflows.runs import RunStatus

pytestmark = pytest.mark.anyio

GREET = document("""
- tell:
    emit:
      event:
        with:
          source: https://fake-source.com
          type: com.fake-source.user.greeted.v1
          data:
            greetings: ${ "Hello \\(.first) \\(.last)!" }
""")
ORDER = document("""
- ask: {emit: {event: {with: {type: order.asked, data: "${ . }"}}}}
- work: {call: inc, with: {x: 1}}
- hear:
    listen:
      to:
        any:
          - with: {type: order.paid}
            correlate: {order: {from: .data.order, expect: "${ $workflow.input.order }"}}
        until: length > 1
    foreach:
      do:
        - tell: {emit: {event: {with: {type: order.heard, data: "${ $item.n }"}}}}
        - keep: {set: "${ .data }"}
- done: {emit: {event: {with: {type: order.done, data: "${ . }"}}}}
- sum: {set: "${ .data }"}
""")


async def test_the_output_is_the_event():
    scene = Scene(GREET)
    output = cast("Mapping[str, Json]", await scene.output({"first": "John", "last": "Doe"}))
    assert {"id", "specversion", "time", "source", "type", "data"} <= output.keys()
    assert output["source"] == "https://fake-source.com"
    assert output["type"] == "com.fake-source.user.greeted.v1"
    assert output["data"] == {"greetings": "Hello John Doe!"}
    (stored,) = scene.events.rows
    assert stored.event.envelope == output
    assert (stored.owner, stored.workspace) == (ANN.user, ANN.workspace)


async def test_id_and_source_come_from_the_run_and_its_workflow():
    scene = Scene(document("- tell: {emit: {event: {with: {type: a}}}}"))
    output = cast("Mapping[str, Json]", await scene.output())
    assert output["id"] == "run_1:/do/tell"
    assert output["source"] == "/api/v1/workflows/test/test"


async def test_each_turn_of_a_loop_emits_an_event_of_its_own():
    scene = Scene(
        document("""
- each:
    for: {in: "${ [1, 2] }"}
    do:
      - tell: {emit: {event: {with: {type: a, data: "${ $item }"}}}}
""")
    )
    _ = await scene.output()
    assert [row.event.data for row in scene.events.rows] == [1, 2]


@pytest.mark.parametrize(
    ("attributes", "detail"),
    [
        ("{type: '${ .none }'}", "A CloudEvent needs 'type'"),
        ("{type: a, time: '${ \"soon\" }'}", "'time' is a moment"),
        ("{type: a, count: '${ {} }'}", "'count' of a CloudEvent is a text"),
    ],
)
async def test_what_is_no_event_faults_and_can_be_caught(attributes: str, detail: str):
    error = await Scene(document(f"- tell: {{emit: {{event: {{with: {attributes}}}}}}}")).error({})
    assert str(error["type"]).endswith("/validation")
    assert detail in str(error["detail"])


async def test_a_run_hears_what_another_tells():
    async with stage(GREET) as here:
        scene = here.scene
        other = Scene(document("- hear: {listen: {to: {one: {with: {type: com.*}}}}}"))
        scene.ledger.versions |= other.ledger.versions
        scene.wish, own = other.wish, scene.wish
        await here.start(run="run_2")
        await here.waits("run_2")
        scene.wish = own
        await here.start({"first": "A", "last": "B"}, run="run_3")
        assert await here.output("run_2") == [{"greetings": "Hello A B!"}]


async def _play(crash_at: int) -> tuple[Scene, Json]:
    """Two payments come, again and again, until the run has ended."""
    scene = Scene(ORDER)
    id, scene.crash_at = scene.wish.id, crash_at
    while True:
        try:
            async with scene.serving() as engine:
                if id not in scene.journal.rows:
                    _ = await engine.start(replace(scene.wish, input={"order": 7}))
                while not scene.journal.rows[id].run.status.is_final:
                    if scene.journal.rows[id].run.status is RunStatus.WAITING:
                        scene.clock.at += 1
                        for n in (1, 2):
                            said = an_event("order.paid", {"order": 7, "n": n}, id=f"pay {n}")
                            _ = await scene.bus.publish(ANN, event(said))
                    _ = await engine.ended(id, seconds=0.01)
        except Crash:
            scene.crash_at = -1
            continue
        run = scene.journal.rows[id].run
        assert run.error is None, run.error
        return scene, run.output


async def test_without_a_crash_it_hears_both_payments():
    scene, output = await _play(-1)
    assert output == [1, 2]
    assert scene.performed == 7


@pytest.mark.parametrize("crash_at", range(1, 8))
async def test_after_a_crash_at_any_step_nothing_is_lost_and_nothing_told_twice(crash_at: int):
    scene, output = await _play(crash_at)
    assert output == [1, 2]
    told = sorted(
        (row.event.type, str(row.event.data))
        for row in scene.events.rows
        if row.event.type != "order.paid"
    )
    assert told == [
        ("order.asked", "{'order': 7}"),
        ("order.done", "[1, 2]"),
        ("order.heard", "1"),
        ("order.heard", "2"),
    ]
    assert scene.events.subscriptions == []
    assert max(scene.ledger.calls.count(path) for path in scene.ledger.calls) <= 2
