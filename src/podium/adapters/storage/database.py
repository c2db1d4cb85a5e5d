"""The engine: one pool of connections, and the rule of who may write when.

SQL runs in threads, a whole transaction at a time, on both databases. That is four times faster
on SQLite than SQLAlchemy's asynchronous engine (0.6 ms a write instead of 2.3), which crosses to
another thread and back for each step of a statement, and no slower on PostgreSQL. What runs record
is small and needs no thread on SQLite (`pace`).
"""

import select
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext, suppress
from typing import Literal, LiteralString, TypeAlias, TypeVar, cast

import anyio
import psycopg
from anyio import CapacityLimiter, WouldBlock, to_thread
from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, InvalidatePoolError

from podium.adapters.sqlite_files import closed_to_others
from podium.adapters.storage import migrate
from podium.adapters.storage.faults import named, place
from podium.adapters.storage.pace import AT_ONCE, Pace, impatient
from podium.adapters.storage.prepared import Command, Insert
from podium.kernel import audit
from podium.kernel.audit import Deed
from podium.kernel.errors import Invalid, Unavailable

T = TypeVar("T")
Keep: TypeAlias = Callable[[Connection, Sequence[Deed]], None]
"""Stores deeds within the transaction of what was done."""

Synchronous: TypeAlias = Literal["normal", "full"]

_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+aiosqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_WRITER = "podium_writer"
_BUSY_MS = 10_000
_ASK_AGAIN_MS = 50
_WAIT_SECONDS = 30
_LOG_SECONDS = 0.25
_LOG_PAGES = 16_000
"""Pages (64 MB) from which SQLite does it itself, within a commit."""

_READERS = {"sqlite": 4, "postgresql": 10}
_WRITERS = {"sqlite": 1, "postgresql": 10}


