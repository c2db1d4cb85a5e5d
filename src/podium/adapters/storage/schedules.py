"""Schedules: when they are due, and who starts what is."""

from collections.abc import Sequence
from typing import Final, TypedDict, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)

from podium.adapters.storage import cursors, payloads
from podium.adapters.storage.database import Database
from podium.adapters.storage.tables import runs, schedules, workflows
from podium.kernel.errors import NotFound
from podium.kernel.ids import RunId, ScheduleId, UserId, WorkspaceId
from podium.kernel.json import JsonObject
from podium.kernel.paging import Page
from podium.workflows.runs import WorkflowVersion
from podium.workflows.scheduling.ports import Fired
from podium.workflows.scheduling.scheduler import CLAIM
from podium.workflows.scheduling.schedules import Kind, Schedule

_LISTING: Final = "schedules"
_ORDER: Final = (schedules.c.name, schedules.c.namespace, schedules.c.kind)


class _Row(TypedDict):
    id: ScheduleId
    workspace: WorkspaceId
    owner: UserId
    namespace: str
    name: str
    kind: str
    version: str
    created_at: float
    next_at: float | None
    last_at: float | None
    last_run: RunId | None
    paused_at: float | None
    problem: str | None
    rule: str


def _row(schedule: Schedule) -> _Row:
    return {
        "id": schedule.id,
        "workspace": schedule.workspace,
        "owner": schedule.owner,
        "namespace": schedule.namespace,
        "name": schedule.name,
        "kind": schedule.kind.value,
        "version": schedule.version,
        "created_at": schedule.active_since,
        "next_at": schedule.next_at,
        "last_at": schedule.last_at,
        "last_run": schedule.last_run,
        "paused_at": schedule.paused_at,
        "problem": schedule.problem,
        "rule": payloads.encoded(schedule.rule),
    }


def _schedule(row: _Row) -> Schedule:
    return Schedule(
        id=row["id"],
        workspace=row["workspace"],
        owner=row["owner"],
        namespace=row["namespace"],
        name=row["name"],
        version=row["version"],
        kind=Kind(row["kind"]),
        rule=cast("JsonObject", payloads.decoded(row["rule"])),
        active_since=row["created_at"],
        next_at=row["next_at"],
        last_at=row["last_at"],
        last_run=row["last_run"],
        paused_at=row["paused_at"],
        problem=row["problem"],
    )


def _is_free(now: float) -> ColumnElement[bool]:
    """Nobody has claimed it; a claim far ahead is one of before the clock was set back."""
    until = schedules.c.claimed_until
    return or_(until.is_(None), until <= now, until > now + 2 * CLAIM)


_IS_PLANNED: Final = and_(schedules.c.paused_at.is_(None), schedules.c.next_at.is_not(None))
_WAKE: Final = case(
    (schedules.c.claimed_until > schedules.c.next_at, schedules.c.claimed_until),
    else_=schedules.c.next_at,
)
_FOLLOWED: Final = (
    select(schedules, func.coalesce(runs.c.ended_at, 0.0).label("ended"))
    .outerjoin(runs, runs.c.id == schedules.c.last_run)
    .where(
        schedules.c.kind == Kind.AFTER.value,
        schedules.c.next_at.is_(None),
        schedules.c.paused_at.is_(None),
        schedules.c.last_run.is_not(None),
        or_(runs.c.id.is_(None), runs.c.ended_at.is_not(None)),
    )
)


