"""Spans, and what they sum up to for a batch of runs."""

from collections.abc import Sequence
from typing import TypedDict, cast

import msgspec
from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Executable,
    Text,
    and_,
    bindparam,
    case,
    column,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy import cast as as_type

from podium.adapters.storage import cursors, payloads, tables
from podium.adapters.storage.audit_rows import AuditRows
from podium.adapters.storage.columns import KEY_BYTES
from podium.adapters.storage.database import Database
from podium.adapters.storage.prepared import Bound, Command, Insert, Prepared, Rows
from podium.kernel.ids import RunId, WorkspaceId
from podium.kernel.json import JsonObject
from podium.kernel.money import NanoUsd
from podium.kernel.paging import Page
from podium.observability.ports import CallQuery, StepSummary
from podium.observability.spans import Span, SpanKind, SpanStatus

_LISTING = "calls"
_OUTSIDE = tables.spans.c.run == literal_column("''")
"""Spelled out, as SQLite uses a partial index only where it can read its condition."""


_LISTED = select(
    func.json_to_recordset(as_type(bindparam("spans", type_=Text), JSON))
    .table_valued(*(column(each.name, each.type) for each in tables.spans.c))
    .render_derived(with_types=True)
)
"""Spans out of one value: PostgreSQL takes a statement of a thousand values five times as long."""


_KINDS = {kind: kind.value for kind in SpanKind}
_STATUSES = {status: status.value for status in SpanStatus}


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
    durations: str
    input_tokens: int
    output_tokens: int
    cost: int


def _row(span: Span) -> tuple[object, ...]:
    """In the order of the table's columns."""
    return (
        span.run,
        span.id,
        span.workspace,
        _KINDS[span.kind],
        _STATUSES[span.status],
        span.started_at,
        span.ended_at,
        span.input_tokens,
        span.output_tokens,
        span.cost,
        span.model,
        span.name,
        span.trace,
        span.parent,
        span.path,
        span.error,
        _attributes(span.attributes),
    )


def _is_plain(span: Span) -> bool:
    """Whether its words need none of the care that columns take of them (`columns.storable`)."""
    said = f"{span.id}{span.name}{span.path}{span.model}{span.error}{span.parent}"
    return said.isascii() and "\0" not in said and len(said) < KEY_BYTES


def _attributes(attributes: JsonObject) -> str:
    """As `payloads` spells it, in a third of the time where they are plain: nobody digests them."""
    try:
        said = msgspec.json.encode(attributes)
    except (TypeError, ValueError, RecursionError):
        return payloads.encoded(attributes)
    return said.decode() if said.isascii() else payloads.encoded(attributes)


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


def _conditions(workspace: WorkspaceId, query: CallQuery) -> list[ColumnElement[bool]]:
    spans = tables.spans
    conditions: list[ColumnElement[bool]] = [_OUTSIDE, spans.c.workspace == workspace]
    if query.model is not None:
        conditions.append(spans.c.model == query.model)
    if query.status is not None:
        conditions.append(spans.c.status == query.status.value)
    if query.since is not None:
        conditions.append(spans.c.started_at >= query.since)
    if query.span is not None:
        conditions.append(spans.c.id == query.span)
    return conditions


def _fetch(connection: Connection, statement: Executable) -> list[Span]:
    rows = connection.execute(statement).mappings().all()
    return [_span(row) for row in cast("list[_Row]", rows)]


def _steps(workspace: WorkspaceId, batch: str) -> Executable:
    """One row for each step, with all its durations in one text: ordering them in the database
    (window functions) takes three times as long, and fetching them as rows holds up Python.
    """
    spans, runs = tables.spans, tables.runs
    label = case(
        (spans.c.kind == SpanKind.MODEL.value, func.coalesce(spans.c.model, spans.c.name)),
        else_=spans.c.name,
    ).label("label")
    duration = as_type(spans.c.ended_at - spans.c.started_at, Text)
    failed = case((spans.c.status == SpanStatus.ERROR.value, 1), else_=0)
    return (
        select(
            label,
            spans.c.kind,
            func.count().label("count"),
            func.sum(failed).label("errors"),
            func.aggregate_strings(duration, " ").label("durations"),
            func.sum(spans.c.input_tokens).label("input_tokens"),
            func.sum(spans.c.output_tokens).label("output_tokens"),
            func.sum(spans.c.cost).label("cost"),
        )
        .join(runs, and_(runs.c.id == spans.c.run, runs.c.workspace == spans.c.workspace))
        .where(
            runs.c.workspace == workspace,
            runs.c.batch == batch,
            spans.c.kind.in_([SpanKind.TASK.value, SpanKind.MODEL.value]),
            spans.c.ended_at.is_not(None),
        )
        .group_by(spans.c.kind, label)
    )


