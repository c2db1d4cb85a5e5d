"""A synchronous SQLite engine as DBOS needs it: WAL, immediate transactions, a small pool."""

from sqlite3 import Connection

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import ConnectionPoolEntry


def sqlite_engine(url: str, *, full_sync: bool) -> sa.Engine:
    engine = sa.create_engine(
        url, pool_size=4, max_overflow=0, connect_args={"check_same_thread": False}
    )

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

    return engine
