"""Databases that drills store in."""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import cast

import psycopg
import pytest
from psycopg import sql

SERVER = "postgresql://postgres@127.0.0.1:5432"


@contextmanager
def a_database() -> Generator[str]:
    """The URL of a PostgreSQL database of the test's own."""
    try:
        connection = psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        if os.environ.get("CI") == "true":  # noqa: TID251 - the suite's edge
            raise
        pytest.skip(f"PostgreSQL at 127.0.0.1:5432 does not answer: {error}")
    name = sql.Identifier(f"drill_{os.getpid()}")
    with connection:
        _ = connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield f"{SERVER}/drill_{os.getpid()}"
        finally:
            _ = connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture
def postgresql() -> Generator[str]:
    with a_database() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def environment(request: pytest.FixtureRequest) -> Generator[Mapping[str, str]]:
    """What says where to store: nothing, or a PostgreSQL database of the test's own."""
    if cast("str", request.param) == "sqlite":
        yield {}
        return
    with a_database() as url:
        yield {"PODIUM_STORAGE_URL": url}