def _rank(ordered: Sequence[float], percent: int) -> float:
    """By nearest rank: the smallest duration that at least so many of 100 do not exceed."""
    return ordered[-(-len(ordered) * percent // 100) - 1]


def _summary(step: _Step) -> StepSummary:
    seconds = sorted(float(each) for each in step["durations"].split(" "))
    return StepSummary(
        name=step["label"],
        kind=step["kind"],
        count=step["count"],
        errors=step["errors"],
        # SQLite writes 15 digits; a nanosecond is more than a clock knows.
        p50_ms=round(_rank(seconds, 50) * 1000, 6),
        p95_ms=round(_rank(seconds, 95) * 1000, 6),
        # PostgreSQL sums bigint as numeric.
        input_tokens=int(step["input_tokens"]),
        output_tokens=int(step["output_tokens"]),
        cost=int(step["cost"]),
    )


class SqlSpans:
    """A `SpanStore`."""

    def __init__(self, database: Database, told: AuditRows) -> None:
        self._database: Database = database
        self._told: AuditRows = told
        dialect, names = database.engine.dialect, tuple(column.name for column in tables.spans.c)
        self._names: Sequence[str] = names
        one = database.insert(tables.spans)
        self._rows: Rows = Rows(dialect, _newest(one), names)
        many = one.from_select(names, _LISTED)
        self._many: Prepared | None = Prepared(dialect, _newest(many)) if database.shared else None

    async def write(self, spans: Sequence[Span]) -> None:
        # PostgreSQL refuses to replace a row twice in one statement, and two processes that
        # write the same rows in another order would deadlock.
        latest = {(span.run, span.id): span for span in spans}
        ordered = [latest[key] for key in sorted(latest)]
        if not ordered:
            return
        if self._many is None:
            await self._database.write(lambda connection: self._put(connection, ordered))
        else:
            listed = payloads.encoded([cast("JsonObject", self._bound(s)) for s in ordered])
            written = Command(self._many, {"spans": listed})
            _ = await self._database.commit([written, *self._told.of_calls(ordered)])

    def _put(self, connection: Connection, spans: Sequence[Span]) -> None:
        """Each call to a model is an event of the audit trail too."""
        rows = [_row(span) if _is_plain(span) else self._bound(span) for span in spans]
        self._rows.insert(connection, rows)
        self._told.keep_calls(connection, spans)

    def _bound(self, span: Span) -> Bound:
        row = dict(zip(self._names, _row(span), strict=True))
        return self._rows.one.bound(row)

    async def trace(self, workspace: WorkspaceId, run: RunId) -> Sequence[Span]:
        statement = (
            select(tables.spans)
            .where(tables.spans.c.run == run, tables.spans.c.workspace == workspace)
            .order_by(tables.spans.c.started_at, tables.spans.c.path, tables.spans.c.id)
        )
        return await self._database.read(lambda connection: _fetch(connection, statement))

    async def calls(
        self, workspace: WorkspaceId, query: CallQuery, *, cursor: str | None, limit: int
    ) -> Page[Span]:
        spans, conditions = tables.spans, _conditions(workspace, query)
        if cursor is not None:
            mark = cursors.read(_LISTING, cursor, (float, str))
            conditions.append(tuple_(spans.c.started_at, spans.c.id) < mark)
        newest_first = (spans.c.started_at.desc(), spans.c.id.desc())
        statement = select(spans).where(*conditions).order_by(*newest_first).limit(limit + 1)
        found = await self._database.read(lambda connection: _fetch(connection, statement))
        items = tuple(found[:limit])
        if len(found) <= limit:
            return Page(items)
        return Page(items, cursors.write(_LISTING, (float(items[-1].started_at), items[-1].id)))

    async def steps(self, workspace: WorkspaceId, batch: str) -> Sequence[StepSummary]:
        statement = _steps(workspace, batch)

        def work(connection: Connection) -> list[StepSummary]:
            rows = connection.execute(statement).mappings().all()
            return [_summary(row) for row in cast("list[_Step]", rows)]

        # Tasks before models, then by name: in Python, as databases order text differently.
        return sorted(
            await self._database.read(work),
            key=lambda step: (step.kind != SpanKind.TASK.value, step.name),
        )

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
        rows = await self._database.read(lambda connection: connection.execute(statement).all())
        return [(name, count) for name, count in cast("list[tuple[str, int]]", rows)]


def _newest(insert: Insert) -> Insert:
    """The newest form of a span replaces the one before; never that of another workspace."""
    replaced = {
        column.name: insert.excluded[column.name]
        for column in tables.spans.c
        if not column.primary_key
    }
    return insert.on_conflict_do_update(
        index_elements=["run", "id"],
        set_=replaced,
        where=tables.spans.c.workspace == insert.excluded.workspace,
    )
