"""Servers that some peers need beside the driver's process."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def server(*command: str, folder: str, environment: Mapping[str, str]) -> "Server":
    """Start a peer's server; what it says goes to a file in the folder."""
    log = (Path(folder) / "server.log").open("ab")
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=dict(os.environ) | dict(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )
    return Server(process, Path(folder) / "server.log")


@dataclass(frozen=True)
class Server:
    process: asyncio.subprocess.Process
    log: Path

    async def until(self, ready: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
        ends = time.monotonic() + seconds
        while not await ready():
            if self.process.returncode is not None or time.monotonic() > ends:
                said = self.log.read_text("utf-8", "replace")[-400:]
                raise RuntimeError(f"The server did not come up: {said}")
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        if self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            _ = await asyncio.wait_for(self.process.wait(), 10)
        except TimeoutError:
            self.process.kill()
            _ = await self.process.wait()
