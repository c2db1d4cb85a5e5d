"""Prefect: its server in a process of its own, flows and tasks in this one."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from bench.drivers.contract import WIDTH, About, Opening, Tally
from bench.drivers.driving import main
from bench.drivers.servers import free_port, server

RUNS_AT_ONCE = 50


Flow = Callable[[int], Coroutine[Any, Any, int]]


class Driver:
    def __init__(self, opening: Opening, five: Flow, fan: Flow) -> None:
        self._opening: Opening = opening
        self._five: Flow = five
        self._fan: Flow = fan
        self._gate: asyncio.Semaphore = asyncio.Semaphore(RUNS_AT_ONCE)

    @property
    def about(self) -> About:
        return About(
            engine="Prefect",
            packages=["prefect"],
            records="each state of the flow and of its two tasks at its server; their results in "
            "files. A flow that was interrupted is started again by a person or an automation",
            durability=(
                "PostgreSQL's defaults"
                if self._opening["database"]
                else "SQLite, WAL, synchronous=NORMAL (it has no other)"
            ),
            queue=f"in this process, {RUNS_AT_ONCE} flows at once by a semaphore",
        )

    async def five(self, n: int) -> int:
        return await self._five(n)

    async def fan(self, n: int) -> int:
        return await self._fan(n)

    async def start(self, n: int) -> Awaitable[int]:
        return asyncio.ensure_future(self._gated(n))

    queue = start

    async def _gated(self, n: int) -> int:
        async with self._gate:
            return await self._five(n)


def _driver(opening: Opening, tally: Tally) -> Driver:
    # Prefect reads its environment when it is imported.
    from prefect import flow, task  # noqa: PLC0415

    @task(persist_result=True)
    async def effect(n: int) -> int:
        return tally(n)

    @flow(persist_result=True)
    async def five(n: int) -> int:
        return await effect(await effect(n + 1) + 1) + 1

    @flow(persist_result=True)
    async def fan(n: int) -> int:
        # What its documentation shows for async tasks.
        return len(await asyncio.gather(*(effect(n + i) for i in range(WIDTH))))

    return Driver(opening, five, fan)


def _environment(opening: Opening, port: int) -> dict[str, str]:
    folder, database = opening["folder"], {}
    if opening["database"]:
        url = opening["database"].replace("postgresql:", "postgresql+asyncpg:")
        database["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = url
    return database | {
        "PREFECT_HOME": str(Path(folder) / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "ERROR",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


@asynccontextmanager
async def open_driver(opening: Opening, tally: Tally) -> AsyncGenerator[Driver]:
    port, folder = free_port(), opening["folder"]
    environment = _environment(opening, port)
    os.environ |= environment
    started = await server(
        sys.executable,
        *("-m", "prefect", "server", "start", "--no-ui", "--port", str(port)),
        *("--host", "127.0.0.1"),
        folder=folder,
        environment=environment,
    )
    try:
        async with httpx.AsyncClient(base_url=environment["PREFECT_API_URL"]) as client:

            async def ready() -> bool:
                try:
                    return (await client.get("/health")).is_success
                except httpx.HTTPError:
                    return False

            await started.until(ready)
        yield _driver(opening, tally)
    finally:
        await started.stop()


if __name__ == "__main__":
    main(open_driver)
