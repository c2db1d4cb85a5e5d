"""Spans, and what they sum up to for a batch of runs."""

from collections.abc import Sequence
from typing import TypedDict, cast

from sqlalchemy import Executable, and_, case, func, select

from podium.adapters.storage import payloads, tables
from podium.adapters.storage.database import Database
from podium.kernel.ids import RunId, WorkspaceId
from podium.kernel.json import JsonObject
from podium.kernel.money import NanoUsd
from podium.observability.ports import StepSummary
from podium.observability.spans import Span, SpanKind, SpanStatus


class _Row(TypedDict):
    run: RunId
    id: str
    workspace: WorkspaceId
    kind: str
    status: str
    started_at: float
    ended_at: float | None
    input_tokens: int
    output_tokens: int
    cost: NanoUsd
    model: str | None
    name: str
    trace: str
    parent: str | None
    path: str
    error: str | None
    attributes: str


class _Step(TypedDict):
    label: str
    kind: str
    count: int
    errors: int
    p50: float
    p95: float
    input_tokens: int
    output_tokens: int
    cost: int


def _row(span: Span) -> _Row:
    return {
        "run": span.run,
        "id": span.id,
        "workspace": span.workspace,
        "kind": span.kind.value,
        "status": span.status.value,
        "started_at": span.started_at,
        "ended_at": span.ended_at,
        "input_tokens": span.input_tokens,
        "output_tokens": span.output_tokens,
        "cost": span.cost,
        "model": span.model,
        "name": span.name,
        "trace": span.trace,
        "parent": span.parent,
        "path": span.path,
        "error": span.error,
        "attributes": payloads.encoded(span.attributes),
    }


def _span(row: _Row) -> Span:
    return Span(
        id=row["id"],
        trace=row["trace"],
        parent=row["parent"],
        run=row["run"],
        workspace=row["workspace"],
        kind=SpanKind(row["kind"]),
        name=row["name"],
        path=row["path"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        status=SpanStatus(row["status"]),
        error=row["error"],
        model=row["model"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cost=row["cost"],
        attributes=cast("JsonObject", payloads.decoded(row["attributes"])),
    )


def _steps(workspace: WorkspaceId, batch: str) -> Executable:
    """Percentiles by nearest rank: the smallest duration that at least p of all do not exceed."""
    label = case(
        (
            tables.spans.c.kind == SpanKind.MODEL.value,
            func.coalesce(tables.spans.c.model, tables.spans.c.name),
        ),
        else_=tables.spans.c.name,
    ).label("label")
    duration = (tables.spans.c.ended_at - tables.spans.c.started_at).label("duration")
    group = [tables.spans.c.kind, label]
    closed = (
        select(
            tables.spans.c.kind,
            label,
            tables.spans.c.status,
            tables.spans.c.input_tokens,
            tables.spans.c.output_tokens,
            tables.spans.c.cost,
            duration,
            func.row_number().over(partition_by=group, order_by=duration).label("rank"),
            func.count().over(partition_by=group).label("of"),
        )
        .join(
            tables.runs,
            and_(
                tables.runs.c.id == tables.spans.c.run,
                tables.runs.c.workspace == tables.spans.c.workspace,
            ),
        )
        .where(
            tables.runs.c.workspace == workspace,
            tables.runs.c.batch == batch,
            tables.spans.c.kind.in_([SpanKind.TASK.value, SpanKind.MODEL.value]),
            tables.spans.c.ended_at.is_not(None),
        )
        .subquery()
    )
    failed = case((closed.c.status == SpanStatus.ERROR.value, 1), else_=0)
    p50 = case((closed.c.rank >= closed.c.of * 0.5, closed.c.duration))
    p95 = case((closed.c.rank >= closed.c.of * 0.95, closed.c.duration))
    return (
        select(
            closed.c.label,
            closed.c.kind,
            func.count().label("count"),
            func.sum(failed).label("errors"),
            func.min(p50).label("p50"),
            func.min(p95).label("p95"),
            func.sum(closed.c.input_tokens).label("input_tokens"),
            func.sum(closed.c.output_tokens).label("output_tokens"),
            func.sum(closed.c.cost).label("cost"),
        )
        .group_by(closed.c.kind, closed.c.label)
        .order_by(closed.c.kind.desc(), closed.c.label)
    )


def _summary(step: _Step) -> StepSummary:
    return StepSummary(
        name=step["label"],
        kind=step["kind"],
        count=step["count"],
        errors=step["errors"],
        p50_ms=step["p50"] * 1000,
        p95_ms=step["p95"] * 1000,
        # PostgreSQL sums bigint as numeric.
        input_tokens=int(step["input_tokens"]),
        output_tokens=int(step["output_tokens"]),
        cost=int(step["cost"]),
    )


class SqlSpans:
    """A `SpanStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database

    async def write(self, spans: Sequence[Span]) -> None:
        # PostgreSQL refuses to replace a row twice in one statement, and two processes that
        # write the same rows in another order would deadlock.
        latest = {(span.run, span.id): span for span in spans}
        rows = [_row(latest[key]) for key in sorted(latest)]
        if not rows:
            return
        insert = self._database.insert(tables.spans)
        replaced = {
            column.name: insert.excluded[column.name]
            for column in tables.spans.c
            if not column.primary_key
        }
        statement = insert.on_conflict_do_update(
            index_elements=["run", "id"],
            set_=replaced,
            where=tables.spans.c.workspace == insert.excluded.workspace,
        )
        async with self._database.write() as connection:
            _ = await connection.execute(statement, rows)

    async def trace(self, workspace: WorkspaceId, run: RunId) -> Sequence[Span]:
        statement = (
            select(tables.spans)
            .where(tables.spans.c.run == run, tables.spans.c.workspace == workspace)
            .order_by(tables.spans.c.started_at, tables.spans.c.path, tables.spans.c.id)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [_span(row) for row in cast("list[_Row]", rows)]

    async def steps(self, workspace: WorkspaceId, batch: str) -> Sequence[StepSummary]:
        async with self._database.read() as connection:
            rows = (await connection.execute(_steps(workspace, batch))).mappings().all()
        return [_summary(row) for row in cast("list[_Step]", rows)]

    async def open_names(self, workspace: WorkspaceId, batch: str) -> Sequence[tuple[str, int]]:
        many = func.count()
        statement = (
            select(tables.spans.c.name, many)
            .join(tables.runs, tables.runs.c.id == tables.spans.c.run)
            .where(
                tables.runs.c.workspace == workspace,
                tables.runs.c.batch == batch,
                # A run that was cancelled, or whose process died, leaves spans open.
                tables.runs.c.ended_at.is_(None),
                tables.spans.c.ended_at.is_(None),
                tables.spans.c.workspace == workspace,
                tables.spans.c.status == SpanStatus.OPEN.value,
                tables.spans.c.kind == SpanKind.TASK.value,
            )
            .group_by(tables.spans.c.name)
            .order_by(many.desc(), tables.spans.c.name)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).all()
        return [(name, count) for name, count in cast("list[tuple[str, int]]", rows)]
