"""A configured database as a Connection: SQLite, PostgreSQL, or MySQL where its driver is there."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias, cast

import anyio
import anyio.lowlevel
from sqlalchemy import Row, TextClause, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from podium.adapters.sql_values import as_json, as_parameter
from podium.integrations.statements import Statement, parse
from podium.kernel.errors import Invalid, LimitReached, PodiumError, TimedOut, Unavailable
from podium.kernel.json import Json, JsonObject

_DRIVERS: Final[Mapping[str, str]] = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+aiomysql",
    "mariadb": "mysql+aiomysql",
}
_READS = re.compile(r"(?i)(?:\s|--[^\n]*\n|/\*[\s\S]*?\*/)*+select\b")
_WRITES = re.compile(r"(?i)\b(?:insert|update|delete|merge|replace)\b")
_MOST_CONNECTIONS = 5
_CONNECT_SECONDS = 10.0


def open_connection(name: str, url: str) -> "SqlConnection":
    """A connection by URL, such as `sqlite:///bank.db` or `postgresql://user:pw@host/db`.

    Nothing is connected yet. Raises Invalid for a URL of no database that podium reads.
    """
    try:
        parsed = make_url(url)
        driver = _DRIVERS.get(parsed.get_backend_name())
        if driver is None:
            raise Invalid(_unsupported(name, parsed))
        return SqlConnection(name, _engine(parsed.set(drivername=driver)))
    except ModuleNotFoundError as error:
        raise Invalid(
            f"Connection {name!r} needs the Python package {error.name!r}. "
            f"Install it beside podium."
        ) from error
    except (ArgumentError, NoSuchModuleError) as error:
        raise Invalid(f"Connection {name!r} has a URL that cannot be read.") from error


def _unsupported(name: str, url: URL) -> str:
    return (
        f"Connection {name!r} is for {url.get_backend_name()!r}. "
        f"podium reads sqlite, postgresql and mysql URLs."
    )


def _engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() == "sqlite":
        if url.database and url.database != ":memory:":
            with suppress(OSError):  # SQLite says what is wrong with it
                Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_async_engine(url, connect_args={"timeout": _CONNECT_SECONDS})
        event.listen(engine.sync_engine, "connect", _foreign_keys)
        return engine
    key = "connect_timeout"
    return create_async_engine(
        url,
        pool_size=_MOST_CONNECTIONS,
        max_overflow=0,
        pool_pre_ping=True,
        pool_timeout=_CONNECT_SECONDS,
        connect_args={key: int(_CONNECT_SECONDS)},
    )


def _foreign_keys(connection: object, _record: object) -> None:
    run = cast("Callable[[str], object]", getattr(connection, "execute"))  # noqa: B009 - DBAPI
    _ = run("PRAGMA foreign_keys=ON")


Answer: TypeAlias = tuple[Sequence[Mapping[str, Json]], int]


@dataclass(slots=True)
class _Work:
    """One statement on its way. `connection` is set while it may be stopped."""

    clause: TextClause
    values: dict[str, object]
    limit: int
    connection: AsyncConnection | None = None
    timed_out: bool = False
    outcome: Answer | PodiumError = field(default_factory=lambda: Unavailable("Not run."))


class SqlConnection:
    """A `Connection`. Each query is one transaction: it is done whole, or not at all."""

    def __init__(self, name: str, engine: AsyncEngine) -> None:
        self._name: str = name
        self._engine: AsyncEngine = engine

    async def query(
        self, statement: str, parameters: JsonObject, *, limit: int, seconds: float
    ) -> Answer:
        clause, values = _bound(parse(statement), parameters)
        work = _Work(clause, values, limit)
        async with anyio.create_task_group() as group:
            _ = group.start_soon(_watch, work, seconds)
            # A cancellation inside the driver would lose the connection: `_watch` stops the
            # statement in the database instead, and it fails in an orderly way.
            with anyio.CancelScope(shield=True):
                await self._run(work)
            group.cancel_scope.cancel()
        await anyio.lowlevel.checkpoint_if_cancelled()
        match work.outcome:
            case _ if work.timed_out:
                raise TimedOut(
                    f"Connection {self._name!r} did not answer within {seconds:.1f} s; the "
                    f"statement was taken back. Narrow it, or give the task more time."
                )
            case PodiumError() as error:
                raise error
            case outcome:
                return outcome

    async def close(self) -> None:
        await self._engine.dispose()

    async def _run(self, work: "_Work") -> None:
        try:
            async with self._engine.connect() as connection:
                work.connection = connection
                if not work.timed_out:
                    work.outcome = await _answer(connection, work)
                    await connection.commit()
        except PodiumError as error:
            work.outcome = error
        except DBAPIError as error:
            work.outcome = self._failure(error)
        except PoolTimeout:
            work.outcome = Unavailable(f"All connections of {self._name!r} are busy. Try again.")
        except (SQLAlchemyError, OverflowError) as error:
            work.outcome = Invalid(f"{self._name!r} refused the statement: {error}")
        finally:
            work.connection = None

    def _failure(self, error: DBAPIError) -> PodiumError:
        said = " ".join(str(error.orig).split()) or type(error.orig).__name__
        if error.connection_invalidated or _is_outage(error, said):
            return Unavailable(f"Connection {self._name!r} is not available: {said}")
        return Invalid(f"{self._name!r} refused the statement: {said}")


def _bound(parsed: Statement, parameters: JsonObject) -> tuple[TextClause, dict[str, object]]:
    """The statement with every value bound. Raises Invalid where names and values do not fit."""
    names = dict.fromkeys(parsed.names)
    missing = [name for name in names if name not in parameters]
    if missing:
        raise Invalid(f"The statement names :{missing[0]}, and parameters have no {missing[0]!r}.")
    spare = sorted(set(parameters) - set(names))
    if spare:
        raise Invalid(
            f"Parameter {spare[0]!r} is not in the statement. Write :{spare[0]} where it belongs."
        )
    spelled = [piece.replace(":", "\\:") for piece in parsed.pieces]
    joined = spelled[0] + "".join(
        f":{name}{piece}" for name, piece in zip(parsed.names, spelled[1:], strict=True)
    )
    values = {name: as_parameter(parameters[name]) for name in names}
    return text(joined), values


async def _answer(connection: AsyncConnection, work: "_Work") -> Answer:
    if _READS.match(work.clause.text):
        # Streamed, because else the driver would fetch all rows at once. Nothing may be raised
        # inside: SQLAlchemy then leaves the cursor open.
        async with connection.stream(work.clause, work.values) as streamed:
            columns, found = list(streamed.keys()), await streamed.fetchmany(work.limit + 1)
        return _rows(columns, found, work.limit), 0
    result = await connection.execute(work.clause, work.values)
    changed = max(result.rowcount, 0) if _WRITES.search(work.clause.text) else 0
    if not result.returns_rows:
        return [], changed
    return _rows(list(result.keys()), result.fetchmany(work.limit + 1), work.limit), changed


def _rows(
    columns: Sequence[str], found: "Sequence[Row[tuple[object, ...]]]", limit: int
) -> Sequence[Mapping[str, Json]]:
    if len(set(columns)) < len(columns):
        raise Invalid(f"Two columns have the same name in {columns}. Rename one with `as`.")
    if len(found) > limit:
        raise LimitReached(
            f"There are more than {limit} rows. Narrow the statement, or raise `limit`."
        )
    return [dict(zip(columns, map(as_json, row), strict=True)) for row in found]


# What SQLite says under OperationalError when the file and not the statement is the matter.
_SQLITE_OUTAGES = ("unable to open", "locked", "disk", "readonly", "malformed", "not a database")


def _is_outage(error: DBAPIError, said: str) -> bool:
    if not isinstance(error, OperationalError):
        return type(error).__name__ == "InterfaceError"
    if type(error.orig).__module__.startswith("sqlite3"):
        return any(word in said for word in _SQLITE_OUTAGES)
    return True


async def _watch(work: "_Work", seconds: float) -> None:
    """Stop the statement when its time is over, or when the caller is cancelled."""
    try:
        await anyio.sleep(seconds)
        work.timed_out = True
    finally:
        with anyio.CancelScope(shield=True):
            await _stop(work)


async def _stop(work: "_Work") -> None:
    connection = work.connection
    if connection is None:
        return
    raw = (await connection.get_raw_connection()).driver_connection
    for stop in ("interrupt", "cancel_safe"):  # SQLite, PostgreSQL
        found = cast("Callable[[], Awaitable[None]] | None", getattr(raw, stop, None))
        if found is not None:
            await found()
            return
    await connection.invalidate()
