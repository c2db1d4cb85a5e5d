"""What the engine's journal promises, in memory, on SQLite and on PostgreSQL."""

from dataclasses import replace

import anyio
import pytest
from tests.contract.storage.world import (
    NASTY,
    ONE,
    TWO,
    Stores,
    a_run,
    add,
    finish,
    hold,
)

from podium.kernel.errors import NotFound
from podium.kernel.ids import RunId
from podium.kernel.json import Json
from podium.workflows.engine.journal import (
    Added,
    Claim,
    Edits,
    Ended,
    Forgotten,
    Moved,
    Parked,
    Recorded,
)
from podium.workflows.ports import End
from podium.workflows.runs import RunStatus

pytestmark = pytest.mark.anyio

RUN = RunId("run_1")


async def claimed(stores: Stores, *, executor: str = "one", now: float = 1000.0) -> list[Claim]:
    return list(await stores.journal.claim(executor, limit=10, now=now))


async def recorded(stores: Stores, claim: Claim, name: str, outcome: Json = None) -> bool:
    entry = Recorded(claim.hold, name, 1, {"ok": outcome})
    (good,) = await stores.journal.commit([entry])
    return good is True


async def status(stores: Stores, run: str = "run_1") -> RunStatus:
    return (await stores.runs.find(RunId(run))).status


async def test_a_run_that_is_due_is_claimed_once(stores: Stores):
    _ = await add(stores, a_run(given={"text": NASTY * 500}))
    (claim,) = await claimed(stores)
    assert (claim.run.input, claim.run.started_at) == ({"text": NASTY * 500}, 1000.0)
    assert claim.hold == hold(epoch=1)
    assert await claimed(stores) == []
    assert await status(stores) is RunStatus.RUNNING


async def test_nothing_is_claimed_before_its_time(stores: Stores):
    _ = await add(stores, a_run(at=100.0))
    assert await claimed(stores, now=99.0) == []
    assert await stores.journal.next_wake() == 100.0


async def test_the_longest_due_is_claimed_first_and_no_more_than_wanted(stores: Stores):
    for name, at in (("c", 3.0), ("a", 1.0), ("b", 2.0)):
        _ = await add(stores, a_run(name, at=at, workspace=TWO if name == "b" else ONE))
    claims = await stores.journal.claim("one", limit=2, now=9.0)
    assert [claim.run.id for claim in claims] == ["run_a", "run_b"]


async def test_a_run_may_be_held_from_the_beginning(stores: Stores):
    _ = await stores.journal.commit([Added(a_run(), "one")])
    assert await claimed(stores, executor="two") == []
    assert await stores.journal.held("one") == {RUN: (1, False)}
    (good,) = await stores.journal.commit([Recorded(hold(epoch=1), "a", 1, {"ok": 1})])
    assert good


async def test_of_twenty_claims_at_once_each_run_is_in_one(pair: tuple[Stores, Stores]):
    for number in range(20):
        _ = await add(pair[0], a_run(str(number)))
    seen: list[str] = []

    async def claim(stores: Stores, executor: str) -> None:
        for _ in range(10):
            claims = await stores.journal.claim(executor, limit=2, now=1000.0)
            seen.extend(claim.run.id for claim in claims)

    async with anyio.create_task_group() as group:
        _ = group.start_soon(claim, pair[0], "one")
        _ = group.start_soon(claim, pair[1], "two")
    assert len(seen) == len(set(seen)) == 20


async def test_what_is_recorded_comes_back_with_the_next_claim(stores: Stores):
    _ = await add(stores, a_run())
    (claim,) = await claimed(stores)
    assert await recorded(stores, claim, "/do/a http", {"big": NASTY * 500})
    assert await stores.journal.release("one", now=1001.0, lost=False) == 1
    (again,) = await claimed(stores, executor="two", now=1001.0)
    assert again.steps == {"/do/a http": {"ok": {"big": NASTY * 500}}}
    assert (again.position, again.hold.epoch) == (1, 3)


async def test_who_has_lost_a_run_writes_nothing_more(stores: Stores):
    _ = await add(stores, a_run())
    (old,) = await claimed(stores)
    _ = await stores.journal.release("one", now=1000.0, lost=True)
    (new,) = await claimed(stores, executor="two")
    assert not await recorded(stores, old, "a")
    late = Ended(old.hold, End(1.0, output="late"), 1.0)
    parked = Parked(old.hold, None, "nothing", 1.0)
    assert await stores.journal.commit([late, Moved(old.hold, "x"), parked]) != [True, True, True]
    assert await recorded(stores, new, "a")
    run = await stores.runs.find(RUN)
    assert (run.status, run.output, run.waiting_on) == (RunStatus.RUNNING, None, None)


