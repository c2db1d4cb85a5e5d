"""Which events are for which run, from when on they count, and what happens around it."""

from dataclasses import replace

import pytest
from tests.unit.workflows.interpreter.listening import paid, stage
from tests.world import document

from podium.kernel.ids import RunId
from podium.workflows.events.bus import message
from podium.workflows.events.filters import Known, Match
from podium.workflows.runs import RunStatus

pytestmark = pytest.mark.anyio

PAID = document("""
- wait_paid:
    listen:
      to:
        one:
          with: {type: order.paid}
          correlate:
            order: {from: .data.order, expect: .order}
""")


async def test_only_the_run_with_the_key_is_told():
    async with stage(PAID) as here:
        for n in range(1, 6):
            await here.start({"order": n}, run=f"run_{n}")
            await here.waits(f"run_{n}")
        receipt = await here.publish("order.paid", paid(3))
        assert receipt.runs == ("run_3",)
        assert await here.output("run_3") == [{"order": 3}]
        assert here.run("run_2").status is RunStatus.WAITING
        told = [mail.run for mail in here.scene.journal.mails]
        assert told == ["run_3"]


async def test_waiting_for_a_key_looks_up_one_row_of_ten_thousand():
    async with stage(PAID) as here:
        await here.start({"order": 0})
        await here.waits()
        (own,) = here.scene.events.subscriptions
        for n in range(1, 10_000):
            correlate = {
                name: replace(each, expect=Known(str(n)))
                for name, each in own.filter.correlate.items()
            }
            other = replace(
                own,
                subscriber=f"run_other{n}",
                filter=replace(own.filter, correlate=correlate),
                serial=own.serial + n,
            )
            here.scene.events.subscriptions.append(other)
        receipt = await here.publish("order.paid", paid(0))
        assert receipt.runs == ("run_1",)
        assert here.scene.events.looked_up == 1


async def test_an_event_for_the_run_counts_from_when_the_run_was_asked_for():
    """The callee may be faster than the run is on its way to `listen`."""
    text = document("""
- order: {call: inc, with: {x: 1}}
- pause: {wait: {seconds: 30}}
- hear:
    listen:
      to:
        one: {with: {type: order.paid}, correlate: {order: {from: .data.order, expect: "${ 2 }"}}}
""")
    async with stage(text) as here:
        _ = await here.publish("order.paid", {"order": 2, "when": "before"})
        here.scene.clock.at += 1
        await here.start()
        _ = await here.publish("order.paid", {"order": 7})
        _ = await here.publish("order.paid", {"order": 2, "when": "early"})
        assert await here.output() == [{"order": 2, "when": "early"}]


async def test_an_event_for_nobody_in_particular_counts_from_when_it_is_waited_for():
    text = document("""
- pause: {wait: {seconds: 30}}
- hear: {listen: {to: {one: {with: {type: order.paid}}}}}
""")
    async with stage(text) as here:
        await here.start()
        _ = await here.publish("order.paid", "early")
        await here.waits()
        while here.run().waiting_on != "event: order.paid":
            await here.waits()
        _ = await here.publish("order.paid", "in time")
        assert await here.output() == ["in time"]


async def test_a_loop_misses_no_event_between_its_turns():
    text = document("""
- each:
    for: {in: "${ [1, 2, 3] }", each: n}
    do:
      - hear: {listen: {to: {one: {with: {type: pulse}}}}}
      - work: {wait: {seconds: 60}}
      - keep: {set: "${ . }", export: {as: "($context // []) + ."}}
- all: {set: "${ $context }"}
""")
    async with stage(text) as here:
        await here.start()
        await here.waits()
        for value in "abc":  # the second and third come while the run works on the first
            _ = await here.publish("pulse", value)
        assert await here.output() == ["a", "b", "c"]


