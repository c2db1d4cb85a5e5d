"""Runs: rows, filters and the guarded moves of their status."""

from collections.abc import Mapping, Sequence
from typing import TypedDict, cast

from sqlalchemy import ColumnElement, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from podium.adapters.storage import cursors, payloads
from podium.adapters.storage.database import Database
from podium.adapters.storage.tables import runs
from podium.kernel.errors import Conflict, NotFound
from podium.kernel.ids import RunId, UserId, WorkspaceId
from podium.kernel.json import Json, JsonObject
from podium.kernel.paging import Page
from podium.workflows.runs import Run, RunQuery, RunStatus, WorkflowRef

_LISTING = "runs"
_UNFINISHED = [status for status in RunStatus if not status.is_final]


class _Row(TypedDict):
    id: RunId
    workspace: WorkspaceId
    owner: UserId
    status: str
    batch: str | None
    created_at: float
    started_at: float | None
    ended_at: float | None
    workflow_namespace: str
    workflow_name: str
    workflow_version: str
    workflow_digest: str
    idempotency_key: str | None
    waiting_on: str | None
    labels: str
    input: str | None
    output: str | None
    error: str | None


def _row(run: Run, cells: Sequence[payloads.Cell]) -> _Row:
    given, output, error = cells
    return {
        "id": run.id,
        "workspace": run.workspace,
        "owner": run.owner,
        "status": run.status.value,
        "batch": run.batch,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "workflow_namespace": run.workflow.namespace,
        "workflow_name": run.workflow.name,
        "workflow_version": run.workflow.version,
        "workflow_digest": run.workflow.digest,
        "idempotency_key": run.idempotency_key,
        "waiting_on": run.waiting_on,
        "labels": payloads.encoded(run.labels),
        "input": given.text,
        "output": output.text,
        "error": error.text,
    }


def _run(row: _Row, opened: payloads.Opened) -> Run:
    return Run(
        id=row["id"],
        workspace=row["workspace"],
        owner=row["owner"],
        workflow=WorkflowRef(
            namespace=row["workflow_namespace"],
            name=row["workflow_name"],
            version=row["workflow_version"],
            digest=row["workflow_digest"],
        ),
        status=RunStatus(row["status"]),
        input=opened.value(row["input"]),
        created_at=row["created_at"],
        output=opened.value(row["output"]),
        error=cast("JsonObject | None", opened.value(row["error"])),
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        waiting_on=row["waiting_on"],
        batch=row["batch"],
        idempotency_key=row["idempotency_key"],
        labels=cast("dict[str, str]", payloads.decoded(row["labels"])),
    )


def _workflow(named: str) -> list[ColumnElement[bool]]:
    path, _, version = named.partition(":")
    namespace, slash, name = path.rpartition("/")
    conditions = [runs.c.workflow_name == name]
    if slash:
        conditions.append(runs.c.workflow_namespace == namespace)
    if version:
        conditions.append(runs.c.workflow_version == version)
    return conditions


