"""The engine: one pool of connections, and the rule of who may write when."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Literal, TypeAlias

from anyio import CancelScope, Lock
from sqlalchemy import Connection, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from podium.adapters.storage import migrate
from podium.adapters.storage.faults import named, place
from podium.kernel.errors import Invalid

Insert: TypeAlias = "sqlite.Insert | postgresql.Insert"
Synchronous: TypeAlias = Literal["NORMAL", "FULL"]

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_WRITER = "podium_writer"
_BUSY_MS = 10_000
_SQLITE_POOL = 5
_POSTGRESQL_POOL = 10
_WAIT_SECONDS = 30


class Database:
    """One database for the process; every error it raises on purpose is one of the kernel's."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine: AsyncEngine = engine
        self.place: str = place(engine.url)
        self._is_sqlite: bool = engine.dialect.name == "sqlite"
        self._turn: Lock = Lock()
        self._writers: AsyncEngine = engine.execution_options(**{_WRITER: True})
        self._readers: AsyncEngine = (
            engine if self._is_sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")
        )

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """A connection for queries; each statement sees what is committed when it starts."""
        with named(self.place):
            async with self._readers.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """A transaction: committed at the end, undone by an error.

        SQLite has one writer at a time, so writers queue here, and one that has begun is not
        cancelled halfway: its thread could not be stopped, and the lock would be free too early.
        """
        with named(self.place):
            async with self._queue():
                with CancelScope(shield=self._is_sqlite):
                    async with self._writers.begin() as connection:
                        yield connection

    def _queue(self) -> AbstractAsyncContextManager[None]:
        return self._turn if self._is_sqlite else nullcontext()

    def insert(self, table: Table) -> Insert:
        """An INSERT that knows ON CONFLICT, which both databases spell the same."""
        return sqlite.insert(table) if self._is_sqlite else postgresql.insert(table)

    async def alone(self, connection: AsyncConnection, purpose: str) -> None:
        """Until this transaction ends, no other process is past this line with this purpose.

        On SQLite the transaction itself sees to that.
        """
        if not self._is_sqlite:
            statement = text("SELECT pg_advisory_xact_lock(hashtext(:purpose))")
            _ = await connection.execute(statement, {"purpose": f"podium {purpose}"})

    async def ping(self) -> None:
        """Raises Unavailable where the database does not answer."""
        async with self.read() as connection:
            _ = await connection.execute(text("SELECT 1"))

    async def migrate(self) -> None:
        """Bring the tables to this podium's form; several processes may call it at once.

        Raises Invalid where a newer podium has been here.
        """
        async with self.read() as connection:
            if await connection.run_sync(migrate.is_current):
                return
        async with self.write() as connection:
            await self.alone(connection, "migration")
            await connection.run_sync(migrate.upgrade)

    async def close(self) -> None:
        with CancelScope(shield=True):
            await self.engine.dispose()


def open_database(url: str, *, synchronous: Synchronous = "NORMAL") -> Database:
    """Prepare a database; nothing is connected before the first call. Raises Invalid.

    `url` is `sqlite:///folder/podium.db` or `postgresql://user:password@host:5432/database`.
    `synchronous` is for SQLite: with NORMAL a power cut may undo the last moments, with FULL
    every write waits for the disk.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return Database(_sqlite(parsed, synchronous))
    return Database(_postgresql(parsed))


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


def _set_up(connection: DBAPIConnection, synchronous: Synchronous) -> None:
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {_BUSY_MS}",
        "journal_mode = WAL",
        f"synchronous = {synchronous}",
        "foreign_keys = ON",
        "temp_store = MEMORY",
        "journal_size_limit = 67108864",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite(url: URL, synchronous: Synchronous) -> AsyncEngine:
    engine = create_async_engine(
        url,
        # Without this, the driver would begin (deferred) transactions on its own.
        connect_args={"isolation_level": None},
        pool_size=_SQLITE_POOL,
        max_overflow=0,
        pool_timeout=_WAIT_SECONDS,
        pool_use_lifo=True,
    )

    def on_connect(connection: DBAPIConnection, _record: object) -> None:
        try:
            _set_up(connection, synchronous)
        except sqlite3.Error:
            # The pool does not know this connection yet; its thread would go on for ever.
            connection.close()
            raise

    def on_do_connect(
        _dialect: object, _record: object, arguments: list[str], options: dict[str, None]
    ) -> None:
        # A file that cannot be opened fails here, before aiosqlite starts a thread that would
        # report to an event loop which may be closed by then. Otherwise the dialect connects.
        sqlite3.connect(*arguments, **options).close()

    def on_begin(connection: Connection) -> None:
        # A writer takes its place at once: a deferred one that must wait later fails instead.
        if connection.get_execution_options().get(_WRITER):
            _ = connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine.sync_engine, "do_connect", on_do_connect)
    event.listen(engine.sync_engine, "connect", on_connect)
    event.listen(engine.sync_engine, "begin", on_begin)
    return engine


def _postgresql(url: URL) -> AsyncEngine:
    defaults = {"connect_timeout": "10", "application_name": "podium"}
    return create_async_engine(
        url,
        connect_args={key: value for key, value in defaults.items() if key not in url.query},
        pool_size=_POSTGRESQL_POOL,
        max_overflow=_POSTGRESQL_POOL,
        pool_timeout=_WAIT_SECONDS,
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
    )
