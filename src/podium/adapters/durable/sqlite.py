"""A synchronous SQLite engine as DBOS needs it: WAL, immediate transactions, a small pool.

DBOS repeats a transaction that found no free connection, with growing pauses, for as long as the
process lives; it does not know a full disk. So a full disk is told to it as that, once there seems
to be space again: what a run could not record is recorded then, without performing it again.
"""

import os
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from sqlite3 import Connection, Error
from threading import Event

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from podium.adapters.sqlite_files import closed_to_others

SPACE = 1024**2
"""Bytes that must be free before a write is tried again."""

LOOK = 0.2

at_once: ContextVar[bool] = ContextVar("at_once", default=False)
"""Whether a full disk is an error here: a caller waits for an answer, a run can wait for space."""


class Patience:
    """Where the disk is full, who writes waits here until it is not, or `end` is called."""

    def __init__(self, file: Path) -> None:
        self._folder: Path = file.parent
        self._ended: Event = Event()

    def end(self) -> None:
        self._ended.set()

    def wait(self, context: ExceptionContext) -> Exception | None:
        """What SQLAlchemy raises in place of the error, or None for the error itself."""
        if at_once.get() or self._ended.is_set() or not self._is_full(context.original_exception):
            return None
        if context.connection is not None:
            # The transaction is lost: others must not wait for its lock as well.
            with suppress(Error, SQLAlchemyError):
                context.connection.connection.rollback()
        while not self._ended.wait(LOOK):
            if self._space() >= SPACE:
                return PoolTimeout("The disk was full.")
        return None

    def _is_full(self, error: BaseException) -> bool:
        name = getattr(error, "sqlite_errorname", "")
        # Where SQLite cannot grow its index of the log it speaks of an I/O error.
        return name == "SQLITE_FULL" or (name.startswith("SQLITE_IOERR") and self._space() < SPACE)

    def _space(self) -> int:
        found = os.statvfs(self._folder)
        return found.f_bavail * found.f_frsize


def sqlite_engine(url: str, patience: Patience, *, pool: int, full_sync: bool) -> sa.Engine:
    """`pool` connections at most: those that wait for space hold one each."""
    engine = sa.create_engine(
        url, pool_size=pool, max_overflow=0, connect_args={"check_same_thread": False}
    )
    closed_to_others(engine)

    @event.listens_for(engine, "connect")
    def prepare(connection: Connection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={'FULL' if full_sync else 'NORMAL'}",
            "busy_timeout=30000",
            "foreign_keys=ON",
        ):
            _ = connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "handle_error", patience.wait)
    return engine
