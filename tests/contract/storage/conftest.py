"""The same tests over memory, a SQLite file and PostgreSQL; `pair` is two processes' views."""

import os
import shutil
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import cast
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import create_engine
from tests.contract.storage.world import Stores
from tests.fakes_storage import MemoryStores

from podium.adapters.storage import migrate
from podium.adapters.storage.database import Database, open_database
from podium.adapters.storage.schema import metadata
from podium.adapters.storage.stores import SqlStores

POSTGRESQL = "postgresql://postgres@127.0.0.1:5432/test"
_SERVICE = pytest.param("postgresql", marks=pytest.mark.service)


def _fill(url: str) -> None:
    """Without an event loop, as a session's fixtures have none."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        migrate.upgrade(connection)
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_url() -> Generator[str]:
    """A schema of this session's own, with no tables in it."""
    yield from _schema(f"storage_{os.getpid()}")


@pytest.fixture
def postgresql_empty() -> Generator[str]:
    """A schema of this test's own."""
    yield from _schema(f"storage_{os.getpid()}_empty")


def _schema(schema: str) -> Generator[str]:
    try:
        connection = psycopg.connect(POSTGRESQL, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        if os.environ.get("CI") == "true":  # noqa: TID251 the suite's edge
            raise
        pytest.skip(f"PostgreSQL at 127.0.0.1:5432 does not answer: {error}")
    name = sql.Identifier(schema)
    with connection:
        _ = connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))
        _ = connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
        yield f"{POSTGRESQL}?options={quote(f'-csearch_path={schema}')}"
        _ = connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(name))


@pytest.fixture(scope="session")
def postgresql_tables(postgresql_url: str) -> str:
    """The same schema once it has the tables."""
    _fill(postgresql_url)
    return postgresql_url


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _fill(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", _SERVICE])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the tables and no rows."""
    return _url(request, tmp_path, cast("str", request.param))


def _url(request: pytest.FixtureRequest, folder: Path, kind: str) -> str:
    if kind == "sqlite":
        path = folder / "podium.db"
        _ = shutil.copy(cast("Path", request.getfixturevalue("sqlite_tables")), path)
        return f"sqlite:///{path}"
    found = cast("str", request.getfixturevalue("postgresql_tables"))
    with psycopg.connect(found) as connection:
        # The audit trail refuses to be emptied: without triggers, which a superuser may.
        _ = connection.execute("SET session_replication_role = replica")
        for table in reversed(metadata.sorted_tables):
            _ = connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
    return found


@pytest.fixture
async def database(url: str) -> AsyncGenerator[Database]:
    opened = open_database(url)
    yield opened
    await opened.close()


@pytest.fixture(params=["memory", "sqlite", _SERVICE])
async def pair(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncGenerator[tuple[Stores, Stores]]:
    """Two stores over one set of rows, as two processes have them."""
    kind = cast("str", request.param)
    if kind == "memory":
        stores = MemoryStores()
        yield stores, stores
        return
    url = _url(request, tmp_path, kind)
    async with AsyncExitStack() as stack:
        first, second = open_database(url), open_database(url)
        _ = stack.push_async_callback(first.close)
        _ = stack.push_async_callback(second.close)
        yield SqlStores(first), SqlStores(second)


@pytest.fixture
def stores(pair: tuple[Stores, Stores]) -> Stores:
    return pair[0]