class SqlSchedules:
    """A `ScheduleStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database

    async def of(self, workspace: WorkspaceId, namespace: str, name: str) -> Sequence[Schedule]:
        return await self._read(
            schedules.c.workspace == workspace,
            schedules.c.namespace == namespace,
            schedules.c.name == name,
        )

    async def replace(self, version: WorkflowVersion, wanted: Sequence[Schedule]) -> bool:
        ref = version.ref
        named = (version.workspace, ref.namespace, ref.name)
        columns = (schedules.c.workspace, schedules.c.namespace, schedules.c.name)
        newest = (
            select(workflows.c.version)
            .where(
                workflows.c.workspace == version.workspace,
                workflows.c.namespace == ref.namespace,
                workflows.c.name == ref.name,
            )
            .order_by(workflows.c.serial.desc())
            .limit(1)
        )
        gone = delete(schedules).where(
            tuple_(*columns) == named, schedules.c.id.not_in([each.id for each in wanted])
        )
        insert = self._database.insert(schedules)
        keep = {"id", "claimed_until", "revision"}
        changed = {
            column.name: insert.excluded[column.name]
            for column in schedules.columns
            if column.name not in keep
        }
        upsert = insert.on_conflict_do_update(
            index_elements=["workspace", "namespace", "name", "kind"], set_=changed
        )
        rows = [{**_row(each), "revision": 0} for each in wanted]

        def work(connection: Connection) -> bool:
            self._database.alone(connection, f"schedules of {'/'.join(named)}")
            if connection.execute(newest).scalar() != ref.version:
                return False
            _ = connection.execute(gone)
            for row in rows:
                _ = connection.execute(upsert, row)
            return True

        return await self._database.write(work)

    async def get(self, workspace: WorkspaceId, schedule: ScheduleId) -> Schedule:
        return await self._one(
            schedule, schedules.c.workspace == workspace, schedules.c.id == schedule
        )

    async def find(self, schedule: ScheduleId) -> Schedule:
        return await self._one(schedule, schedules.c.id == schedule)

    async def _one(self, schedule: ScheduleId, *conditions: ColumnElement[bool]) -> Schedule:
        found = await self._read(*conditions)
        if not found:
            raise NotFound(f"There is no schedule {schedule}.")
        return found[0]

    async def list(
        self, workspace: WorkspaceId, *, cursor: str | None, limit: int
    ) -> Page[Schedule]:
        conditions: list[ColumnElement[bool]] = [schedules.c.workspace == workspace]
        if cursor is not None:
            mark = cursors.read(_LISTING, cursor, (str, str, str))
            conditions.append(tuple_(*_ORDER) > mark)
        found = await self._read(*conditions, limit=limit + 1)
        items = tuple(found[:limit])
        if len(found) <= limit:
            return Page(items)
        last = items[-1]
        return Page(items, cursors.write(_LISTING, (last.name, last.namespace, last.kind.value)))

    async def listening(self) -> Sequence[Schedule]:
        return await self._read(schedules.c.kind == Kind.ON.value, schedules.c.paused_at.is_(None))

    async def timed(self) -> Sequence[Schedule]:
        return await self._read(_IS_PLANNED)

    async def pause(self, schedule: ScheduleId, *, at: float) -> bool:
        return await self._changed(
            schedules.c.id == schedule, schedules.c.paused_at.is_(None), paused_at=at
        )

    async def resume(self, schedule: ScheduleId, *, next_at: float | None) -> bool:
        return await self._changed(
            schedules.c.id == schedule,
            schedules.c.paused_at.is_not(None),
            paused_at=None,
            next_at=next_at,
        )

    async def due(self, now: float, *, limit: int) -> Sequence[Schedule]:
        late = (_IS_PLANNED, schedules.c.next_at <= now, _is_free(now))
        order = (schedules.c.next_at, schedules.c.id)
        return await self._read(*late, order=order, limit=limit)

    async def next_due(self) -> float | None:
        statement = select(func.min(_WAKE)).where(_IS_PLANNED)
        found = await self._database.read(lambda c: c.execute(statement).scalar())
        return cast("float | None", found)

    async def claim(self, schedule: Schedule, *, now: float, until: float) -> bool:
        return await self._changed(
            schedules.c.id == schedule.id,
            schedules.c.next_at == schedule.next_at,
            schedules.c.version == schedule.version,
            schedules.c.paused_at.is_(None),
            _is_free(now),
            claimed_until=until,
        )

    async def fired(self, fired: Fired) -> None:
        started, is_it = fired.started, schedules.c.id == fired.schedule
        said = {"last_at": started.at, "problem": started.problem, "claimed_until": None}
        if started.run is not None:
            said["last_run"] = started.run
        told = update(schedules).where(is_it).values(**said)
        planned = (
            update(schedules)
            .where(is_it, schedules.c.next_at == fired.was)
            .values(next_at=fired.next_at)
        )

        def work(connection: Connection) -> None:
            _ = connection.execute(told)
            _ = connection.execute(planned)

        await self._database.write(work)

    async def plan(self, schedule: Schedule, next_at: float) -> bool:
        same = (
            schedules.c.next_at.is_(None)
            if schedule.next_at is None
            else schedules.c.next_at == schedule.next_at
        )
        return await self._changed(
            schedules.c.id == schedule.id, schedules.c.paused_at.is_(None), same, next_at=next_at
        )

    async def followed(self) -> Sequence[tuple[Schedule, float]]:
        rows = await self._database.read(lambda c: c.execute(_FOLLOWED).mappings().all())
        return [
            (_schedule(cast("_Row", cast("object", row))), cast("float", row["ended"]))
            for row in rows
        ]

    async def _read(
        self,
        *conditions: ColumnElement[bool],
        order: Sequence[ColumnElement[object]] = _ORDER,
        limit: int | None = None,
    ) -> Sequence[Schedule]:
        statement = select(schedules).where(*conditions).order_by(*order).limit(limit)
        rows = await self._database.read(lambda c: c.execute(statement).mappings().all())
        return [_schedule(cast("_Row", cast("object", row))) for row in rows]

    async def _changed(self, *conditions: ColumnElement[bool], **values: object) -> bool:
        statement = update(schedules).where(*conditions).values(**values)
        return await self._database.write(lambda c: c.execute(statement).rowcount > 0)