async def test_one_bad_hold_does_not_hurt_the_others_of_a_commit(stores: Stores):
    for name in "ab":
        _ = await add(stores, a_run(name))
    a, b = await claimed(stores)
    _ = await stores.journal.cancel(a.run.id, now=1000.0)
    entries = [Recorded(each.hold, "x", 1, {"ok": 1}) for each in (a, b)]
    assert await stores.journal.commit(entries) == [False, True]


async def test_an_end_is_final_and_says_everything(stores: Stores):
    _ = await add(stores, a_run())
    (claim,) = await claimed(stores)
    ended = Ended(claim.hold, End(1003.0, output={"a": [1]}), 1004.0)
    assert await stores.journal.commit([ended, ended]) == [True, False]
    run = await stores.runs.find(RUN)
    assert (run.status, run.output, run.ended_at) == (RunStatus.COMPLETED, {"a": [1]}, 1004.0)
    assert await stores.journal.held("one") == {}
    assert await stores.journal.next_wake() is None


async def test_a_parked_run_is_due_at_its_time(stores: Stores):
    _ = await add(stores, a_run())
    (claim,) = await claimed(stores)
    _ = await stores.journal.commit([Parked(claim.hold, 2000.0, "timer", 1000.0)])
    run = await stores.runs.find(RUN)
    assert (run.status, run.waiting_on) == (RunStatus.WAITING, "timer")
    assert await claimed(stores, now=1999.0) == []
    (again,) = await claimed(stores, now=2000.0)
    assert again.run.started_at == 1000.0


async def test_a_message_makes_a_parked_run_due(stores: Stores):
    _ = await add(stores, a_run())
    (claim,) = await claimed(stores)
    _ = await stores.journal.commit([Parked(claim.hold, None, "approval", 1000.0)])
    assert await claimed(stores) == []
    assert await stores.journal.send(RUN, "t", {"yes": NASTY}, key="k", now=1001.0)
    (again,) = await claimed(stores, now=1001.0)
    assert again.topics == {"t"}
    message = await stores.journal.message(RUN, "t")
    assert message is not None
    assert message.body == {"yes": NASTY}


async def test_a_message_that_comes_while_a_run_is_held_makes_it_due_when_it_is_parked(
    stores: Stores,
):
    _ = await add(stores, a_run())
    (claim,) = await claimed(stores)
    assert await stores.journal.send(RUN, "t", 1, key="k", now=1001.0)
    _ = await stores.journal.commit([Parked(claim.hold, 5000.0, "approval", 1002.0)])
    assert len(await claimed(stores, now=1002.0)) == 1


async def test_a_message_is_stored_once_for_each_key_and_taken_once(stores: Stores):
    _ = await add(stores, a_run())
    (claim,) = await claimed(stores)
    for number in (1, 2, 1):
        _ = await stores.journal.send(RUN, "t", number, key=str(number), now=1.0)
    first = await stores.journal.message(RUN, "t")
    assert first is not None
    assert first.body == 1
    entry = Recorded(claim.hold, "r", 1, {"message": 1}, takes=first.serial)
    assert await stores.journal.commit([entry]) == [True]
    _ = await stores.journal.send(RUN, "t", 1, key="1", now=2.0)
    second = await stores.journal.message(RUN, "t")
    assert second is not None
    assert second.body == 2
    assert await stores.journal.message(RUN, "other") is None


async def test_a_message_to_a_run_that_has_ended_or_never_was(stores: Stores):
    _ = await add(stores, a_run())
    _ = await finish(stores, RUN, 2.0)
    assert not await stores.journal.send(RUN, "t", 1, key="k", now=1.0)
    with pytest.raises(NotFound, match="There is no run run_none"):
        _ = await stores.journal.send(RunId("run_none"), "t", 1, key="k", now=1.0)


