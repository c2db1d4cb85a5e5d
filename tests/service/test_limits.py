"""Several processes over one Redis, or one PostgreSQL, never go beyond a limit together."""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from urllib.parse import quote

import anyio
import psycopg
import pytest
import redis
from psycopg import sql
from sqlalchemy import create_engine
from tests.service import limit_process
from tests.service.limit_process import BUDGET, COST, RPM

from podium.adapters.storage import migrate
from podium.adapters.storage.database import open_database
from podium.adapters.storage.spending import SqlSpending
from podium.gateway.limits.rules import Scope

pytestmark = [pytest.mark.anyio, pytest.mark.service]

POSTGRESQL = "postgresql://postgres@127.0.0.1:5432/test"
REDIS = "redis://127.0.0.1:6379/0"


@pytest.fixture(scope="module")
def database() -> Generator[str]:
    name = sql.Identifier(f"limits_{os.getpid()}")
    try:
        connection = psycopg.connect(POSTGRESQL, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        pytest.skip(f"PostgreSQL at 127.0.0.1:5432 does not answer: {error}")
    with connection:
        _ = connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
        url = f"{POSTGRESQL}?options={quote(f'-csearch_path=limits_{os.getpid()}')}"
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as filling:
            migrate.upgrade(filling)
        engine.dispose()
        yield url
        _ = connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(name))


@pytest.mark.parametrize("store", ["redis", "database"])
@pytest.mark.parametrize("cost", [COST, 0.0], ids=["a budget", "a rate"])
async def test_processes_that_hammer_one_key_keep_its_limits_together(
    store: str, cost: float, database: str
):
    if store == "redis":
        try:
            _ = redis.Redis.from_url(REDIS, socket_connect_timeout=3).ping()
        except redis.RedisError as error:
            pytest.skip(f"Redis at 127.0.0.1:6379 does not answer: {error}")
    key = os.urandom(6).hex()
    place = REDIS if store == "redis" else store
    processes = [
        subprocess.Popen(  # noqa: ASYNC220 - they are waited for below
            [sys.executable, "-m", limit_process.__name__, place, database, key, f"{n}", str(cost)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(3)
    ]
    found = [json.loads((await anyio.to_thread.run_sync(one.communicate))[0]) for one in processes]
    assert [one.returncode for one in processes] == [0, 0, 0]
    count = sum(one["count"] for one in found)
    assert count <= RPM
    assert count * cost <= BUDGET, "estimates were above the costs, so that nothing is overspent"
    # 0.5 dollars are 125 requests of 0.004; as each reserves 0.01 the last ones do not fit.
    assert count >= (100 if cost else RPM * 0.9), "and it is used up"
    opened = open_database(database)
    stored = await SqlSpending(opened).total(Scope(key=f"key_{key}"), 0, 10**6)
    await opened.close()
    assert stored.requests == count, "what was spent is all stored when processes end"
    assert stored.cost == pytest.approx(count * cost * 1e9)
