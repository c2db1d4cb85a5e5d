import anyio
import pytest
from tests.pace import HANGS
from tests.unit.workflows.scheduling.board import Board, moment
from tests.world import ANN, BOB, EVE

from podium.kernel.errors import Conflict, Invalid, NotFound, Refused, Unavailable
from podium.kernel.json import JsonObject
from podium.workflows.scheduling.scheduler import LOOK
from podium.workflows.scheduling.schedules import Kind

pytestmark = pytest.mark.anyio

HOUR, DAY = 3600.0, 86400.0
HOURLY: JsonObject = {"cron": "0 * * * *"}
MINUTES: JsonObject = {"every": {"minutes": 20}}


async def test_cron_starts_a_run_at_each_due_time():
    board = Board("2026-11-22T10:30")
    await board.store(HOURLY)
    assert await board.due(3 * HOUR) == "11:00 12:00 13:00"
    wish = board.runs.wishes[0]
    schedule = await board.schedule()
    assert (wish.namespace, wish.name, wish.version, wish.input) == ("acme", "nightly", "1.0.0", {})
    assert wish.labels == {"schedule": schedule.id, "cron": "2026-11-22T11:00:00.000Z"}
    assert schedule.last_run == "run_3"
    assert schedule.next_at == moment("2026-11-22T14:00")


@pytest.mark.parametrize(
    ("start", "cron", "expected"),
    [
        ("2026-03-28T12:00", "CRON_TZ=Europe/Berlin 30 2 * * *", "01:00 00:30 00:30"),
        ("2026-10-24T12:00", "CRON_TZ=Europe/Berlin 30 2 * * *", "00:30 01:30 01:30"),
        ("2026-03-07T12:00", "CRON_TZ=America/New_York 30 2 * * *", "07:00 06:30 06:30"),
        ("2026-10-31T12:00", "CRON_TZ=America/New_York 30 1 * * *", "05:30 06:30 06:30"),
    ],
)
async def test_a_time_of_the_night_comes_once_a_day_where_clocks_change(
    start: str, cron: str, expected: str
):
    board = Board(start)
    await board.store({"cron": cron})
    assert await board.due(3 * DAY) == expected


async def test_every_begins_one_interval_after_it_was_stored_and_keeps_its_rhythm():
    board = Board("2026-11-22T10:05")
    await board.store(MINUTES)
    assert await board.due(HOUR) == "10:25 10:45 11:05"
    board.runs.fails = Invalid("no")
    assert await board.due(HOUR / 2) == ""
    assert (await board.schedule(Kind.EVERY)).problem == "no"
    board.runs.fails = None
    assert await board.due(HOUR / 2) == "11:45 12:05"
    assert (await board.schedule(Kind.EVERY)).problem is None


async def test_several_rules_of_one_document_each_start_runs():
    board = Board("2026-11-22T10:05")
    await board.store({**MINUTES, "cron": "0 12 * * *"})
    assert await board.due(2 * HOUR) == "10:25 10:45 11:05 11:25 11:45 12:00 12:05"


async def test_times_missed_while_nothing_ran_are_made_up_for_once():
    board = Board("2026-11-22T10:30")
    await board.store(HOURLY)
    board.clock.go(5 * DAY)
    board.scheduler = board.another()
    assert await board.due(HOUR) == "10:00 11:00"
    assert board.runs.wishes[0].labels["cron"] == "2026-11-27T10:00:00.000Z"


async def test_a_due_time_starts_one_run_whoever_is_there():
    board = Board("2026-11-22T10:30")
    await board.store(HOURLY)
    others = [board.another() for _ in range(5)]
    board.clock.go(HOUR / 2)
    async with anyio.create_task_group() as group:
        for each in [*others, *others]:
            _ = group.start_soon(each.tick)
    assert board.labels() == "11:00"


