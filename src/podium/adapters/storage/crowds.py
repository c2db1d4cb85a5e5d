"""The events that schedules collect until there are enough of them for a run."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final, TypedDict, cast

from sqlalchemy import Connection, Executable, select, update

from podium.adapters.storage import payloads
from podium.adapters.storage.database import Database
from podium.adapters.storage.tables import events, gathered, schedules
from podium.kernel.ids import ScheduleId, UserId, WorkspaceId
from podium.kernel.json import Json, JsonObject
from podium.workflows.events.cloudevents import Event
from podium.workflows.events.filters import Match
from podium.workflows.events.ports import Stored
from podium.workflows.scheduling.ports import Crowd, Gathered, Started

_GATHERED: Final = select(
    gathered.c.schedule,
    gathered.c.start,
    gathered.c.matches,
    events.c.serial,
    events.c.workspace,
    events.c.owner,
    events.c.envelope,
    events.c.received_at,
).join(events, events.c.serial == gathered.c.event)


class _GatheredRow(TypedDict):
    schedule: ScheduleId
    start: str | None
    matches: str
    serial: int
    workspace: WorkspaceId
    owner: UserId
    envelope: str
    received_at: float


def _gathered(row: _GatheredRow) -> Gathered:
    stored = Stored(
        serial=row["serial"],
        workspace=row["workspace"],
        owner=row["owner"],
        event=Event(cast("JsonObject", payloads.decoded(row["envelope"]))),
        received_at=row["received_at"],
    )
    said = cast("list[tuple[int, dict[str, str]]]", payloads.decoded(row["matches"]))
    return Gathered(stored, [Match(position, keys) for position, keys in said])


class SqlCrowds:
    """A `CrowdStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database

    async def gather(self, schedule: ScheduleId, key: str, one: Gathered) -> None:
        said: list[Json] = [[each.position, dict(each.keys)] for each in one.matches]
        row = {
            "schedule": schedule,
            "event": one.stored.serial,
            "crowd": key,
            "is_done": 0,
            "matches": payloads.encoded(said),
        }
        statement = self._database.insert(gathered).values(row).on_conflict_do_nothing()
        _ = await self._database.write(lambda connection: connection.execute(statement))

    async def crowd(self, schedule: ScheduleId, key: str, *, limit: int) -> Crowd:
        revision = select(schedules.c.revision).where(schedules.c.id == schedule)
        statement = (
            _GATHERED.where(
                gathered.c.schedule == schedule,
                gathered.c.is_done == 0,
                gathered.c.crowd == key,
                gathered.c.start.is_(None),
            )
            .order_by(gathered.c.event)
            .limit(limit)
        )

        def work(connection: Connection) -> Crowd:
            seen = cast("int", connection.execute(revision).scalar() or 0)
            return Crowd(
                schedule, key, seen, [_gathered(row) for row in _rows(connection, statement)]
            )

        return await self._database.read(work)

    async def use(self, crowd: Crowd, serials: Sequence[int], *, start: str) -> bool:
        guard = (
            update(schedules)
            .where(schedules.c.id == crowd.schedule, schedules.c.revision == crowd.revision)
            .values(revision=crowd.revision + 1)
        )
        mine = (gathered.c.schedule == crowd.schedule, gathered.c.event.in_(serials))
        taken = update(gathered).where(*mine, gathered.c.start.is_(None)).values(start=start)

        def work(connection: Connection) -> bool:
            if connection.execute(guard).rowcount == 0:
                return False
            _ = connection.execute(taken)
            return True

        return await self._database.write(work)

    async def owed(self) -> Sequence[tuple[ScheduleId, str, Sequence[Gathered]]]:
        statement = _GATHERED.where(
            gathered.c.is_done == 0, gathered.c.start.is_not(None)
        ).order_by(gathered.c.schedule, gathered.c.start, gathered.c.event)
        rows = await self._database.read(lambda connection: _rows(connection, statement))
        return [
            (schedule, str(start), [_gathered(row) for row in group])
            for (schedule, start), group in groupby(
                rows, key=lambda row: (row["schedule"], row["start"])
            )
        ]

    async def started(self, schedule: ScheduleId, start: str, started: Started) -> None:
        done = (
            update(gathered)
            .where(gathered.c.schedule == schedule, gathered.c.start == start)
            .values(is_done=1)
        )
        said: dict[str, object] = {"last_at": started.at, "problem": started.problem}
        if started.run is not None:
            said["last_run"] = started.run
        told = update(schedules).where(schedules.c.id == schedule).values(**said)

        def work(connection: Connection) -> None:
            _ = connection.execute(done)
            _ = connection.execute(told)

        await self._database.write(work)


def _rows(connection: Connection, statement: Executable) -> list[_GatheredRow]:
    return cast("list[_GatheredRow]", connection.execute(statement).mappings().all())
