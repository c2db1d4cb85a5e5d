from dataclasses import replace

import anyio
import pytest
from tests.contract.storage.test_events import an_event
from tests.contract.storage.world import (
    ANN,
    ONE,
    TWO,
    Stores,
    a_run,
    a_version,
    add,
    begin,
    finish,
)

from podium.identity.principal import Principal
from podium.kernel.errors import Invalid, NotFound
from podium.kernel.ids import RunId, ScheduleId, WorkspaceId
from podium.kernel.json import JsonObject
from podium.workflows.events.filters import Match
from podium.workflows.events.ports import Stored
from podium.workflows.scheduling.ports import Fired, Gathered, Started
from podium.workflows.scheduling.schedules import Kind, Schedule

pytestmark = pytest.mark.anyio

RULES: dict[Kind, JsonObject] = {
    Kind.EVERY: {"every": {"minutes": 5}},
    Kind.CRON: {"cron": "CRON_TZ=Europe/Berlin 0 9 * * *"},
    Kind.AFTER: {"after": "PT1H"},
    Kind.ON: {"on": {"one": {"with": {"type": "paid"}}}, "read": "data"},
}
FIRST = ScheduleId("sched_1")


def a_schedule(
    name: str = "1",
    *,
    workflow: str = "triage",
    kind: Kind = Kind.EVERY,
    next_at: float | None = 400.0,
    workspace: WorkspaceId = ONE,
) -> Schedule:
    return Schedule(
        id=ScheduleId(f"sched_{name}"),
        workspace=workspace,
        owner=ANN,
        namespace="acme",
        name=workflow,
        version="1.0.0",
        kind=kind,
        rule=RULES[kind],
        active_since=100.0,
        next_at=next_at,
    )


async def _put(stores: Stores, *schedules: Schedule) -> None:
    first = schedules[0]
    version = a_version(f"acme/{first.name}:1.0.0", workspace=first.workspace)
    _ = await stores.workflows.add(version)
    assert await stores.schedules.replace(version, schedules)


async def _due(stores: Stores, now: float) -> str:
    found = await stores.schedules.due(now, limit=10)
    return " ".join(each.id.removeprefix("sched_") for each in found)


async def test_a_schedule_comes_back_as_it_was_put(stores: Stores):
    full = replace(
        a_schedule(),
        last_at=90.0,
        last_run=RunId("run_0"),
        paused_at=95.0,
        problem="no such workflow",
    )
    await _put(stores, full)
    assert await stores.schedules.get(ONE, FIRST) == full
    assert await stores.schedules.find(FIRST) == full
    assert await stores.schedules.of(ONE, "acme", "triage") == [full]
    with pytest.raises(NotFound, match="no schedule sched_1"):
        _ = await stores.schedules.get(TWO, FIRST)
    with pytest.raises(NotFound):
        _ = await stores.schedules.find(ScheduleId("sched_none"))


async def test_the_newest_version_takes_the_place_of_the_others(stores: Stores):
    await _put(stores, a_schedule("1"), a_schedule("2", kind=Kind.ON, next_at=None))
    second = a_version("acme/triage:2.0.0", digest="b" * 64, at=200.0)
    _ = await stores.workflows.add(second)
    now = replace(a_schedule("1"), version="2.0.0", next_at=500.0)
    assert await stores.schedules.replace(second, [now])
    assert await stores.schedules.of(ONE, "acme", "triage") == [now]
    first = a_version("acme/triage:1.0.0")
    assert not await stores.schedules.replace(first, [a_schedule("1")])
    assert await stores.schedules.of(ONE, "acme", "triage") == [now]
    assert await stores.schedules.replace(second, [])
    assert await stores.schedules.of(ONE, "acme", "triage") == []


async def test_what_is_due_comes_longest_due_first(stores: Stores):
    await _put(stores, a_schedule("1", workflow="a", next_at=400.0))
    await _put(stores, a_schedule("2", workflow="b", next_at=300.0))
    await _put(stores, a_schedule("3", workflow="c", next_at=None, kind=Kind.ON))
    await _put(stores, a_schedule("4", workflow="d", next_at=300.0))
    assert await stores.schedules.next_due() == 300.0
    assert await _due(stores, 299.0) == ""
    assert await _due(stores, 400.0) == "2 4 1"
    assert await stores.schedules.pause(ScheduleId("sched_2"), at=350.0)
    assert await _due(stores, 400.0) == "4 1"
    assert [each.id for each in await stores.schedules.timed()] == ["sched_1", "sched_4"]
    assert [each.id for each in await stores.schedules.listening()] == ["sched_3"]