class Database:
    """One database for the process; every error it raises on purpose is one of the kernel's.

    `shared` says whether other processes may use it at the same time.
    """

    def __init__(self, engine: Engine, pace: Pace) -> None:
        kind = engine.dialect.name
        self.engine: Engine = engine
        self.place: str = place(engine.url)
        self._is_sqlite: bool = kind == "sqlite"
        self.shared: bool = not self._is_sqlite
        # SQLite has one writer at a time, so writers queue here rather than fail there.
        self._reading: CapacityLimiter = CapacityLimiter(_READERS[kind])
        self._writing: CapacityLimiter = CapacityLimiter(_WRITERS[kind])
        self._has_written: bool = False
        self._pace: Pace = pace
        self._keep: Keep | None = None
        self._writers: Engine = engine.execution_options(**{_WRITER: True})
        self._readers: Engine = (
            engine if self._is_sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")
        )

    async def tend(self) -> None:
        """Until cancelled: what SQLite has logged goes into its file, beside the writers.

        By itself it does that every thousand pages within a commit, which takes as long as the disk
        then: 10 to 40 ms in place of 0.1.
        """
        while self._is_sqlite:
            await anyio.sleep(_LOG_SECONDS)
            if self._has_written:
                self._has_written = False
                with suppress(Unavailable):
                    await self.read(_empty_log)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` answers; each of its statements sees what is committed when it starts."""
        return await to_thread.run_sync(self._read, work, limiter=self._reading)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction: committed when it returns, undone when it raises.

        One that has begun is not cancelled halfway. What is due to be told of who does this is
        stored with it, or not at all.
        """
        return await to_thread.run_sync(self._write, work, limiter=self._writing)

    def keeps(self, deeds: Keep) -> None:
        """From now on a transaction takes along what is due to be told."""
        self._keep = deeds

    async def commit(self, commands: Sequence[Command]) -> Sequence[bool]:
        """All in one transaction; whether each has changed something."""
        if self._pace.is_quick(len(commands)):
            writer = object()
            with suppress(WouldBlock):
                self._writing.acquire_on_behalf_of_nowait(writer)
                try:
                    return self._at_once(commands)
                finally:
                    self._writing.release_on_behalf_of(writer)
        return await to_thread.run_sync(self._commit, commands, limiter=self._writing)

    def _commit(self, commands: Sequence[Command]) -> Sequence[bool]:
        with named(self.place), closing(self.engine.raw_connection()) as connection:
            self._has_written = True
            raw = connection.driver_connection
            if isinstance(raw, sqlite3.Connection):
                _ = raw.execute("BEGIN IMMEDIATE")
                return _on_sqlite(raw, commands)
            try:
                return _on_postgresql(cast("psycopg.Connection", raw), commands)
            except psycopg.OperationalError as error:
                connection.invalidate(error)
                raise

    def _at_once(self, commands: Sequence[Command]) -> Sequence[bool]:
        """Raises WouldBlock where another program is writing to the file."""
        with named(self.place), closing(self.engine.raw_connection()) as connection:
            raw = cast("sqlite3.Connection", connection.driver_connection)
            with self._pace.measured(), impatient(raw):
                _ = raw.execute("BEGIN IMMEDIATE")
                self._has_written = True
                return _on_sqlite(raw, commands)

    def _read(self, work: Callable[[Connection], T]) -> T:
        with named(self.place), self._readers.connect() as connection:
            return work(connection)

    def _write(self, work: Callable[[Connection], T]) -> T:
        with named(self.place), audit.joined() as unit:
            deeds: tuple[Deed, ...] = ()
            try:
                with self._writers.begin() as connection:
                    self._has_written = True
                    answer = work(connection)
                    if self._keep is not None and (deeds := unit.take()):
                        self._keep(connection, deeds)
            except BaseException:
                unit.undone(deeds)
                raise
            return answer

    def insert(self, table: Table) -> Insert:
        """An INSERT that knows ON CONFLICT, which both databases spell the same."""
        return sqlite.insert(table) if self._is_sqlite else postgresql.insert(table)

    def alone(self, connection: Connection, purpose: str) -> None:
        """Until this transaction ends, no other process is past this line with this purpose.

        On SQLite the transaction itself sees to that.
        """
        if not self._is_sqlite:
            statement = text("SELECT pg_advisory_xact_lock(hashtext(:purpose))")
            _ = connection.execute(statement, {"purpose": f"podium {purpose}"})

    async def ping(self) -> None:
        """Raises Unavailable where the database does not answer."""
        _ = await self.read(lambda connection: connection.execute(text("SELECT 1")).scalar())

    async def migrate(self) -> None:
        """Bring the tables to this podium's form; several processes may call it at once.

        Raises Invalid where a newer podium, or another program, has been here.
        """

        def upgrade(connection: Connection) -> None:
            self.alone(connection, "migration")
            migrate.upgrade(connection)

        if not await self.read(migrate.is_current):
            await self.write(upgrade)

    async def close(self) -> None:
        await to_thread.run_sync(self.engine.dispose)


def keep_log(connection: sqlite3.Connection) -> None:
    """Of several that open a new file at once SQLite refuses all but one, and waits for nobody: it
    is asked again for as long as it otherwise waits.
    """
    for _ in range(_BUSY_MS // _ASK_AGAIN_MS):
        try:
            _ = connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as refused:
            if refused.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(_ASK_AGAIN_MS / 1000)
        else:
            return
    _ = connection.execute("PRAGMA journal_mode = WAL")


def _empty_log(connection: Connection) -> None:
    _ = connection.execute(text("PRAGMA wal_checkpoint(PASSIVE)")).all()


def _on_sqlite(connection: sqlite3.Connection, commands: Sequence[Command]) -> Sequence[bool]:
    """In a transaction that has begun."""
    try:
        answers = [
            connection.execute(each.statement.sql, each.statement.bound(each.values)).rowcount > 0
            for each in commands
        ]
        _ = connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
    return answers


def _on_postgresql(connection: psycopg.Connection, commands: Sequence[Command]) -> Sequence[bool]:
    """One way there and back. What is sent without a stop between is one transaction by itself:
    https://www.postgresql.org/docs/current/libpq-pipeline-mode.html
    """
    connection.autocommit = True
    try:
        with connection.pipeline() if len(commands) > 1 else nullcontext():
            sent = [
                connection.execute(
                    cast("LiteralString", each.statement.sql), each.statement.bound(each.values)
                )
                for each in commands
            ]
        return [each.rowcount > 0 for each in sent]
    finally:
        if not connection.closed:
            connection.autocommit = False


def open_database(url: str, *, synchronous: Synchronous = "normal") -> Database:
    """Prepare a database; nothing is connected before the first call. Raises Invalid.

    `url` is `sqlite:///folder/podium.db` or `postgresql://user:password@host:5432/database`.
    `synchronous` is for SQLite: with normal a power cut may undo the last moments, with full
    every write waits for the disk.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        pace = Pace(AT_ONCE if synchronous == "normal" else 0)
        return Database(_sqlite(parsed, synchronous), pace)
    return Database(_postgresql(parsed), Pace(0))


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The text itself is not repeated: it may hold a password.
        raise Invalid(
            "The database URL cannot be read. Write sqlite:///podium.db or "
            "postgresql://user:password@host:5432/database."
        ) from None
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        raise Invalid(
            f"podium stores in SQLite or PostgreSQL, not in '{parsed.drivername}'. "
            "Write sqlite:///podium.db or postgresql://user:password@host:5432/database."
        )
    if driver.startswith("sqlite") and parsed.database in {None, "", ":memory:"}:
        raise Invalid("SQLite needs a file, so that a restart finds it: sqlite:///podium.db.")
    return parsed.set(drivername=driver)


