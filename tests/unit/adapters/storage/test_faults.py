"""Errors that a test cannot provoke in a real database."""

import sqlite3
from typing import cast

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from podium.adapters.storage.faults import meaning, named
from podium.kernel.errors import Conflict, Invalid, NotFound, PodiumError, Unavailable

PLACE = "The database"


def _sqlite(name: str, message: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(message)
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("SQLITE_FULL", Unavailable, "disk is full"),
        ("SQLITE_IOERR_WRITE", Unavailable, "Check the disk"),
        ("SQLITE_BUSY_SNAPSHOT", Unavailable, "locked"),
        ("SQLITE_READONLY_DBMOVED", Unavailable, "read-only"),
        ("SQLITE_CORRUPT_INDEX", Unavailable, "Restore a backup"),
        ("SQLITE_CONSTRAINT_FOREIGNKEY", NotFound, "not stored"),
        ("SQLITE_CONSTRAINT_PRIMARYKEY", Conflict, "stored already"),
        ("SQLITE_TOOBIG", Invalid, "send less"),
    ],
)
def test_errors_of_sqlite_have_a_meaning(name: str, kind: type[PodiumError], words: str):
    found = meaning(_sqlite(name, "disk I/O error"), PLACE)
    assert type(found) is kind
    assert words in str(found)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (errors.DiskFull, Unavailable, "is full"),
        (errors.TooManyConnections, Unavailable, "Raise its limits"),
        (errors.DeadlockDetected, Unavailable, "Repeat the call"),
        (errors.ReadOnlySqlTransaction, Unavailable, "read-only now"),
        (errors.LockNotAvailable, Unavailable, "locked"),
        (errors.AdminShutdown, Unavailable, "ended the connection"),
        (errors.ConnectionFailure, Unavailable, "lost the connection"),
        (errors.IoError, Unavailable, "Look into its log"),
        (errors.InvalidPassword, Unavailable, "Correct the database URL"),
        (errors.InsufficientPrivilege, Unavailable, "Grant it"),
        (errors.ForeignKeyViolation, NotFound, "not stored"),
        (errors.UniqueViolation, Conflict, "stored already"),
        (errors.ProgramLimitExceeded, Invalid, "so long"),
    ],
)
def test_errors_of_postgresql_have_a_meaning(
    error: type[psycopg.Error], kind: type[PodiumError], words: str
):
    found = meaning(error("cause"), PLACE)
    assert type(found) is kind
    assert words in str(found)


def test_a_pool_without_a_free_connection_is_busy():
    assert isinstance(meaning(PoolTimeout(), PLACE), Unavailable)


def test_an_error_of_ours_inside_a_statement_stays_itself():
    inner = Invalid("Too long.")
    assert meaning(StatementError("m", "SELECT", (), inner), PLACE) is inner


@pytest.mark.parametrize(
    "bug",
    [
        _sqlite("SQLITE_ERROR", "no such table"),
        errors.UndefinedTable("no such table"),
        psycopg.ProgrammingError("bad parameter"),
        KeyError("x"),
    ],
)
def test_a_bug_of_ours_has_no_meaning(bug: Exception):
    assert meaning(bug, PLACE) is None


def test_bugs_pass_and_the_rest_is_named():
    with pytest.raises(sqlite3.OperationalError), named(PLACE):
        raise _sqlite("SQLITE_ERROR", "no such table")
    cause = _sqlite("SQLITE_CONSTRAINT_UNIQUE", "runs.id")
    with pytest.raises(Conflict) as caught, named(PLACE):
        raise IntegrityError("INSERT", {}, cause)
    assert cast("IntegrityError", caught.value.__cause__).orig is cause