def _conditions(query: RunQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [runs.c.workspace == query.workspace]
    if query.status is not None:
        conditions.append(runs.c.status == query.status.value)
    if query.batch is not None:
        conditions.append(runs.c.batch == query.batch)
    if query.workflow is not None:
        conditions.extend(_workflow(query.workflow))
    if query.created_after is not None:
        conditions.append(runs.c.created_at > query.created_after)
    if query.created_before is not None:
        conditions.append(runs.c.created_at < query.created_before)
    return conditions


async def _fetch(
    connection: AsyncConnection, *conditions: ColumnElement[bool], limit: int = 1
) -> list[Run]:
    """All of one workspace, newest first."""
    result = await connection.execute(
        select(runs)
        .where(*conditions)
        .order_by(runs.c.created_at.desc(), runs.c.id.desc())
        .limit(limit)
    )
    rows = cast("list[_Row]", result.mappings().all())
    if not rows:
        return []
    cells = [row[name] for row in rows for name in ("input", "output", "error")]
    opened = await payloads.fetch(connection, rows[0]["workspace"], cells)
    return [_run(row, opened) for row in rows]


class SqlRuns:
    """A `RunStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database

    async def add(self, run: Run) -> Run:
        cells = [await payloads.pack(value) for value in (run.input, run.output, run.error)]
        statement = (
            self._database.insert(runs)
            .values(**_row(run, cells))
            .on_conflict_do_nothing(index_elements=["workspace", "idempotency_key"])
            .returning(runs.c.id)
        )
        async with self._database.write() as connection:
            if (await connection.execute(statement)).first() is not None:
                await payloads.keep(self._database, connection, run.workspace, *cells)
                return run
            (stored,) = await _fetch(
                connection,
                runs.c.workspace == run.workspace,
                runs.c.idempotency_key == run.idempotency_key,
            )
            return stored

    async def get(self, workspace: WorkspaceId, run: RunId) -> Run:
        return await self._one(run, runs.c.workspace == workspace)

    async def find(self, run: RunId) -> Run:
        return await self._one(run)

    async def _one(self, run: RunId, *conditions: ColumnElement[bool]) -> Run:
        async with self._database.read() as connection:
            found = await _fetch(connection, runs.c.id == run, *conditions)
        if not found:
            raise NotFound(f"There is no run {run}.")
        return found[0]

    async def list(self, query: RunQuery, *, cursor: str | None, limit: int) -> Page[Run]:
        conditions = _conditions(query)
        if cursor is not None:
            mark = cursors.read(_LISTING, cursor, (float, str))
            conditions.append(tuple_(runs.c.created_at, runs.c.id) < mark)
        async with self._database.read() as connection:
            found = await _fetch(connection, *conditions, limit=limit + 1)
        items = tuple(found[:limit])
        if len(found) <= limit:
            return Page(items)
        return Page(items, cursors.write(_LISTING, (items[-1].created_at, items[-1].id)))

    async def counts(self, query: RunQuery) -> dict[RunStatus, int]:
        statement = (
            select(runs.c.status, func.count()).where(*_conditions(query)).group_by(runs.c.status)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).all()
        counted = dict(cast("list[tuple[str, int]]", rows))
        return {status: counted.get(status.value, 0) for status in RunStatus}

    async def begin(self, run: RunId, at: float) -> None:
        started = func.coalesce(runs.c.started_at, at)
        _ = await self._move(
            run,
            [RunStatus.PENDING, RunStatus.WAITING],
            {"status": RunStatus.RUNNING.value, "started_at": started, "waiting_on": None},
        )

    async def wait(self, run: RunId, waiting_on: str) -> None:
        values = {"status": RunStatus.WAITING.value, "waiting_on": waiting_on}
        _ = await self._move(run, _UNFINISHED, values)

    async def finish(
        self, run: RunId, status: RunStatus, at: float, *, output: Json, error: JsonObject | None
    ) -> bool:
        if not status.is_final:
            raise ValueError(f"A run finishes cancelled, faulted or completed, not {status}.")
        result, problem = await payloads.pack(output), await payloads.pack(error)
        values = {
            "status": status.value,
            "ended_at": at,
            "waiting_on": None,
            "output": result.text,
            "error": problem.text,
        }
        return await self._move(run, _UNFINISHED, values, result, problem)

    async def reopen(self, run: RunId) -> None:
        values = dict.fromkeys(("ended_at", "waiting_on", "output", "error"))
        ended = [RunStatus.FAULTED, RunStatus.CANCELLED]
        if not await self._move(run, ended, {"status": RunStatus.PENDING.value, **values}):
            status = (await self.find(run)).status
            raise Conflict(
                f"Run {run} is {status}; only a faulted or cancelled run can be reopened."
            )

    async def unfinished(self) -> Sequence[RunId]:
        statement = (
            select(runs.c.id)
            .where(
                runs.c.ended_at.is_(None),
                runs.c.status.in_([status.value for status in _UNFINISHED]),
            )
            .order_by(runs.c.created_at, runs.c.id)
        )
        async with self._database.read() as connection:
            return cast("list[RunId]", (await connection.execute(statement)).scalars().all())

    async def _move(
        self,
        run: RunId,
        allowed: Sequence[RunStatus],
        values: Mapping[str, object],
        *cells: payloads.Cell,
    ) -> bool:
        """Change the row where its status is still one of `allowed`; True where it was.

        One UPDATE checks and sets, so of two that come at once one moves it. Raises NotFound.
        """
        statement = (
            update(runs)
            .where(runs.c.id == run, runs.c.status.in_([status.value for status in allowed]))
            .values(**values)
            .returning(runs.c.workspace)
        )
        async with self._database.write() as connection:
            workspace = cast("str | None", (await connection.execute(statement)).scalar())
            if workspace is not None:
                await payloads.keep(self._database, connection, workspace, *cells)
                return True
            known = await connection.execute(select(runs.c.id).where(runs.c.id == run))
            if known.scalar() is None:
                raise NotFound(f"There is no run {run}.")
            return False
