"""Rows of the journal as the engine knows them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypedDict, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    case,
    func,
    literal_column,
    select,
    update,
)

from podium.adapters.storage import payloads
from podium.adapters.storage.journal import statements
from podium.adapters.storage.runs import fetch
from podium.adapters.storage.tables import messages, runs, steps
from podium.kernel.ids import RunId
from podium.kernel.json import Json, JsonObject
from podium.workflows.engine.journal import Claim, Edits, Hold
from podium.workflows.runs import Run


class _Held(TypedDict):
    id: RunId
    epoch: int
    idle: float
    recoveries: int
    wish: str | None
    edits: str | None


def column(connection: Connection, run: RunId, name: str) -> str | None:
    """One column of a run; None where it is null or there is no such run."""
    found = connection.execute(select(runs.c[name]).where(runs.c.id == run)).scalar()
    return cast("str | None", found)


def edits_of(text: str | None) -> Edits:
    """Raises nothing: the column is written by `written` alone."""
    if text is None:
        return Edits()
    value = cast("dict[str, Json]", payloads.decoded(text))
    inputs = cast("dict[str, Json]", value["inputs"])
    return Edits(cast("str | None", value["cut"]), inputs)


def started(outcome: object) -> str:
    """The run that a step started, by the step's outcome; "" where there is none."""
    if not isinstance(outcome, str):
        return ""
    ok = cast("dict[str, Json]", payloads.decoded(outcome)).get("ok")
    return str(ok.get("run", "")) if isinstance(ok, Mapping) else ""


def written(edits: Edits) -> str | None:
    if edits.cut is None and not edits.inputs:
        return None
    return payloads.encoded({"cut": edits.cut, "inputs": dict(edits.inputs)})


def claims(connection: Connection, ids: Sequence[RunId]) -> list[Claim]:
    """Runs that are held now, in the order of `ids`, with what is recorded of them."""
    held = _held(connection, ids)
    topics = _topics(connection, ids)
    made: dict[RunId, Claim] = {}
    for workspace in {run.workspace for run in held}:
        of = [run for run in held if run.workspace == workspace]
        recorded, positions = _steps(connection, workspace, [run.id for run in of])
        rows = _rows(connection, [run.id for run in of])
        for run in of:
            row = rows[run.id]
            made[run.id] = Claim(
                run=run,
                hold=Hold(run.id, run.workspace, row["epoch"]),
                steps=recorded[run.id],
                position=positions[run.id],
                topics=frozenset(topics[run.id]),
                idle=row["idle"],
                recoveries=row["recoveries"],
                edits=edits_of(row["edits"]),
                pausing=row["wish"] is not None,
            )
    return [made[run] for run in ids if run in made]


def _rows(connection: Connection, ids: Sequence[RunId]) -> dict[RunId, _Held]:
    columns = (
        runs.c.id,
        runs.c.epoch,
        runs.c.idle,
        runs.c.recoveries,
        runs.c.wish,
        runs.c.edits,
    )
    found = connection.execute(select(*columns).where(runs.c.id.in_(ids))).mappings().all()
    return {row["id"]: row for row in cast("list[_Held]", found)}


def _held(connection: Connection, ids: Sequence[RunId]) -> list[Run]:
    # `fetch` opens the payloads of one workspace.
    spread = select(runs.c.workspace).where(runs.c.id.in_(ids)).distinct()
    found: list[Run] = []
    for workspace in cast("list[str]", connection.execute(spread).scalars().all()):
        of = select(runs).where(runs.c.id.in_(ids), runs.c.workspace == workspace)
        found += fetch(connection, of)
    return found


def _topics(connection: Connection, ids: Sequence[RunId]) -> dict[RunId, set[str]]:
    waiting = (
        select(messages.c.run, messages.c.topic)
        .where(messages.c.run.in_(ids), statements.WAITING)
        .distinct()
    )
    topics: dict[RunId, set[str]] = defaultdict(set)
    for run, topic in cast("list[tuple[RunId, str]]", connection.execute(waiting).all()):
        topics[run].add(topic)
    return topics


def _steps(
    connection: Connection, workspace: str, ids: Sequence[RunId]
) -> tuple[dict[RunId, dict[str, JsonObject]], dict[RunId, int]]:
    columns = (steps.c.run, steps.c.name, steps.c.position, steps.c.outcome)
    of = select(*columns).where(steps.c.run.in_(ids)).order_by(steps.c.run, steps.c.position)
    rows = cast("list[tuple[RunId, str, int, str]]", connection.execute(of).all())
    opened = payloads.fetch(connection, workspace, [outcome for *_, outcome in rows])
    recorded: dict[RunId, dict[str, JsonObject]] = defaultdict(dict)
    positions: dict[RunId, int] = defaultdict(int)
    for run, name, position, outcome in rows:
        recorded[run][name] = cast("JsonObject", opened.value(outcome))
        positions[run] = max(positions[run], position)
    return recorded, positions


def release(connection: Connection, executors: Sequence[str], *, now: float, lost: bool) -> int:
    """Let go of the runs of these processes. With `lost`, count those that got no step further."""
    # What was under way goes on before what has not begun.
    due = func.coalesce(runs.c.started_at, now)
    values: dict[str, object] = {"executor": None, "wake_at": due, "epoch": runs.c.epoch + 1}
    if lost:
        count = select(func.count()).where(steps.c.run == runs.c.id).scalar_subquery()
        stuck = runs.c.steps_seen >= count
        values |= {
            "recoveries": _one_more(stuck),
            "steps_seen": count,
        }
    statement = update(runs).where(runs.c.executor.in_(executors)).values(**values)
    return connection.execute(statement).rowcount


def _one_more(stuck: ColumnElement[bool]) -> ColumnElement[int]:
    return case((stuck, runs.c.recoveries + 1), else_=1)


def clock(*, shared: bool) -> ColumnElement[float]:
    """The database's own time: the processes of one database may disagree about theirs."""
    sqlite = "(julianday('now') - 2440587.5) * 86400"
    spelled = "extract(epoch from clock_timestamp())" if shared else sqlite
    return literal_column(spelled, Double())
