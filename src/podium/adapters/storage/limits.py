"""Counters of limits that processes share, where they share a database.

Each question locks the rows of its counters, in the order of their names, so that nobody else
answers from them meanwhile. Time is the database's.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict, cast

from sqlalchemy import Connection, bindparam, delete, select, text, update

from podium.adapters.storage import payloads
from podium.adapters.storage.database import Database
from podium.adapters.storage.gateway_tables import limit_counters
from podium.gateway.limits.counters import SECONDS, Pool, Window
from podium.gateway.limits.ports import Answer, Ask, AskPool, AskRate, Unknown

Now = Callable[[Connection], float]
Counter = Window | Pool

_MOST_SWEPT = 1000
_KEPT_SECONDS = 2.0 * SECONDS


class _Row(TypedDict):
    name: str
    state: str


def server_time(connection: Connection) -> float:
    statement = text("SELECT extract(epoch FROM clock_timestamp())")
    return float(cast("float", connection.execute(statement).scalar_one()))


class SqlLimits:
    """A `LimitStore`."""

    def __init__(self, database: Database, now: Now = server_time) -> None:
        self._database: Database = database
        self._now: Now = now

    async def exchange(self, process: str, asks: Sequence[Ask]) -> Sequence[Answer]:
        if not asks:
            return ()
        return await self._database.write(
            lambda connection: self._answers(connection, process, asks)
        )

    def _answers(self, connection: Connection, process: str, asks: Sequence[Ask]) -> list[Answer]:
        now = self._now(connection)
        states = self._locked(connection, [ask.name for ask in asks])
        missing = sorted(ask.name for ask in asks if ask.name not in states and _may_begin(ask))
        if missing:
            self._begin(connection, missing, now)
            states |= self._locked(connection, missing)
        counters: dict[str, Counter] = {}
        answers: list[Answer] = []
        for ask in asks:
            counter = _counter(states.get(ask.name), ask)
            answers.append(_answered(counter, process, ask, now=now))
            if counter is not None:
                counters[ask.name] = counter
        if counters:
            self._write(connection, counters, now)
        return answers

    def _locked(self, connection: Connection, names: Sequence[str]) -> dict[str, str]:
        statement = (
            select(limit_counters.c.name, limit_counters.c.state)
            .where(limit_counters.c.name.in_(names))
            .order_by(limit_counters.c.name)
            .with_for_update()
        )
        rows = cast("list[_Row]", connection.execute(statement).mappings().all())
        return {row["name"]: row["state"] for row in rows}

    def _begin(self, connection: Connection, names: Sequence[str], now: float) -> None:
        """Rows to lock; and, as there are new ones, away with old ones."""
        old = (
            select(limit_counters.c.name)
            .where(limit_counters.c.ends < now)
            .order_by(limit_counters.c.name)
            .limit(_MOST_SWEPT)
            .with_for_update(skip_locked=True)
        )
        _ = connection.execute(delete(limit_counters).where(limit_counters.c.name.in_(old)))
        new = self._database.insert(limit_counters).on_conflict_do_nothing()
        rows = [{"name": name, "ends": now + _KEPT_SECONDS, "state": ""} for name in names]
        _ = connection.execute(new, rows)

    def _write(self, connection: Connection, counters: Mapping[str, Counter], now: float) -> None:
        statement = (
            update(limit_counters)
            .where(limit_counters.c.name == bindparam("its_name"))
            .values(ends=bindparam("its_end"), state=bindparam("its_state"))
        )
        rows = [
            {"its_name": name, "its_end": _end(one, now), "its_state": _encoded(one)}
            for name, one in sorted(counters.items())
        ]
        _ = connection.execute(statement, rows)


def _may_begin(ask: Ask) -> bool:
    """A pool begins with what was spent before; who does not know it is told to find out."""
    return isinstance(ask, AskRate) or ask.before is not None


def _counter(state: str | None, ask: Ask) -> Counter | None:
    """As it is stored; new where the row is. None where there is none."""
    if state is None:
        return None
    match ask:
        case AskRate():
            return Window(_counts(state))
        case AskPool():
            return _pool(state) if state else Pool(ask.before or 0, ask.ends)


def _answered(counter: Counter | None, process: str, ask: Ask, *, now: float) -> Answer:
    match counter, ask:
        case Window(), AskRate():
            return counter.answer(ask, now)
        case Pool(), AskPool():
            return counter.answer(process, ask, now)
        case _:
            return Unknown()


def _end(counter: Counter, now: float) -> float:
    """Until when the row is of use."""
    kept = now + _KEPT_SECONDS
    return kept if isinstance(counter, Window) else max(counter.ends + _KEPT_SECONDS, kept)


def _encoded(counter: Counter) -> str:
    match counter:
        case Window(counts=counts):
            return payloads.encoded({str(second): count for second, count in counts.items()})
        case Pool(spent=spent, ends=ends, holds=holds):
            held = {process: list(hold) for process, hold in holds.items()}
            return payloads.encoded({"spent": spent, "ends": ends, "holds": held})


def _counts(state: str) -> dict[int, int]:
    if not state:
        return {}
    found = cast("dict[str, int]", payloads.decoded(state))
    return {int(second): count for second, count in found.items()}


class _PoolState(TypedDict):
    spent: int
    ends: float
    holds: dict[str, tuple[int, float]]


def _pool(state: str) -> Pool:
    found = cast("_PoolState", cast("object", payloads.decoded(state)))
    holds = {process: (int(amount), until) for process, (amount, until) in found["holds"].items()}
    return Pool(found["spent"], found["ends"], holds)