async def test_an_event_is_consumed_once_by_a_run():
    text = document("""
- first:
    listen: &paid
      to:
        one: {with: {type: order.paid}, correlate: {order: {from: .data.order, expect: .order}}}
    output: {as: "{order: .[0].order, first: .[0].n}"}
- second:
    listen: *paid
    output: {as: "{first: $input.first, second: .[0].n}"}
""")
    async with stage(text) as here:
        await here.start({"order": 1})
        await here.waits()
        _ = await here.publish("order.paid", {"order": 1, "n": 1})
        await here.waits()
        assert here.run().status is RunStatus.WAITING
        _ = await here.publish("order.paid", {"order": 1, "n": 2})
        assert await here.output() == {"first": 1, "second": 2}


async def test_two_branches_each_hear_the_same_event():
    listen = "listen: {to: {one: {with: {type: go}, correlate: {k: {from: .data, expect: '1'}}}}}"
    text = document(f"""
- both:
    fork:
      branches:
        - left: {{{listen}}}
        - right:
            do:
              - slow: {{wait: {{seconds: 10}}}}
              - hear: {{{listen}}}
- after:
    {listen}
    timeout: {{after: {{minutes: 1}}}}
""")
    async with stage(text) as here:
        await here.start()
        await here.waits()
        _ = await here.publish("go", 1)
        error = await here.error()
        assert error["type"] == "https://serverlessworkflow.io/spec/1.0.0/errors/timeout"
        (row,) = here.scene.journal.rows.values()
        heard = [name for name, said in row.steps.items() if "message" in said]
        assert heard == ["/do/both/fork/left event", "/do/both/fork/right/do/hear event"]


async def test_a_branch_that_lost_waits_for_nothing_any_more():
    text = document("""
- first:
    fork:
      compete: true
      branches:
        - hear: {listen: {to: {one: {with: {type: never}}}}}
        - quick: {wait: {seconds: 1}}
- hear: {listen: {to: {one: {with: {type: go}}}}}
""")
    async with stage(text) as here:
        await here.start()
        await here.waits()
        while here.run().waiting_on != "event: go":
            await here.waits()
        assert [each.path for each in here.scene.events.subscriptions] == ["/do/hear"]
        _ = await here.publish("go", 1)
        assert await here.output() == [1]


async def test_without_expect_the_first_event_says_which_others_belong_to_it():
    text = document("""
- readings:
    listen:
      to:
        all:
          - with: {type: temperature}
            correlate: {room: {from: .roomid}}
          - with: {type: humidity}
            correlate: {room: {from: .roomid}}
""")
    async with stage(text) as here:
        await here.start()
        await here.waits()
        for type, room in (("temperature", "7"), ("humidity", "8"), ("temperature", "8")):
            _ = await here.publish(type, f"{type} {room}", roomid=room)
            await here.waits()
        assert here.run().status is RunStatus.WAITING
        told = len(here.scene.journal.mails)
        assert told == 1, "once the room is known, events of other rooms wake nobody"
        _ = await here.publish("humidity", "humidity 7", roomid=7)
        assert await here.output() == ["temperature 7", "humidity 7"]


async def test_a_constant_is_expected_as_it_is_written():
    text = document("""
- hear:
    listen:
      to: {one: {with: {type: order.paid}, correlate: {order: {from: .data.order, expect: "42"}}}}
""")
    async with stage(text) as here:
        await here.start()
        await here.waits()
        _ = await here.publish("order.paid", paid(41))
        _ = await here.publish("order.paid", paid(42))
        assert await here.output() == [{"order": 42}]


async def test_expecting_null_is_an_error_rather_than_a_wait_for_ever():
    async with stage(PAID) as here:
        await here.start({"other": 1})
        error = await here.error()
        assert error["detail"] == (
            "The correlation 'order' expects .order, which is null here, and no event has that. "
            "Correct 'expect'."
        )