async def test_a_parent_is_told_how_its_child_ended(stores: Stores):
    _ = await add(stores, a_run("parent"))
    (parent,) = await claimed(stores)
    _ = await stores.journal.commit([Parked(parent.hold, None, "child", 1000.0)])
    child = replace(a_run("child"), parent=RunId("run_parent"))
    _ = await add(stores, child)
    assert await stores.journal.children(RunId("run_parent")) == ["run_child"]
    (claim,) = await claimed(stores)
    assert claim.run.parent == "run_parent"
    ended = Ended(claim.hold, End(1.0, output=NASTY), 1005.0, claim.run.parent)
    _ = await stores.journal.commit([ended])
    message = await stores.journal.message(RunId("run_parent"), "run:run_child")
    assert message is not None
    assert message.body == {"status": "completed", "output": NASTY, "error": None}
    assert [each.run.id for each in await claimed(stores, now=1005.0)] == ["run_parent"]
    assert await stores.journal.children(RunId("run_parent")) == []


async def test_a_run_that_goes_on_has_not_ended_for_its_parent(stores: Stores):
    _ = await add(stores, a_run("parent"))
    _ = await add(stores, replace(a_run("child"), parent=RunId("run_parent")))
    assert await stores.journal.parent(RunId("run_child")) == "run_parent"
    assert await stores.journal.parent(RunId("run_parent")) is None
    assert await stores.journal.cancel(RunId("run_child"), now=1001.0)
    assert await stores.journal.message(RunId("run_parent"), "run:run_child") is not None
    assert await stores.journal.reopen(RunId("run_child"), now=1002.0, edits=None)
    assert await stores.journal.message(RunId("run_parent"), "run:run_child") is None


async def test_a_cancelled_run_stays_cancelled(stores: Stores):
    _ = await add(stores, a_run())
    (claim,) = await claimed(stores)
    assert await stores.journal.cancel(RUN, now=1001.0)
    assert not await stores.journal.cancel(RUN, now=1002.0)
    assert not await recorded(stores, claim, "a")
    run = await stores.runs.find(RUN)
    assert (run.status, run.ended_at) == (RunStatus.CANCELLED, 1001.0)
    assert await claimed(stores) == []


async def test_of_an_end_and_a_cancellation_at_once_one_counts(pair: tuple[Stores, Stores]):
    _ = await add(pair[0], a_run())
    (claim,) = await claimed(pair[0])
    moved: dict[str, bool] = {}

    async def end() -> None:
        entry = Ended(claim.hold, End(1.0, output=1), 1.0)
        moved["completed"] = (await pair[0].journal.commit([entry]))[0] is True

    async def cancel() -> None:
        moved["cancelled"] = await pair[1].journal.cancel(RUN, now=1.0)

    async with anyio.create_task_group() as group:
        _ = group.start_soon(end)
        _ = group.start_soon(cancel)
    assert sorted(moved.values()) == [False, True]
    assert moved[await status(pair[0])]


async def test_a_paused_run_is_due_only_when_it_is_resumed(stores: Stores):
    _ = await add(stores, a_run())
    assert await stores.journal.pause(RUN, now=1000.0)
    assert await status(stores) is RunStatus.SUSPENDED
    assert await stores.journal.send(RUN, "t", 1, key="k", now=1001.0)
    assert await claimed(stores, now=5000.0) == []
    assert await stores.journal.reopen(RUN, now=1030.0, edits=None)
    (claim,) = await claimed(stores, now=1030.0)
    assert claim.idle == 30.0


async def test_a_held_run_is_asked_to_pause_and_does_so_when_it_parks(stores: Stores):
    _ = await add(stores, a_run())
    (claim,) = await claimed(stores)
    assert await stores.journal.pause(RUN, now=1000.0)
    assert await stores.journal.held("one") == {RUN: (1, True)}
    assert await status(stores) is RunStatus.RUNNING
    _ = await stores.journal.commit([Parked(claim.hold, 1.0, "resume", 1001.0, paused=True)])
    assert await status(stores) is RunStatus.SUSPENDED
    assert await claimed(stores) == []


async def test_a_wish_to_pause_can_be_taken_back(stores: Stores):
    _ = await add(stores, a_run())
    (claim,) = await claimed(stores)
    _ = await stores.journal.pause(RUN, now=1000.0)
    assert await stores.journal.reopen(RUN, now=1001.0, edits=None)
    assert await stores.journal.held("one") == {RUN: (1, False)}
    _ = await stores.journal.commit([Parked(claim.hold, None, "resume", 1001.0, paused=True)])
    assert len(await claimed(stores, now=1001.0)) == 1


