from typing import cast

import pytest
from tests.unit.workflows.scheduling.board import Board
from tests.world import ANN

from podium.kernel.errors import Invalid, Unavailable
from podium.kernel.json import JsonObject
from podium.workflows.scheduling.schedules import Kind

pytestmark = pytest.mark.anyio

PAID: JsonObject = {"on": {"one": {"with": {"type": "paid"}}}, "read": "data"}
BOTH: JsonObject = {
    "on": {
        "all": [
            {"with": {"type": "recover", "data": '${ .name == "A" }'}},
            {"with": {"type": "recover", "data": '${ .name == "B" }'}},
        ]
    },
    "read": "data",
}
ROOMS: JsonObject = {
    "on": {
        "all": [
            {"with": {"type": "warm"}, "correlate": {"room": {"from": ".roomid"}}},
            {"with": {"type": "damp"}, "correlate": {"room": {"from": ".roomid"}}},
        ]
    },
    "read": "data",
}


async def test_each_event_starts_a_run_with_it_in_an_array():
    board = Board()
    await board.store(PAID)
    first = await board.publish("paid", {"order": 1})
    _ = await board.publish("sent", {"order": 1})
    second = await board.publish("paid", {"order": 2})
    assert board.inputs() == [[{"order": 1}], [{"order": 2}]]
    assert (first.runs, second.runs) == (("run_1",), ("run_2",))
    schedule = await board.schedule(Kind.ON)
    assert (schedule.last_run, schedule.next_at) == ("run_2", None)


async def test_without_read_the_run_gets_the_envelope():
    board = Board()
    await board.store({"on": {"one": {"with": {"type": "paid"}}}})
    _ = await board.publish("paid", {"order": 1})
    (said,) = cast("list[list[JsonObject]]", board.inputs())
    assert (said[0]["type"], said[0]["data"]) == ("paid", {"order": 1})


async def test_an_event_that_is_handed_on_again_starts_no_second_run():
    board = Board()
    await board.store(PAID)
    _ = await board.publish("paid", 1)
    assert await board.bus.recover(older=-1000) == 0, "it is known to be handed on"
    board.stores.events.done.clear()
    board.bus._routed.clear()  # noqa: SLF001 as after a crash
    assert await board.bus.recover(older=-1000) == 1
    assert board.inputs() == [[1]]


async def test_all_waits_until_each_filter_was_met():
    board = Board()
    await board.store(BOTH)
    for name in "AAB":
        receipt = await board.publish("recover", {"name": name})
    assert board.inputs() == [[{"name": "A"}, {"name": "B"}]]
    assert receipt.runs == ("run_1",)
    _ = await board.publish("recover", {"name": "B"})
    assert len(board.inputs()) == 2, "the other A was still there"


async def test_events_that_belong_together_start_a_run_together():
    board = Board()
    await board.store(ROOMS)
    for type, room in (("warm", "1"), ("damp", "2"), ("warm", "2"), ("damp", "1")):
        _ = await board.publish(type, f"{type} {room}", roomid=room)
    assert board.inputs() == [["damp 2", "warm 2"], ["warm 1", "damp 1"]]


async def test_any_collects_until_an_expression_holds():
    board = Board()
    on: JsonObject = {"any": [{"with": {"type": "pulse"}}], "until": "${ length >= 3 }"}
    await board.store({"on": on, "read": "data"})
    for value in range(7):
        _ = await board.publish("pulse", value)
    assert board.inputs() == [[0, 1, 2], [3, 4, 5]]


async def test_any_collects_until_other_events_which_are_no_input():
    board = Board()
    on: JsonObject = {
        "any": [{"with": {"type": "pulse"}}],
        "until": {"all": [{"with": {"type": "asleep"}}, {"with": {"type": "dark"}}]},
    }
    await board.store({"on": on, "read": "data"})
    for type in ("pulse", "dark", "pulse", "asleep", "pulse", "asleep"):
        _ = await board.publish(type, type)
    assert board.inputs() == [["pulse", "pulse"]]
    _ = await board.publish("dark")
    assert board.inputs() == [["pulse", "pulse"], ["pulse"]]


async def test_a_run_that_a_dead_process_had_to_start_is_started_by_the_next():
    board = Board()
    await board.store(BOTH)
    _ = await board.publish("recover", {"name": "A"})
    board.runs.fails = Unavailable("dies here")
    _ = await board.publish("recover", {"name": "B"})
    assert board.inputs() == []
    board.runs.fails = None
    _ = await board.another().tick()
    assert board.inputs() == [[{"name": "A"}, {"name": "B"}]]
    _ = await board.another().tick()
    _ = await board.bus.recover(older=-1000)
    assert len(board.inputs()) == 1


async def test_a_start_that_is_refused_is_noted_and_stops_nobody_else():
    board = Board()
    await board.store(PAID)
    board.runs.fails = Invalid("the input is not valid")
    receipt = await board.publish("paid", 1)
    assert receipt.runs == ()
    assert (await board.schedule(Kind.ON)).problem == "the input is not valid"
    assert await board.bus.recover(older=-1000) == 0


async def test_a_paused_schedule_hears_nothing_and_a_gone_one_neither():
    board = Board()
    await board.store(PAID)
    schedule = await board.schedule(Kind.ON)
    _ = await board.schedules.pause(ANN, schedule.id)
    _ = await board.publish("paid", "while paused")
    _ = await board.schedules.resume(ANN, schedule.id)
    _ = await board.publish("paid", "after")
    await board.store(None, version="2.0.0")
    _ = await board.publish("paid", "gone")
    assert board.inputs() == [["after"]]
    assert board.stores.events.subscriptions == []


async def test_a_new_version_hears_what_it_says_now():
    board = Board()
    await board.store(PAID)
    await board.store({"on": {"one": {"with": {"type": "sent"}}}, "read": "raw"}, version="2.0.0")
    _ = await board.publish("paid", 1)
    _ = await board.publish("sent", {"b": 1, "a": 2})
    assert board.inputs() == [['{"a":2,"b":1}']]


async def test_an_old_version_stored_again_hears_nothing():
    board = Board()
    await board.store(PAID)
    await board.store({"on": {"one": {"with": {"type": "sent"}}}, "read": "data"}, version="2.0.0")
    await board.store(PAID)
    _ = await board.publish("paid", 1)
    assert board.inputs() == []


async def test_a_schedule_whose_process_died_before_it_was_written_down_as_waiting():
    board = Board()
    await board.store(PAID)
    board.stores.events.subscriptions.clear()
    await board.schedules.recover()
    _ = await board.publish("paid", 1)
    assert board.inputs() == [[1]]


async def test_filters_of_a_schedule_compare_with_constants():
    board = Board()
    on: JsonObject = {
        "one": {
            "with": {"type": "paid"},
            "correlate": {"shop": {"from": ".data.shop", "expect": "7"}},
        }
    }
    await board.store({"on": on, "read": "data"})
    for shop in (6, 7):
        _ = await board.publish("paid", {"shop": shop})
    assert board.inputs() == [[{"shop": 7}]]
