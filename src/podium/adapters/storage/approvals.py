"""Approvals: questions to people, and the one decision each of them gets."""

from typing import TypedDict, cast

from sqlalchemy import ColumnElement, Connection, func, select, tuple_, update

from podium.adapters.storage import cursors, payloads
from podium.adapters.storage.database import Database
from podium.adapters.storage.tables import approvals, runs
from podium.governance.approvals import Approval, ApprovalQuery, ApprovalStatus
from podium.kernel.errors import Conflict, NotFound
from podium.kernel.ids import ApprovalId, RunId, UserId, WorkspaceId
from podium.kernel.paging import Page

_LISTING = "approvals"


class _Row(TypedDict):
    id: ApprovalId
    workspace: WorkspaceId
    owner: UserId
    status: str
    run: RunId
    path: str
    created_at: float
    expires_at: float | None
    decided_at: float | None
    decided_by: UserId | None
    topic: str
    payload_digest: str
    title: str
    comment: str | None
    payload: str | None
    edited: str | None


def _row(approval: Approval, payload: payloads.Cell, edited: payloads.Cell) -> _Row:
    return {
        "id": approval.id,
        "workspace": approval.workspace,
        "owner": approval.owner,
        "status": approval.status.value,
        "run": approval.run,
        "path": approval.path,
        "created_at": approval.created_at,
        "expires_at": approval.expires_at,
        "decided_at": approval.decided_at,
        "decided_by": approval.decided_by,
        "topic": approval.topic,
        "payload_digest": approval.payload_digest,
        "title": approval.title,
        "comment": approval.comment,
        "payload": payload.text,
        "edited": edited.text,
    }


def _approval(row: _Row, opened: payloads.Opened) -> Approval:
    return Approval(
        id=row["id"],
        workspace=row["workspace"],
        owner=row["owner"],
        run=row["run"],
        path=row["path"],
        topic=row["topic"],
        title=row["title"],
        payload=opened.value(row["payload"]),
        payload_digest=row["payload_digest"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        status=ApprovalStatus(row["status"]),
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        comment=row["comment"],
        edited=opened.value(row["edited"]),
    )


def _conditions(query: ApprovalQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [approvals.c.workspace == query.workspace]
    if query.status is not None:
        conditions.append(approvals.c.status == query.status.value)
    if query.run is not None:
        conditions.append(approvals.c.run == query.run)
    if query.batch is not None:
        members = select(runs.c.id).where(
            runs.c.workspace == query.workspace, runs.c.batch == query.batch
        )
        conditions.append(approvals.c.run.in_(members))
    return conditions


def _rows(
    connection: Connection,
    *conditions: ColumnElement[bool],
    order: tuple[ColumnElement[object], ...] = (approvals.c.created_at, approvals.c.id),
    limit: int | None = None,
) -> list[_Row]:
    result = connection.execute(select(approvals).where(*conditions).order_by(*order).limit(limit))
    return cast("list[_Row]", result.mappings().all())


def _open(connection: Connection, rows: list[_Row]) -> list[Approval]:
    found: dict[WorkspaceId, list[str | None]] = {}
    for row in rows:
        found.setdefault(row["workspace"], []).extend((row["payload"], row["edited"]))
    opened = {
        workspace: payloads.fetch(connection, workspace, cells)
        for workspace, cells in found.items()
    }
    return [_approval(row, opened[row["workspace"]]) for row in rows]


def _one(connection: Connection, workspace: WorkspaceId, approval: ApprovalId) -> Approval:
    rows = _rows(connection, approvals.c.workspace == workspace, approvals.c.id == approval)
    if not rows:
        raise NotFound(f"There is no approval {approval}.")
    return _open(connection, rows)[0]


class SqlApprovals:
    """An `ApprovalStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database

    async def add(self, approval: Approval) -> Approval:
        payload = await payloads.pack(approval.payload)
        edited = await payloads.pack(approval.edited)
        statement = (
            self._database.insert(approvals)
            .values(**_row(approval, payload, edited))
            .on_conflict_do_nothing(index_elements=["run", "path"])
            .returning(approvals.c.id)
        )
        same = [approvals.c.run == approval.run, approvals.c.path == approval.path]

        def work(connection: Connection) -> Approval:
            if connection.execute(statement).first() is None:
                return _open(connection, _rows(connection, *same))[0]
            payloads.keep(self._database, connection, approval.workspace, payload, edited)
            return approval

        return await self._database.write(work)

    async def get(self, workspace: WorkspaceId, approval: ApprovalId) -> Approval:
        return await self._database.read(lambda connection: _one(connection, workspace, approval))

    async def list(self, query: ApprovalQuery, *, cursor: str | None, limit: int) -> Page[Approval]:
        conditions = _conditions(query)
        if cursor is not None:
            mark = cursors.read(_LISTING, cursor, (float, str))
            conditions.append(tuple_(approvals.c.created_at, approvals.c.id) > mark)
        found = await self._database.read(
            lambda connection: _open(connection, _rows(connection, *conditions, limit=limit + 1))
        )
        items = tuple(found[:limit])
        if len(found) <= limit:
            return Page(items)
        return Page(items, cursors.write(_LISTING, (items[-1].created_at, items[-1].id)))

    async def count(self, query: ApprovalQuery) -> int:
        statement = select(func.count()).select_from(approvals).where(*_conditions(query))
        return await self._database.read(
            lambda connection: connection.execute(statement).scalar_one()
        )

    async def decide(self, decided: Approval) -> Approval:
        edited = await payloads.pack(decided.edited)
        statement = (
            update(approvals)
            .where(
                approvals.c.id == decided.id,
                approvals.c.workspace == decided.workspace,
                approvals.c.status == ApprovalStatus.WAITING.value,
            )
            .values(
                status=decided.status.value,
                decided_by=decided.decided_by,
                decided_at=decided.decided_at,
                comment=decided.comment,
                edited=edited.text,
                owed_since=decided.decided_at or 0.0,
            )
        )

        def work(connection: Connection) -> Approval:
            if connection.execute(statement).rowcount == 0:
                stored = _one(connection, decided.workspace, decided.id)
                raise Conflict(
                    f"Approval {decided.id} is {stored.status} already; "
                    "a question is answered once. Reload it."
                )
            payloads.keep(self._database, connection, decided.workspace, edited)
            return _one(connection, decided.workspace, decided.id)

        return await self._database.write(work)

    async def withdraw(self, run: RunId, at: float) -> None:
        statement = (
            update(approvals)
            .where(approvals.c.run == run, approvals.c.status == ApprovalStatus.WAITING.value)
            .values(status=ApprovalStatus.WITHDRAWN.value, decided_at=at)
        )
        _ = await self._database.write(lambda connection: connection.execute(statement))

    async def restore(self, run: RunId) -> None:
        statement = (
            update(approvals)
            .where(approvals.c.run == run, approvals.c.status == ApprovalStatus.WITHDRAWN.value)
            .values(status=ApprovalStatus.WAITING.value, decided_at=None)
        )
        _ = await self._database.write(lambda connection: connection.execute(statement))

    async def undelivered(self) -> tuple[Approval, ...]:
        owed = approvals.c.owed_since
        order = (owed, approvals.c.id)
        found = await self._database.read(
            lambda connection: _open(connection, _rows(connection, owed.is_not(None), order=order))
        )
        return tuple(found)

    async def delivered(self, approval: ApprovalId) -> None:
        statement = update(approvals).where(approvals.c.id == approval).values(owed_since=None)
        _ = await self._database.write(lambda connection: connection.execute(statement))