async def test_a_start_that_was_not_noted_is_made_again_and_is_the_same_run():
    board = Board("2026-11-22T10:30")
    await board.store(HOURLY)
    board.clock.go(HOUR / 2)
    schedule = await board.schedule()
    assert await board.stores.schedules.claim(
        schedule, now=board.clock.at, until=board.clock.at + 30
    )
    first = await board.scheduler._start(schedule, board.clock.at)  # noqa: SLF001 then the process dies
    assert await board.due(10) == "", "another one thinks it is at it"
    assert await board.due(60) == ""
    found = await board.schedule()
    assert (len(board.runs.wishes), found.last_run) == (1, first.run)
    assert found.next_at == moment("2026-11-22T12:00")


async def test_a_clock_set_forward_is_a_pause_that_is_made_up_for_once():
    board = Board("2026-11-22T10:30")
    await board.store(HOURLY)
    assert await board.due(HOUR) == "11:00"
    board.clock.at += 3 * HOUR  # the time of day alone
    assert await board.due(HOUR) == "14:00 15:00"


@pytest.mark.parametrize("back", [600.0, 3 * HOUR, 400 * DAY])
async def test_a_clock_set_back_starts_nothing_twice_and_hangs_nowhere(back: float):
    board = Board("2026-11-22T10:30")
    await board.store({**HOURLY, **MINUTES})
    _ = await board.due(5 * HOUR)
    before = len(board.runs.wishes)
    assert before == 5 + 15
    board.clock.at -= back
    _ = await board.due(back + 2 * HOUR if back < DAY else 2 * HOUR)
    keys = [wish.idempotency_key for wish in board.runs.wishes]
    assert len(keys) == len(set(keys))
    assert len(keys) == before + 2 + 6
    assert len(board.stores.journal.rows) == len(keys)


async def test_a_process_that_starts_with_a_corrected_clock_does_not_wait_for_the_old_time():
    board = Board("2027-06-01T10:30")
    await board.store(HOURLY)
    assert await board.due(HOUR) == "11:00"
    board.clock.at = moment("2026-11-22T10:30")
    board.scheduler = board.another()
    assert await board.due(HOUR) == "11:00"
    assert len(board.runs.wishes) == 2


async def test_after_starts_at_once_and_again_that_long_after_each_end():
    board = Board("2026-11-22T10:00")
    await board.store({"after": {"minutes": 10}})
    assert await board.due(HOUR) == "10:00"
    await board.end("run_1")
    assert await board.due(9 * 60) == ""
    assert await board.due(60) == "11:10"
    await board.end("run_2", after=30)
    assert await board.due(HOUR) == "11:20:30.000Z"


async def test_after_tries_again_where_no_run_could_be_started():
    board = Board("2026-11-22T10:00")
    await board.store({"after": {"minutes": 10}})
    board.runs.fails = NotFound("gone")
    assert await board.due(60) == ""
    board.runs.fails = None
    assert await board.due(HOUR) == "10:10"


async def test_only_the_end_of_a_run_that_is_followed_wakes_the_scheduler():
    board = Board()
    await board.store({"after": {"seconds": 1}})
    _ = await board.due(1)
    await board.alarm.wait(0)
    with anyio.fail_after(HANGS):
        await board.end("run_1")
        await board.alarm.wait(10 * HANGS)


async def test_a_new_version_takes_over_the_schedule():
    board = Board("2026-11-22T10:30")
    await board.store(HOURLY)
    first = await board.schedule()
    assert await board.due(HOUR) == "11:00"
    await board.store({"cron": "15 * * * *"}, version="2.0.0")
    assert await board.due(HOUR) == "12:15"
    assert board.runs.wishes[1].version == "2.0.0"
    assert (await board.schedule()).id == first.id
    await board.store(None, version="3.0.0")
    assert await board.due(DAY) == ""
    assert await board.stores.schedules.of(ANN.workspace, "acme", "nightly") == []


async def test_a_new_version_with_the_same_rule_keeps_its_rhythm():
    board = Board("2026-11-22T10:00")
    await board.store({**MINUTES, **HOURLY})
    assert await board.due(600) == ""
    await board.store(MINUTES, version="1.1.0")
    assert await board.due(900) == "10:20"
    assert board.runs.wishes[0].version == "1.1.0"