async def test_filters_see_the_variables_of_the_run():
    text = document("""
- keep: {set: "${ . }", export: {as: ".limit"}}
- hear:
    listen:
      to:
        any:
          - with:
              type: temperature
              data: "${ .value > $context and .place == $input.place and $workflow.input.on }"
""")
    async with stage(text) as here:
        await here.start({"limit": 38, "place": "a", "on": True})
        await here.waits()
        for value, where in ((37, "a"), (39, "b"), ("?", None)):
            _ = await here.publish("temperature", {"value": value, "place": where})
            await here.waits()
        _ = await here.publish("temperature", {"value": 40, "place": "a"})
        assert await here.output() == [{"value": 40, "place": "a"}]
        assert len(here.scene.journal.mails) == 1


async def test_the_same_event_twice_is_heard_once():
    text = document("""
- hear:
    listen: {to: {any: [], until: length > 1}}
""")
    async with stage(text) as here:
        await here.start()
        await here.waits()
        first = await here.publish("pulse", 1, id="same")
        again = await here.publish("pulse", 1, id="same")
        assert (first.fresh, again.fresh) == (True, False)
        await here.waits()
        assert here.run().status is RunStatus.WAITING
        _ = await here.publish("pulse", 2, id="other")
        assert await here.output() == [1, 2]


async def test_a_paused_and_resumed_scene_is_told_what_came_meanwhile():
    async with stage(PAID) as here:
        await here.start({"order": 1})
        await here.waits()
        assert await here.engine.pause(here.run().id)
        await here.waits()
        _ = await here.publish("order.paid", paid(1))
        assert await here.engine.resume(here.run().id)
        assert await here.output() == [{"order": 1}]


async def test_a_run_that_faulted_in_foreach_goes_on_listening_when_it_is_resumed():
    text = document("""
- hear:
    listen: {to: {any: [{with: {type: pulse}}], until: length > 1}}
    foreach:
      do:
        - work: {call: flaky, with: {name: x, ok_at: 2}}
""")
    async with stage(text) as here:
        await here.start()
        await here.waits()
        _ = await here.publish("pulse", 1)
        _ = await here.error()
        assert await here.engine.resume(here.run().id)
        await here.waits()
        assert here.run().status is RunStatus.WAITING
        _ = await here.publish("pulse", 2)
        assert await here.output() == [2, 3]


async def test_a_fork_of_a_run_subscribes_for_itself():
    text = document("""
- hear:
    listen: {to: {any: [{with: {type: pulse}}], until: length > 1}}
    foreach:
      do:
        - work: {call: inc, with: {x: "${ $item }"}}
- after: {call: inc, with: {x: 1}}
""")
    async with stage(text) as here:
        await here.start()
        await here.waits()
        for value in (1, 2):
            _ = await here.publish("pulse", value)
        _ = await here.output()
        new = replace(here.run(), id=RunId("run_2"), status=RunStatus.PENDING, ended_at=None)
        inside = "/do/hear/foreach[1]/work"
        _ = await here.engine.copy(here.run().id, new, path=inside)
        assert await here.output("run_2") == 2
        assert here.scene.ledger.calls[-2:] == [inside, "/do/after"]
        assert here.scene.events.subscriptions == []


async def test_a_listen_that_is_retried_hears_again_what_was_for_the_run():
    text = document("""
- hear:
    listen:
      to: {one: {with: {type: paid}, correlate: {order: {from: .data.order, expect: .order}}}}
- after: {call: inc, with: {x: 1}}
""")
    async with stage(text) as here:
        await here.start({"order": 7})
        await here.waits()
        _ = await here.publish("paid", {"order": 7})
        _ = await here.output()
        assert await here.engine.retry(here.run().id, path="/do/hear")
        assert await here.output() == 2


async def test_an_event_that_is_handed_on_by_two_registrations_is_heard_once():
    """As where a process dies after it has subscribed, and before that is recorded."""
    text = document("- hear: {listen: {to: {any: [], until: length > 1}}}")
    async with stage(text) as here:
        await here.start()
        await here.waits()
        first = (await here.publish("pulse", 1)).stored
        again = message(first, [Match(0, {})])
        await here.engine.send(here.run().id, "/do/hear", again, key="another registration")
        await here.waits()
        assert here.run().status is RunStatus.WAITING
        _ = await here.publish("pulse", 2)
        assert await here.output() == [1, 2]
