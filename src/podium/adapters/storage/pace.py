"""Whether a transaction of SQLite is worth a thread.

One of a few statements takes 0.1 ms where no write waits for the disk (`synchronous: normal`): less
than the way to a thread and back, and on a busy machine a fiftieth of it. So it is done in the
event loop, which stands still meanwhile: until one takes long, as on a disk that stalls.
"""

import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

from anyio import WouldBlock

AT_ONCE = 32
"""Statements of a transaction that is done in the event loop."""

SLOW = 0.05
"""Seconds after which one has taken long."""

REST = 5.0
"""Seconds in which threads do it then."""


class Pace:
    """`most` statements are done in the event loop."""

    def __init__(self, most: int) -> None:
        self._most: int = most
        self._slow_until: float = 0.0

    def is_quick(self, statements: int) -> bool:
        return statements <= self._most and time.monotonic() >= self._slow_until

    @contextmanager
    def measured(self) -> Generator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            ended = time.monotonic()
            if ended - began > SLOW:
                self._slow_until = ended + REST


@contextmanager
def impatient(connection: sqlite3.Connection) -> Generator[None]:
    """Raises WouldBlock where another program writes, rather than wait for it."""
    (patience,) = cast("tuple[int]", connection.execute("PRAGMA busy_timeout").fetchone())
    _ = connection.execute("PRAGMA busy_timeout = 0")
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        raise WouldBlock from error
    finally:
        _ = connection.execute(f"PRAGMA busy_timeout = {patience}")