def _sqlite(url: URL, synchronous: Synchronous) -> Engine:
    engine = create_engine(
        url,
        # Without isolation_level the driver begins (deferred) transactions on its own.
        connect_args={"isolation_level": None, "check_same_thread": False},
        pool_size=_READERS["sqlite"] + _WRITERS["sqlite"],
        max_overflow=0,
        pool_timeout=_WAIT_SECONDS,
        pool_use_lifo=True,
    )

    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in (
            f"busy_timeout = {_BUSY_MS}",
            f"synchronous = {synchronous}",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            "journal_size_limit = 67108864",
            f"wal_autocheckpoint = {_LOG_PAGES}",
        ):
            _ = connection.execute(f"PRAGMA {pragma}")
        keep_log(connection)

    def on_begin(connection: Connection) -> None:
        # A writer takes its place at once: a deferred one that must wait later fails instead.
        if connection.get_execution_options().get(_WRITER):
            raw = cast("sqlite3.Connection", cast("object", connection.connection.dbapi_connection))
            _ = raw.execute("BEGIN IMMEDIATE")

    closed_to_others(engine)
    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine


def _postgresql(url: URL) -> Engine:
    defaults = {
        "connect_timeout": "10",
        "application_name": "podium",
        # A server that vanished is noticed in half a minute, not in a quarter of an hour.
        "tcp_user_timeout": "30000",
        "keepalives_idle": "30",
    }
    engine = create_engine(
        url,
        connect_args={key: value for key, value in defaults.items() if key not in url.query},
        pool_size=_READERS["postgresql"] + _WRITERS["postgresql"],
        max_overflow=0,
        pool_timeout=_WAIT_SECONDS,
        pool_use_lifo=True,
        isolation_level="READ COMMITTED",
    )

    def on_checkout(connection: psycopg.Connection, _record: object, _proxy: object) -> None:
        # A server that goes away says so before anybody asks: no ping, which is a way there and
        # back for each use.
        idle = select.poll()
        idle.register(connection.fileno(), select.POLLIN)
        if idle.poll(0):
            raise InvalidatePoolError

    event.listen(engine, "checkout", on_checkout)
    return engine
