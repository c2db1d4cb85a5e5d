"""Runs: rows, filters and the guarded moves of their status."""

from collections.abc import Mapping, Sequence
from typing import TypedDict, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    bindparam,
    func,
    select,
    tuple_,
    update,
)

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


# Building a statement takes SQLAlchemy as long as running it, so those of every run are built once.
_NEWEST_FIRST = select(runs).order_by(runs.c.created_at.desc(), runs.c.id.desc())
_BY_ID = select(runs).where(runs.c.id == bindparam("run"))
_BY_ID_IN_WORKSPACE = _BY_ID.where(runs.c.workspace == bindparam("of"))
_BY_KEY = select(runs).where(
    runs.c.workspace == bindparam("of"), runs.c.idempotency_key == bindparam("key")
)
_KNOWN = select(runs.c.id).where(runs.c.id == bindparam("run"))


def _given(name: str) -> object:
    """A value that comes when the statement is executed."""
    return cast("object", bindparam(name))


def _move(*allowed: RunStatus, **values: object) -> Executable:
    """Changes the row where its status is still one of `allowed`, and answers its workspace.

    One UPDATE checks and sets, so of two that come at once one moves the run.
    """
    statuses = [status.value for status in allowed]
    return (
        update(runs)
        .where(runs.c.id == bindparam("run"), runs.c.status.in_(statuses))
        .values(**values)
        .returning(runs.c.workspace)
    )


_BEGIN = _move(
    RunStatus.PENDING,
    RunStatus.WAITING,
    status=RunStatus.RUNNING.value,
    started_at=func.coalesce(runs.c.started_at, bindparam("at")),
    waiting_on=None,
)
_WAIT = _move(*_UNFINISHED, status=RunStatus.WAITING.value, waiting_on=_given("waiting_for"))
_FINISH = _move(
    *_UNFINISHED,
    status=_given("final"),
    ended_at=_given("at"),
    output=_given("result"),
    error=_given("problem"),
    waiting_on=None,
)
_REOPEN = _move(
    RunStatus.FAULTED,
    RunStatus.CANCELLED,
    status=RunStatus.PENDING.value,
    ended_at=None,
    output=None,
    error=None,
    waiting_on=None,
)


def _fetch(
    connection: Connection,
    statement: Executable,
    values: Mapping[str, object] | None = None,
) -> list[Run]:
    """All of one workspace."""
    rows = cast("list[_Row]", connection.execute(statement, values).mappings().all())
    if not rows:
        return []
    cells = [row[name] for row in rows for name in ("input", "output", "error")]
    opened = payloads.fetch(connection, rows[0]["workspace"], cells)
    return [_run(row, opened) for row in rows]


class SqlRuns:
    """A `RunStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database
        self._insert: Executable = (
            database.insert(runs)
            .on_conflict_do_nothing(index_elements=["workspace", "idempotency_key"])
            .returning(runs.c.id)
        )

    async def add(self, run: Run) -> Run:
        cells = [await payloads.pack(value) for value in (run.input, run.output, run.error)]
        row = _row(run, cells)

        def work(connection: Connection) -> Run:
            if connection.execute(self._insert, row).first() is None:
                same = {"of": run.workspace, "key": run.idempotency_key}
                (stored,) = _fetch(connection, _BY_KEY, same)
                return stored
            payloads.keep(self._database, connection, run.workspace, *cells)
            return run

        return await self._database.write(work)

    async def get(self, workspace: WorkspaceId, run: RunId) -> Run:
        return await self._one(run, _BY_ID_IN_WORKSPACE, {"run": run, "of": workspace})

    async def find(self, run: RunId) -> Run:
        return await self._one(run, _BY_ID, {"run": run})

    async def _one(self, run: RunId, statement: Executable, values: Mapping[str, str]) -> Run:
        found = await self._database.read(lambda connection: _fetch(connection, statement, values))
        if not found:
            raise NotFound(f"There is no run {run}.")
        return found[0]

    async def list(self, query: RunQuery, *, cursor: str | None, limit: int) -> Page[Run]:
        conditions = _conditions(query)
        if cursor is not None:
            mark = cursors.read(_LISTING, cursor, (float, str))
            conditions.append(tuple_(runs.c.created_at, runs.c.id) < mark)
        statement = _NEWEST_FIRST.where(*conditions).limit(limit + 1)
        found = await self._database.read(lambda connection: _fetch(connection, statement))
        items = tuple(found[:limit])
        if len(found) <= limit:
            return Page(items)
        return Page(items, cursors.write(_LISTING, (items[-1].created_at, items[-1].id)))

    async def counts(self, query: RunQuery) -> dict[RunStatus, int]:
        statement = (
            select(runs.c.status, func.count()).where(*_conditions(query)).group_by(runs.c.status)
        )
        rows = await self._database.read(lambda connection: connection.execute(statement).all())
        counted = dict(cast("list[tuple[str, int]]", rows))
        return {status: counted.get(status.value, 0) for status in RunStatus}

    async def begin(self, run: RunId, at: float) -> None:
        _ = await self._moved(run, _BEGIN, {"at": at})

    async def wait(self, run: RunId, waiting_on: str) -> None:
        _ = await self._moved(run, _WAIT, {"waiting_for": waiting_on})

    async def finish(
        self, run: RunId, status: RunStatus, at: float, *, output: Json, error: JsonObject | None
    ) -> bool:
        if not status.is_final:
            raise ValueError(f"A run finishes cancelled, faulted or completed, not {status}.")
        result, problem = await payloads.pack(output), await payloads.pack(error)
        values = {"final": status.value, "at": at, "result": result.text, "problem": problem.text}
        return await self._moved(run, _FINISH, values, result, problem)

    async def reopen(self, run: RunId) -> None:
        if not await self._moved(run, _REOPEN, {}):
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
        found = await self._database.read(
            lambda connection: connection.execute(statement).scalars().all()
        )
        return cast("list[RunId]", found)

    async def _moved(
        self,
        run: RunId,
        move: Executable,
        values: Mapping[str, object],
        *cells: payloads.Cell,
    ) -> bool:
        """True where the run's status allowed it. Raises NotFound."""

        def work(connection: Connection) -> bool:
            found = connection.execute(move, {"run": run, **values}).scalar()
            if found is not None:
                payloads.keep(self._database, connection, cast("str", found), *cells)
                return True
            if connection.execute(_KNOWN, {"run": run}).first() is None:
                raise NotFound(f"There is no run {run}.")
            return False

        return await self._database.write(work)