async def test_an_old_version_stored_again_changes_nothing():
    board = Board("2026-11-22T10:30")
    await board.store(HOURLY)
    await board.store({"cron": "15 * * * *"}, version="2.0.0")
    await board.store(HOURLY)
    assert await board.due(HOUR) == "11:15"


async def test_a_paused_schedule_makes_up_for_nothing():
    board = Board("2026-11-22T10:30")
    await board.store(HOURLY)
    schedule = await board.schedule()
    paused = await board.schedules.pause(ANN, schedule.id)
    assert paused.paused_at == board.clock.at
    assert await board.due(5 * HOUR) == ""
    with pytest.raises(Conflict, match="paused already"):
        _ = await board.schedules.pause(ANN, schedule.id)
    await board.store({"cron": "10 * * * *"}, version="2.0.0")
    assert await board.due(HOUR) == "", "a new version does not resume it"
    resumed = await board.schedules.resume(ANN, schedule.id)
    assert resumed.next_at == moment("2026-11-22T17:10")
    assert await board.due(HOUR) == "17:10"
    with pytest.raises(Conflict, match="not paused"):
        _ = await board.schedules.resume(ANN, schedule.id)


async def test_an_after_that_was_paused_goes_on_from_the_last_end():
    board = Board("2026-11-22T10:00")
    await board.store({"after": {"hours": 1}})
    _ = await board.due(60)
    schedule = await board.schedule(Kind.AFTER)
    _ = await board.schedules.pause(ANN, schedule.id)
    await board.end("run_1")
    assert await board.due(HOUR / 2) == ""
    _ = await board.schedules.resume(ANN, schedule.id)
    assert await board.due(HOUR) == "11:01"


async def test_who_may_see_and_pause():
    board = Board()
    await board.store(HOURLY)
    schedule = await board.schedule()
    assert (await board.schedules.get(BOB, schedule.id)).id == schedule.id
    assert [each.id for each in (await board.schedules.list(BOB, cursor=None, limit=9)).items] == [
        schedule.id
    ]
    with pytest.raises(Refused):
        _ = await board.schedules.pause(BOB, schedule.id)
    with pytest.raises(NotFound):
        _ = await board.schedules.get(EVE, schedule.id)
    assert (await board.schedules.list(EVE, cursor=None, limit=9)).items == ()


async def test_it_sleeps_until_something_is_due_or_changes():
    board = Board("2026-11-22T10:30")
    waits: list[float] = []
    woken = anyio.Event()

    async def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:
            await board.store({"every": {"seconds": 3}})
        elif len(waits) == 5:
            woken.set()
            await anyio.sleep_forever()
        else:
            board.clock.go(seconds)

    board.alarm.wait = wait
    async with anyio.create_task_group() as group:
        _ = group.start_soon(board.scheduler.run)
        with anyio.fail_after(HANGS):
            await woken.wait()
        group.cancel_scope.cancel()
    assert waits == pytest.approx([LOOK, 3.0, 3.0, 3.0, 3.0])
    assert len(board.runs.wishes) == 3


async def test_a_database_that_is_away_is_asked_again_later():
    board = Board("2026-11-22T10:30")
    await board.store(HOURLY)
    board.clock.go(HOUR)
    board.runs.fails = Unavailable("away")
    with pytest.raises(Unavailable):
        _ = await board.scheduler.tick()
    board.runs.fails = None
    board.clock.go(31)
    assert await board.due(1) == "11:00"


async def test_every_few_milliseconds_it_is_coalesced_not_queued():
    board = Board("2026-11-22T10:30")
    await board.store({"every": {"milliseconds": 10}})
    board.clock.go(10)
    wake = await board.scheduler.tick()
    assert len(board.runs.wishes) == 1
    assert wake is not None
    assert wake > board.clock.at
