"""Starts MCP servers behind walls, with nothing in their environment but what a document gives.

The walls are those of scripts and shell commands (`adapters/processes`): no network unless
granted, the system's programs and no other files, a folder that is empty and gone at the end.
"""

import os
import platform
import shutil
import signal
import socket
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

import anyio
from anyio.abc import ByteReceiveStream
from anyio.abc import Process as Started

from podium.adapters.http.errors import BrokenOff
from podium.adapters.processes.child import launcher
from podium.adapters.processes.interpreters import PATH, seen
from podium.adapters.processes.plan import Plan, Report, encoded, read_report
from podium.adapters.processes.sandbox import Limits, Reach
from podium.kernel.errors import Invalid, LimitReached, NotFound, PodiumError, Refused, TimedOut
from podium.workflows.calls.mcp import StdioServer

_CHUNK: Final = 65_536
_TAIL: Final = 2_000
_FAREWELL: Final = 1.0
"""Seconds for a server to go once its input has ended, and for its launcher after that."""
_REPORT: Final = 4_096


class ServerProcess:
    """The streams of one server. `ended` says why there is nothing more to read."""

    def __init__(self, process: Started, channel: socket.socket, server: StdioServer) -> None:
        self._process: Started = process
        self._channel: socket.socket = channel
        self._what: str = f"The MCP server '{server.command}'"
        self._said: bytes = b""

    async def write(self, data: bytes) -> None:
        """Raises BrokenOff where it reads no more."""
        stdin = self._process.stdin
        try:
            if stdin is not None:
                await stdin.send(data)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            raise await self.ended() from None

    async def read(self) -> bytes:
        return await _received(self._process.stdout)

    async def listen(self) -> None:
        """Keeps the end of what it writes to its standard error, for whoever asks why it ended."""
        while piece := await _received(self._process.stderr):
            self._said = (self._said + piece)[-_TAIL:]

    async def ended(self) -> PodiumError:
        report: Report = {}
        with anyio.move_on_after(_FAREWELL):
            await anyio.wait_readable(self._channel)
            told = self._channel.recv(_REPORT)
            report = read_report(told) if told else {"signal": signal.SIGKILL}
        said = " ".join(self._said.decode(errors="replace").split())
        kind, why = _why(report)
        return kind(f"{self._what} {why}.{f' It said last: {said}' if said else ''}")


_ENDS: Final[Mapping[str, tuple[type[PodiumError], str]]] = {
    "walls": (
        Refused,
        "was not started: this machine cannot wall it in ({}). Use the transport `http`",
    ),
    "start": (NotFound, "could not be started: {}"),
    "over seconds": (TimedOut, "was stopped: its time was over"),
    "over memory": (
        LimitReached,
        "was stopped: it took more memory than processes.max_memory_bytes in podium.yaml gives",
    ),
    "code": (BrokenOff, "ended with code {} before it answered"),
    "signal": (BrokenOff, "was ended by signal {} before it answered"),
    "": (BrokenOff, "closed its output before it answered"),
}


def _why(report: Report) -> tuple[type[PodiumError], str]:
    name, value = next(iter(report.items()), ("", ""))
    kind, said = _ENDS.get(f"{name} {value}" if name == "over" else name, _ENDS[""])
    return kind, said.format(value)


class McpProcesses:
    """The port Processes of `protocols.mcp`. A few at a time; the others wait for their turn."""

    def __init__(self, limits: Limits, reach: Reach) -> None:
        self._limits: Limits = limits
        self._reach: Reach = reach
        self._turns: anyio.Semaphore = anyio.Semaphore(limits.at_once)

    @asynccontextmanager
    async def started(self, server: StdioServer, seconds: float) -> AsyncGenerator[ServerProcess]:
        plan = self._plan(server, min(seconds, self._limits.seconds))
        async with self._turns:
            channel, theirs = socket.socketpair()
            with channel, theirs:
                channel.setblocking(False)
                process = await anyio.open_process(
                    launcher(theirs.fileno()),
                    cwd="/",
                    env={},
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
                theirs.close()
                try:
                    await _told(channel, plan)
                    found = ServerProcess(process, channel, server)
                    failed: PodiumError | None = None
                    async with anyio.create_task_group() as listening:
                        _ = listening.start_soon(found.listen)
                        try:
                            yield found
                        except PodiumError as error:
                            failed = error  # not inside of the group, which would wrap it
                        listening.cancel_scope.cancel()
                    if failed is not None:
                        raise failed
                finally:
                    with anyio.CancelScope(shield=True):
                        await _over(process, channel)

    def _plan(self, server: StdioServer, seconds: float) -> Plan:
        """Raises Refused, NotFound, Invalid."""
        what = f"The MCP server '{server.command}'"
        if platform.system() != "Linux":
            raise Refused(f"{what} was not started: only Linux can wall it in. Use `http`.")
        limits, reach = self._limits, self._reach
        readable, links = seen(reach.readable, network=reach.network)
        return {
            "command": [_found(server.command, what, [*readable, *links])],
            "arguments": [_word(each, what) for each in server.arguments],
            "environment": {"PATH": PATH, "HOME": "/tmp", **server.environment},  # noqa: S108 - its own
            "texts": {},
            "readable": readable,
            "links": links,
            "network": reach.network,
            "bounds": {
                "seconds": seconds,
                "cpu": max(1, round(limits.cpu)),
                "memory": limits.memory,
                "address_space": 0,
                "disk": limits.disk,
                "file": limits.disk,
                "files": limits.files,
                "processes": limits.processes,
            },
        }


def _found(command: str, what: str, within: Sequence[str]) -> str:
    """The program's path, which has to be among what a server sees."""
    path = shutil.which(_word(command, what), path=PATH)
    if path is None:
        raise NotFound(f"{what} is no program on {PATH}. Install it, or name its whole path.")
    if not any(path == each or path.startswith(f"{each}/") for each in within):
        raise Refused(
            f"{what} lies where servers do not see it. Add its folder to "
            "processes.readable in podium.yaml."
        )
    return path


def _word(text: str, what: str) -> str:
    if "\0" in text:
        raise Invalid(f"{what} has a word with a zero byte, which no command can hold.")
    return text


async def _received(stream: ByteReceiveStream | None) -> bytes:
    if stream is None:
        return b""
    try:
        return await stream.receive(_CHUNK)
    except (anyio.EndOfStream, anyio.ClosedResourceError, anyio.BrokenResourceError):
        return b""


async def _told(channel: socket.socket, plan: Plan) -> None:
    left = memoryview(encoded(plan))
    while left:
        await anyio.wait_writable(channel)
        with suppress(BlockingIOError):
            left = left[channel.send(left) :]


async def _over(process: Started, channel: socket.socket) -> None:
    """Let the server go by itself; then let its launcher end it; then the launcher too."""
    if process.stdin is not None:
        await process.stdin.aclose()
    with anyio.move_on_after(_FAREWELL):
        _ = await process.wait()
    with suppress(OSError):
        channel.shutdown(socket.SHUT_RDWR)
    with anyio.move_on_after(_FAREWELL):
        _ = await process.wait()
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        _ = await process.wait()
    await process.aclose()