async def test_a_due_time_is_claimed_once_until_the_claim_is_over(stores: Stores):
    await _put(stores, a_schedule())
    one = await stores.schedules.find(FIRST)
    assert await stores.schedules.claim(one, now=400.0, until=430.0)
    assert not await stores.schedules.claim(one, now=401.0, until=431.0)
    assert await _due(stores, 429.0) == ""
    assert await stores.schedules.next_due() == 430.0, "else who waits would never rest"
    assert await _due(stores, 430.0) == "1"
    assert await stores.schedules.claim(one, now=430.0, until=460.0)
    assert await _due(stores, 300.0) == "", "not due then"
    assert await _due(stores, 401.0) == ""


async def test_a_claim_of_before_the_clock_was_set_back_does_not_hold(stores: Stores):
    await _put(stores, a_schedule(next_at=10.0))
    one = await stores.schedules.find(FIRST)
    assert await stores.schedules.claim(one, now=5000.0, until=5030.0)
    assert await _due(stores, 100.0) == "1"
    assert await stores.schedules.claim(one, now=100.0, until=130.0)


async def test_of_ten_claims_at_once_one_holds(pair: tuple[Stores, Stores]):
    await _put(pair[0], a_schedule())
    one = await pair[0].schedules.find(FIRST)
    won: list[bool] = []

    async def claim(stores: Stores) -> None:
        won.append(await stores.schedules.claim(one, now=400.0, until=430.0))

    async with anyio.create_task_group() as group:
        for number in range(10):
            _ = group.start_soon(claim, pair[number % 2])
    assert sorted(won) == [False] * 9 + [True]


async def test_what_was_changed_meanwhile_is_not_claimed(stores: Stores):
    await _put(stores, a_schedule())
    one = await stores.schedules.find(FIRST)
    for changed in (
        replace(one, next_at=399.0),
        replace(one, version="0.9.0"),
        replace(one, id=ScheduleId("sched_none")),
    ):
        assert not await stores.schedules.claim(changed, now=400.0, until=430.0)
    _ = await stores.schedules.pause(FIRST, at=390.0)
    assert not await stores.schedules.claim(one, now=400.0, until=430.0)


async def test_a_due_time_that_is_over_leads_to_the_next_one(stores: Stores):
    await _put(stores, a_schedule())
    one = await stores.schedules.find(FIRST)
    assert await stores.schedules.claim(one, now=400.0, until=430.0)
    started = Started(401.0, RunId("run_1"))
    await stores.schedules.fired(Fired(FIRST, 400.0, 700.0, started))
    now = replace(one, next_at=700.0, last_at=401.0, last_run=RunId("run_1"))
    assert await stores.schedules.find(FIRST) == now
    assert await stores.schedules.claim(now, now=700.0, until=730.0), "the claim is over, too"
    failed = Started(701.0, None, "no such workflow")
    await stores.schedules.fired(Fired(FIRST, 700.0, None, failed))
    after = replace(now, next_at=None, last_at=701.0, problem="no such workflow")
    assert await stores.schedules.find(FIRST) == after


async def test_what_another_version_planned_meanwhile_stays(stores: Stores):
    await _put(stores, a_schedule())
    await stores.schedules.fired(Fired(FIRST, 300.0, 700.0, Started(401.0, RunId("run_1"))))
    found = await stores.schedules.find(FIRST)
    assert (found.next_at, found.last_run) == (400.0, "run_1")
    gone = Fired(ScheduleId("sched_none"), 300.0, 700.0, Started(401.0, None))
    await stores.schedules.fired(gone)


async def test_a_schedule_is_paused_and_resumed_once(stores: Stores):
    await _put(stores, a_schedule())
    assert not await stores.schedules.resume(FIRST, next_at=500.0)
    assert await stores.schedules.pause(FIRST, at=350.0)
    assert not await stores.schedules.pause(FIRST, at=360.0)
    assert (await stores.schedules.find(FIRST)).paused_at == 350.0
    assert await stores.schedules.next_due() is None
    assert await stores.schedules.resume(FIRST, next_at=500.0)
    found = await stores.schedules.find(FIRST)
    assert (found.paused_at, found.next_at) == (None, 500.0)


async def test_planning_changes_what_nobody_else_has(stores: Stores):
    await _put(stores, a_schedule())
    one = await stores.schedules.find(FIRST)
    assert await stores.schedules.plan(one, 350.0)
    assert not await stores.schedules.plan(one, 340.0)
    assert (await stores.schedules.find(FIRST)).next_at == 350.0
    await _put(stores, a_schedule("2", workflow="b", next_at=None, kind=Kind.AFTER))
    second = await stores.schedules.find(ScheduleId("sched_2"))
    assert await stores.schedules.plan(second, 600.0)
    assert (await stores.schedules.find(ScheduleId("sched_2"))).next_at == 600.0


