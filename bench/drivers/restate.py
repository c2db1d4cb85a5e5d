"""Restate: its npm server, and a service in this process over HTTP/2."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import restate
from hypercorn.asyncio import serve
from hypercorn.config import Config

from bench.drivers.contract import WIDTH, About, Opening, Tally
from bench.drivers.driving import main
from bench.drivers.servers import free_port, server

LONG = 600.0


def _service(tally: Tally) -> restate.Service:
    service = restate.Service("Bench")

    def effect(n: int) -> int:
        return tally(n)

    @service.handler()
    async def five(ctx: restate.Context, n: int) -> int:
        n = await ctx.run_typed("second", effect, n=n + 1)
        n = await ctx.run_typed("fourth", effect, n=n + 1)
        return n + 1

    @service.handler()
    async def fan(ctx: restate.Context, n: int) -> int:
        branches = [ctx.run_typed(f"b{i}", effect, n=n + i) for i in range(WIDTH)]
        return len(await restate.gather(*branches))

    return service


class Driver:
    def __init__(self, opening: Opening, ingress: httpx.AsyncClient, version: str) -> None:
        self._opening: Opening = opening
        self._ingress: httpx.AsyncClient = ingress
        self._version: str = version

    @property
    def about(self) -> About:
        synced = self._opening["synchronous"] == "full"
        return About(
            engine="Restate",
            packages=["restate-sdk", "hypercorn", "httpx"],
            records="each entry of a run's journal: input, effect's outcome, output",
            durability=f"its own log on RocksDB, {'with' if synced else 'without'} fsync",
            queue="its log; its invoker takes up to 1,000 runs at once",
            servers={"restate-server": self._version},
        )

    async def five(self, n: int) -> int:
        return await self._call("five", n)

    async def fan(self, n: int) -> int:
        return await self._call("fan", n)

    async def start(self, n: int) -> Awaitable[int]:
        answer = await self._ingress.post("/Bench/five/send", json=n)
        return self._attached(answer.raise_for_status().json()["invocationId"])

    queue = start

    async def _call(self, handler: str, n: int) -> int:
        answer = await self._ingress.post(f"/Bench/{handler}", json=n)
        return int(answer.raise_for_status().json())

    async def _attached(self, run: str) -> int:
        answer = await self._ingress.get(f"/restate/invocation/{run}/attach")
        return int(answer.raise_for_status().json())


@asynccontextmanager
async def _serving(tally: Tally) -> AsyncGenerator[int]:
    port, ends, config = free_port(), asyncio.Event(), Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.accesslog = config.errorlog = None
    config.h2_max_concurrent_streams = 2147483647  # what Restate's documentation sets
    config.keep_alive_timeout = 2147483647
    async with asyncio.TaskGroup() as group:
        app = restate.app(services=[_service(tally)])
        _ = group.create_task(serve(app, config, shutdown_trigger=ends.wait))
        try:
            yield port
        finally:
            ends.set()


def _environment(opening: Opening, ports: dict[str, int]) -> dict[str, str]:
    folder = opening["folder"]
    return {
        "RESTATE_BASE_DIR": str(Path(folder) / "restate"),
        "RESTATE_NODE_NAME": "bench",
        "RESTATE_LISTEN_MODE": "tcp",
        "RESTATE_BIND_IP": "127.0.0.1",
        "RESTATE_BIND_PORT": str(ports["node"]),
        "RESTATE_ADMIN__BIND_PORT": str(ports["admin"]),
        "RESTATE_INGRESS__BIND_PORT": str(ports["ingress"]),
        "RESTATE_DISABLE_TELEMETRY": "true",
        "RESTATE_LOG_FILTER": "error",
        "RESTATE_LOG_SERVER__ROCKSDB_DISABLE_WAL_FSYNC": str(
            opening["synchronous"] != "full"
        ).lower(),
        "DO_NOT_TRACK": "1",
    }


@asynccontextmanager
async def open_driver(opening: Opening, tally: Tally) -> AsyncGenerator[Driver]:
    program = opening["options"]["server"]
    if not Path(program).is_file():
        raise RuntimeError(f"{program} is not there: npm installs it.")
    ports = {name: free_port() for name in ("node", "admin", "ingress")}
    started = await server(
        program, folder=opening["folder"], environment=_environment(opening, ports)
    )
    try:
        async with (
            _serving(tally) as port,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports['admin']}", timeout=30) as admin,
            httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{ports['ingress']}",
                timeout=LONG,
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
            ) as ingress,
        ):

            async def ready() -> bool:
                try:
                    healthy = await admin.get("/health")
                    open_ = await ingress.get("/restate/health")
                except httpx.HTTPError:
                    return False
                return healthy.is_success and open_.is_success

            await started.until(ready)
            deployed = await admin.post("/deployments", json={"uri": f"http://127.0.0.1:{port}"})
            _ = deployed.raise_for_status()
            yield Driver(opening, ingress, await _version(program))
    finally:
        await started.stop()


async def _version(program: str) -> str:
    asked = await asyncio.create_subprocess_exec(
        program, "--version", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asked.communicate()
    return out.decode().split()[-1]


if __name__ == "__main__":
    main(open_driver)
