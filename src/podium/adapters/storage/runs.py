"""Runs as people read them: rows, filters, pages. The journal writes them."""

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
)

from podium.adapters.storage import cursors, payloads
from podium.adapters.storage.database import Database
from podium.adapters.storage.tables import runs
from podium.kernel.errors import NotFound
from podium.kernel.ids import RunId, UserId, WorkspaceId
from podium.kernel.json import JsonObject
from podium.kernel.paging import Page
from podium.workflows.runs import Run, RunQuery, RunStatus, WorkflowRef

_LISTING = "runs"


class Row(TypedDict):
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
    parent: RunId | None


def row_of(run: Run, cells: Sequence[payloads.Cell]) -> Row:
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
        "parent": run.parent,
    }


def run_of(row: Row, opened: payloads.Opened) -> Run:
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
        parent=row["parent"],
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
BY_ID = select(runs).where(runs.c.id == bindparam("run"))
_BY_ID_IN_WORKSPACE = BY_ID.where(runs.c.workspace == bindparam("of"))
BY_KEY = select(runs).where(
    runs.c.workspace == bindparam("of"), runs.c.idempotency_key == bindparam("key")
)


def fetch(
    connection: Connection,
    statement: Executable,
    values: Mapping[str, object] | None = None,
) -> list[Run]:
    """All of one workspace."""
    rows = cast("list[Row]", connection.execute(statement, values).mappings().all())
    if not rows:
        return []
    cells = [row[name] for row in rows for name in ("input", "output", "error")]
    opened = payloads.fetch(connection, rows[0]["workspace"], cells)
    return [run_of(row, opened) for row in rows]


class SqlRuns:
    """A `RunStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database

    async def get(self, workspace: WorkspaceId, run: RunId) -> Run:
        return await self._one(run, _BY_ID_IN_WORKSPACE, {"run": run, "of": workspace})

    async def find(self, run: RunId) -> Run:
        return await self._one(run, BY_ID, {"run": run})

    async def _one(self, run: RunId, statement: Executable, values: Mapping[str, str]) -> Run:
        found = await self._database.read(lambda connection: fetch(connection, statement, values))
        if not found:
            raise NotFound(f"There is no run {run}.")
        return found[0]

    async def list(self, query: RunQuery, *, cursor: str | None, limit: int) -> Page[Run]:
        conditions = _conditions(query)
        if cursor is not None:
            mark = cursors.read(_LISTING, cursor, (float, str))
            conditions.append(tuple_(runs.c.created_at, runs.c.id) < mark)
        statement = _NEWEST_FIRST.where(*conditions).limit(limit + 1)
        found = await self._database.read(lambda connection: fetch(connection, statement))
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