async def test_a_schedule_follows_its_run_when_that_has_ended(stores: Stores):
    for name, last in (("1", "run_1"), ("2", "run_2"), ("3", "run_gone"), ("4", None)):
        one = a_schedule(name, workflow=name, kind=Kind.AFTER, next_at=None)
        await _put(stores, replace(one, last_run=None if last is None else RunId(last)))
    for run in "12":
        _ = await add(stores, a_run(run))
        await begin(stores, f"run_{run}")
    _ = await finish(stores, "run_1", 250.0)
    found = await stores.schedules.followed()
    assert [(each.id, at) for each, at in found] == [("sched_1", 250.0), ("sched_3", 0.0)]
    _ = await stores.schedules.pause(FIRST, at=260.0)
    assert await stores.schedules.plan(found[1][0], 3600.0)
    assert await stores.schedules.followed() == []


async def test_pages_of_schedules_join_up(stores: Stores):
    for name in "bca":
        await _put(
            stores,
            a_schedule(name, workflow=name),
            a_schedule(f"{name}2", workflow=name, kind=Kind.ON, next_at=None),
        )
    await _put(stores, a_schedule("x", workflow="x", workspace=TWO))
    seen: list[str] = []
    cursor = None
    for _step in range(9):
        page = await stores.schedules.list(ONE, cursor=cursor, limit=2)
        seen += [each.id for each in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [f"sched_{name}" for name in ("a", "a2", "b", "b2", "c", "c2")]
    with pytest.raises(Invalid, match="no cursor"):
        _ = await stores.schedules.list(ONE, cursor="nonsense", limit=2)


async def _event(stores: Stores, id: str) -> Stored:
    who = Principal(ANN, ONE, "Ann")
    return (await stores.events.add(who, an_event(id), at=100.0 + int(id)))[0]


async def test_a_crowd_has_its_events_in_order_until_they_are_used(stores: Stores):
    await _put(stores, a_schedule(kind=Kind.ON, next_at=None))
    gathered = [
        Gathered(await _event(stores, str(number)), [Match(number % 2, {"room": "a"})])
        for number in range(4)
    ]
    for one in (gathered[2], gathered[0], gathered[1], gathered[0]):
        await stores.crowds.gather(FIRST, "a", one)
    await stores.crowds.gather(FIRST, "b", gathered[3])
    crowd = await stores.crowds.crowd(FIRST, "a", limit=10)
    assert list(crowd.events) == gathered[:3]
    assert len((await stores.crowds.crowd(FIRST, "a", limit=2)).events) == 2
    serials = [each.stored.serial for each in gathered[:2]]
    assert await stores.crowds.use(crowd, serials, start="one")
    assert not await stores.crowds.use(crowd, serials, start="two"), "somebody was faster"
    left = await stores.crowds.crowd(FIRST, "a", limit=10)
    assert list(left.events) == gathered[2:3]
    for one in gathered:
        await stores.crowds.gather(FIRST, "a", one)
    again = await stores.crowds.crowd(FIRST, "a", limit=10)
    assert list(again.events) == gathered[2:3], "what was used, or is in another, comes not again"


async def test_a_run_is_owed_until_it_is_started(stores: Stores):
    await _put(stores, a_schedule(kind=Kind.ON, next_at=None))
    one, two = [Gathered(await _event(stores, id), [Match(0, {})]) for id in "12"]
    await stores.crowds.gather(FIRST, "", one)
    await stores.crowds.gather(FIRST, "", two)
    assert await stores.crowds.owed() == []
    crowd = await stores.crowds.crowd(FIRST, "", limit=10)
    assert await stores.crowds.use(crowd, [one.stored.serial, two.stored.serial], start="x")
    assert await stores.crowds.owed() == [(FIRST, "x", [one, two])]
    await stores.crowds.started(FIRST, "x", Started(300.0, RunId("run_9")))
    assert await stores.crowds.owed() == []
    assert (await stores.schedules.find(FIRST)).last_run == "run_9"


async def test_events_that_are_forgotten_are_in_no_crowd(stores: Stores):
    await _put(stores, a_schedule(kind=Kind.ON, next_at=None))
    one = Gathered(await _event(stores, "1"), [Match(0, {})])
    await stores.crowds.gather(FIRST, "", one)
    _ = await stores.events.prune(before=1000.0, limit=10)
    assert (await stores.crowds.crowd(FIRST, "", limit=10)).events == []
