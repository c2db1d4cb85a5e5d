"""What a database's errors mean: a named error with a sentence and what to do about it."""

import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeAlias

import psycopg
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from podium.kernel.errors import Conflict, Invalid, NotFound, PodiumError, Unavailable

_Make: TypeAlias = Callable[[str], PodiumError]

# https://www.sqlite.org/rescode.html; a longer name (SQLITE_IOERR_WRITE) falls to its beginning.
_SQLITE: dict[str, tuple[_Make, str]] = {
    "SQLITE_FULL": (
        Unavailable,
        (
            "{place} cannot grow, its disk is full: nothing was written, and what was stored "
            "before can still be read. Free some space, then repeat the call."
        ),
    ),
    "SQLITE_IOERR": (
        Unavailable,
        (
            "{place} is on a disk that reports an error: {cause}. Check the disk, its free space "
            "and its quota, then repeat the call."
        ),
    ),
    "SQLITE_BUSY": (
        Unavailable,
        (
            "{place} is locked by another process that writes for a long time. Repeat the call; if "
            "it stays so, end the other process or use PostgreSQL."
        ),
    ),
    "SQLITE_CANTOPEN": (
        Unavailable,
        "{place} cannot be opened: {cause}. Create its folder and let podium write there.",
    ),
    "SQLITE_READONLY": (
        Unavailable,
        "{place} is read-only for podium. Let it write the file and its folder.",
    ),
    "SQLITE_NOTADB": (
        Invalid,
        "{place} is not a SQLite database. Give another file, or move this one away.",
    ),
    "SQLITE_CORRUPT": (
        Unavailable,
        (
            "{place} is damaged: {cause}. Restore a backup, or recover it with "
            '"sqlite3 FILE .recover".'
        ),
    ),
    "SQLITE_CONSTRAINT_FOREIGNKEY": (NotFound, "It belongs to something that is not stored."),
    "SQLITE_CONSTRAINT_NOTNULL": (NotFound, "It belongs to something that is not stored."),
    "SQLITE_CONSTRAINT": (Conflict, "It is stored already: {cause}."),
    "SQLITE_TOOBIG": (Invalid, "A value is too large for SQLite (1 GB): send less."),
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html; the class is the first two.
_POSTGRESQL: dict[str, tuple[_Make, str]] = {
    "53100": (
        Unavailable,
        (
            "{place} cannot grow, its disk is full: nothing was written, and what was stored "
            "before can still be read. Free some space, then repeat the call."
        ),
    ),
    "53": (
        Unavailable,
        (
            "{place} has run out of connections or memory: {cause}. Raise its limits or run fewer "
            "podium processes."
        ),
    ),
    "40": (Unavailable, "{place} gave up a write that collided with another. Repeat the call."),
    "55P03": (Unavailable, "{place} has a row locked. Repeat the call."),
    "57": (Unavailable, "{place} ended the connection: {cause}. Repeat the call."),
    "08": (Unavailable, "{place} lost the connection: {cause}. Repeat the call."),
    "58": (Unavailable, "{place} reports a system error: {cause}. Look into its log."),
    "25006": (Unavailable, "{place} is read-only now: {cause}. Repeat the call when it has moved."),
    "28": (Unavailable, "{place} refuses podium's user or password. Correct the database URL."),
    "3D000": (Unavailable, "{place} does not exist. Create it, or correct the database URL."),
    "42501": (
        Unavailable,
        (
            "{place} forbids podium's user this: {cause}. Grant it the right to create and use "
            "tables in its schema."
        ),
    ),
    "23503": (NotFound, "It belongs to something that is not stored."),
    "23502": (NotFound, "It belongs to something that is not stored."),
    "23": (Conflict, "It is stored already: {cause}."),
    "54000": (Invalid, "{place} cannot index a value so long: {cause}. Send a shorter one."),
}


def place(url: URL) -> str:
    """Names the database for people: never with a password."""
    if url.get_backend_name() == "sqlite":
        return f"The database file {url.database}"
    address = f"{url.host or 'localhost'}:{url.port or 5432}"
    return f"The PostgreSQL database '{url.database}' at {address}"


def _sqlite(error: sqlite3.Error, where: str) -> PodiumError | None:
    name = getattr(error, "sqlite_errorname", None)
    known = name if isinstance(name, str) else ""
    while known:
        if known in _SQLITE:
            make, sentence = _SQLITE[known]
            return make(sentence.format(place=where, cause=error))
        known = known.rpartition("_")[0]
    return None


def _postgresql(error: psycopg.Error, where: str) -> PodiumError | None:
    state = error.sqlstate
    cause = (error.diag.message_primary or str(error)).strip()
    if state is None:
        if not isinstance(error, psycopg.OperationalError):
            return None
        # libpq repeats host, port and user; it never repeats the password.
        reason = " ".join(cause.split())
        return Unavailable(
            f"{where} does not answer: {reason}. Start it, or correct the database URL."
        )
    found = _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2])
    if found is None:
        return None
    make, sentence = found
    return make(sentence.format(place=where, cause=cause))


def meaning(error: Exception, where: str) -> PodiumError | None:
    """The named error for what SQLAlchemy or a driver raised; None where it is a bug of ours."""
    cause = error.orig if isinstance(error, StatementError) else error
    match cause:
        case PodiumError():
            return cause
        case PoolTimeout():
            return Unavailable(
                f"{where} is busy: no connection came free in 30 seconds. Repeat the call later."
            )
        case sqlite3.Error():
            return _sqlite(cause, where)
        case psycopg.Error():
            return _postgresql(cause, where)
        case _:
            return None


@contextmanager
def named(where: str) -> Generator[None]:
    """Turns errors of the database into named ones; those that are bugs pass as they are."""
    try:
        yield
    except (DBAPIError, StatementError, PoolTimeout, sqlite3.Error, psycopg.Error) as error:
        known = meaning(error, where)
        if known is None:
            raise
        raise known from error
