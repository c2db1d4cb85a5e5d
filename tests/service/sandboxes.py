"""Sandboxes for tests, and what is left of the programs that ran in them."""

import os
import shutil
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import pytest
from tests.pace import HANGS

from podium.adapters.processes.sandbox import Limits, Reach, Sandbox
from podium.kernel.errors import Refused
from podium.workflows.calls.processes import Ended, Language, Process

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="no node on the PATH")
SMALL = Limits(seconds=HANGS, cpu=20.0, memory=256 << 20, disk=16 << 20, processes=32)


@asynccontextmanager
async def opened(limits: Limits = SMALL, reach: Reach | None = None) -> AsyncGenerator[Sandbox]:
    """Skips the test where the machine has no namespaces to make walls of."""
    async with Sandbox(limits, reach or Reach()) as sandbox:
        try:
            _ = await sandbox.run(shell("true"), seconds=HANGS)
        except Refused as refused:
            pytest.skip(refused.message)
        yield sandbox


def shell(command: str, *arguments: str, **more: object) -> Process:
    return Process(Language.SHELL, command, arguments, **more)  # pyright: ignore[reportArgumentType]


def python(code: str, *arguments: str, **more: object) -> Process:
    return Process(Language.PYTHON, code, arguments, **more)  # pyright: ignore[reportArgumentType]


def js(code: str, *arguments: str, **more: object) -> Process:
    return Process(Language.JS, code, arguments, **more)  # pyright: ignore[reportArgumentType]


async def ran(sandbox: Sandbox, process: Process, *, seconds: float = HANGS) -> Ended:
    return await sandbox.run(process, seconds=seconds)


def alive(mark: str) -> list[int]:
    """Processes of the machine with `mark` in their command line."""
    found: list[int] = []
    for process in Path("/proc").iterdir():
        with suppress(OSError):
            words = (process / "cmdline").read_bytes() if process.name.isdecimal() else b""
            if mark.encode() in words and int(process.name) != os.getpid():
                found.append(int(process.name))
    return found


async def gone(mark: str, *, seconds: float = HANGS) -> bool:
    """Whether none is left soon. What is left is killed, so that a failing test leaves nothing."""
    with anyio.move_on_after(seconds):
        while alive(mark):  # noqa: ASYNC110 - other people's processes tell nobody that they end
            await anyio.sleep(0.02)
        return True
    for process in alive(mark):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    return False


async def seen(mark: str, *, seconds: float = HANGS) -> bool:
    with anyio.move_on_after(seconds):
        while not alive(mark):  # noqa: ASYNC110 - nor that they begin
            await anyio.sleep(0.02)
        return True
    return False
