"""Bare DBOS, as a Python author uses it: a workflow whose effects are steps.

`steps` of the options says which of the five steps are recorded: `effects` (the others are plain
Python in the workflow, as DBOS allows) or `all`.
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, SetWorkflowID
from sqlalchemy import event

from bench.drivers.contract import WIDTH, About, Opening, Tally
from bench.drivers.driving import main

RUNS_AT_ONCE = 50
POLL = 0.1
DAY = 86_400.0
CONNECTIONS = 20
STARTS_AT_ONCE = 64

Workflow = Callable[[int], Coroutine[Any, Any, int]]


class Driver:
    def __init__(self, opening: Opening, tally: Tally) -> None:
        self._opening: Opening = opening
        every = opening["options"].get("steps") == "all"

        @DBOS.step()
        async def effect(n: int) -> int:
            return tally(n)

        @DBOS.step()
        async def pure(n: int) -> int:
            return n + 1

        @DBOS.workflow(name="five")
        async def five(n: int) -> int:
            return await effect(await effect(n + 1) + 1) + 1

        @DBOS.workflow(name="all_five")
        async def all_five(n: int) -> int:
            return await pure(await effect(await pure(await effect(await pure(n)))))

        @DBOS.workflow(name="fan")
        async def fan(n: int) -> int:
            # `asyncio.gather` over steps is what DBOS's documentation shows.
            return len(await asyncio.gather(*(effect(n + i) for i in range(WIDTH))))

        @DBOS.workflow(name="wait")
        async def wait(n: int) -> int:
            told = await DBOS.recv_async("go", timeout_seconds=DAY)
            return await effect(n + 1 + int(told)) + 1

        self._five: Workflow = all_five if every else five
        self._fan: Workflow = fan
        self._wait: Workflow = wait
        self._every: bool = every

    @property
    def about(self) -> About:
        return About(
            engine="DBOS",
            packages=["dbos", "sqlalchemy", "psycopg"],
            records=f"the run, each {'step' if self._every else 'effect'}'s outcome, the end",
            durability=(
                "PostgreSQL's defaults"
                if self._opening["database"]
                else f"SQLite, WAL, synchronous={self._opening['synchronous'].upper()}, by an "
                "engine handed to it (on its own it keeps a rollback journal)"
            ),
            queue=f"its queue, {RUNS_AT_ONCE} at once, polled every {POLL:g} s (its default: 1 s)",
        )

    async def five(self, n: int) -> int:
        return await self._five(n)

    async def fan(self, n: int) -> int:
        return await self._fan(n)

    async def start(self, n: int) -> Awaitable[int]:
        return (await DBOS.start_workflow_async(self._five, n)).get_result()

    async def queue(self, n: int) -> Awaitable[int]:
        handle = await DBOS.enqueue_workflow_async("bench", self._five, n)
        return handle.get_result(polling_interval_sec=POLL)

    async def wait(self, first: int, after: int) -> None:
        gate = asyncio.Semaphore(STARTS_AT_ONCE)

        async def one(n: int) -> None:
            async with gate:
                with SetWorkflowID(f"wait-{n}"):
                    _ = await DBOS.start_workflow_async(self._wait, n)

        async with asyncio.TaskGroup() as group:
            for n in range(first, after):
                _ = group.create_task(one(n))

    async def waiting(self) -> int:
        listed = await DBOS.list_workflows_async(
            name="wait", status="PENDING", load_input=False, load_output=False
        )
        return len(listed)

    async def answer(self, n: int) -> int:
        await DBOS.send_async(f"wait-{n}", 2, "go")
        handle = await DBOS.retrieve_workflow_async(f"wait-{n}")
        return await handle.get_result(polling_interval_sec=POLL)


def _sqlite(file: Path, synchronous: str) -> sa.Engine:
    engine = sa.create_engine(
        f"sqlite:///{file}",
        pool_size=CONNECTIONS,
        max_overflow=0,
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "busy_timeout=30000",
            "foreign_keys=ON",
        ):
            _ = connection.execute(f"PRAGMA {pragma}")

    return engine


@asynccontextmanager
async def open_driver(opening: Opening, tally: Tally) -> AsyncGenerator[Driver]:
    file = Path(opening["folder"]) / "dbos.db"
    config: DBOSConfig = {
        "name": "bench",
        "application_version": "1",
        "executor_id": "bench",
        "system_database_url": opening["database"] or f"sqlite:///{file}",
        "log_level": "CRITICAL",
    }
    if not opening["database"]:
        config["system_database_engine"] = _sqlite(file, opening["synchronous"])
    _ = DBOS(config=config)
    driver = Driver(opening, tally)
    DBOS.launch()
    _ = await DBOS.register_queue_async(
        "bench", worker_concurrency=RUNS_AT_ONCE, polling_interval_sec=POLL
    )
    try:
        yield driver
    finally:
        await asyncio.to_thread(DBOS.destroy)


if __name__ == "__main__":
    main(open_driver)