async def test_a_faulted_run_goes_on_without_the_step_that_failed(stores: Stores):
    _ = await add(stores, a_run())
    (claim,) = await claimed(stores)
    _ = await recorded(stores, claim, "good")
    _ = await recorded(stores, claim, "bad")
    end = End(1.0, error={"title": "No"}, step="bad")
    _ = await stores.journal.commit([Ended(claim.hold, end, 1010.0)])
    assert await stores.journal.reopen(RUN, now=1070.0, edits=None)
    assert (await stores.runs.find(RUN)).error is None
    (again,) = await claimed(stores, now=1070.0)
    assert set(again.steps) == {"good"}
    assert again.idle == 60.0


async def test_a_run_that_runs_or_is_completed_is_not_reopened(stores: Stores):
    _ = await add(stores, a_run())
    assert not await stores.journal.reopen(RUN, now=1.0, edits=None)
    _ = await finish(stores, RUN, 2.0)
    assert not await stores.journal.reopen(RUN, now=1.0, edits=None)
    assert await stores.journal.reopen(RUN, now=1.0, edits=Edits("/do/a"))


async def test_edits_come_with_the_claim_until_the_steps_are_forgotten(stores: Stores):
    _ = await add(stores, a_run())
    (claim,) = await claimed(stores)
    for name in ("a", "b"):
        _ = await recorded(stores, claim, name)
    _ = await stores.journal.commit([Ended(claim.hold, End(1.0), 1.0)])
    wanted = Edits("/do/b", {"/do/b": {"x": NASTY}})
    assert await stores.journal.reopen(RUN, now=1000.0, edits=wanted)
    (again,) = await claimed(stores)
    assert again.edits == wanted
    assert await stores.journal.commit([Forgotten(again.hold, ["b"], wanted.inputs)]) == [True]
    _ = await stores.journal.release("one", now=1000.0, lost=False)
    (third,) = await claimed(stores)
    assert third.edits == Edits(None, wanted.inputs)
    assert set(third.steps) == {"a"}


async def test_a_copy_has_the_steps_of_the_first_which_stays(stores: Stores):
    _ = await add(stores, a_run())
    (claim,) = await claimed(stores)
    _ = await recorded(stores, claim, "a", NASTY * 500)
    new = a_run("2", at=1000.0)
    assert await stores.journal.copy(RUN, new, Edits("/do/b")) == new
    (copy,) = await claimed(stores)
    assert copy.steps == {"a": {"ok": NASTY * 500}}
    assert copy.edits.cut == "/do/b"
    assert await status(stores) is RunStatus.RUNNING


async def test_recoveries_count_processes_that_died_without_a_step_between(stores: Stores):
    _ = await add(stores, a_run())
    counts: list[int] = []
    for number in range(6):
        (claim,) = await claimed(stores)
        counts.append(claim.recoveries)
        if number == 2:
            _ = await recorded(stores, claim, "a")
        _ = await stores.journal.release("one", now=1000.0, lost=number != 4)
    assert counts == [0, 1, 2, 1, 2, 2]


async def test_a_process_that_says_nothing_loses_its_runs(pair: tuple[Stores, Stores]):
    _ = await add(pair[0], a_run())
    await pair[0].journal.beat("one")
    _ = await claimed(pair[0])
    await pair[1].journal.beat("two")
    assert await pair[1].journal.release_lost(silent=3600.0, now=1000.0) == 0
    await anyio.sleep(0.02)
    assert await pair[1].journal.release_lost(silent=0.001, now=1000.0) == 1
    assert len(await claimed(pair[1], executor="two")) == 1


async def test_a_step_may_be_recorded_again_where_nobody_knows_whether_it_was(stores: Stores):
    _ = await add(stores, a_run())
    (claim,) = await claimed(stores)
    assert await recorded(stores, claim, "a", NASTY * 500)
    assert await recorded(stores, claim, "a", NASTY * 500)
    _ = await stores.journal.release("one", now=1000.0, lost=False)
    (again,) = await claimed(stores)
    assert again.steps == {"a": {"ok": NASTY * 500}}


async def test_who_is_asked_to_pause_while_it_leaves_is_suspended(stores: Stores):
    _ = await add(stores, a_run())
    (claim,) = await claimed(stores)
    assert await stores.journal.pause(RUN, now=1000.0)
    assert await stores.journal.commit([Parked(claim.hold, 5000.0, "timer", 1001.0)]) == [True]
    assert await status(stores) is RunStatus.SUSPENDED
    assert await claimed(stores, now=9000.0) == []
    assert await stores.journal.reopen(RUN, now=9000.0, edits=None)
    (again,) = await claimed(stores, now=9000.0)
    assert (again.pausing, again.idle) == (False, 7999.0)
