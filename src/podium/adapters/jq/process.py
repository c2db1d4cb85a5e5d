"""One worker process and the pipe to it."""

import importlib.util
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Final, cast

import anyio

from podium.kernel.errors import Unavailable

_LENGTH: Final = struct.Struct(">I")
_CHUNK: Final = 1 << 20
_START_SECONDS: Final = 10


class Ended(Exception):
    """The worker closed its pipe; `signal` ended it, or 0."""

    def __init__(self, signal: int) -> None:
        super().__init__(f"signal {signal}")
        self.signal: int = signal


class Process:
    """Takes one request at a time; whoever is cancelled while it waits has to `kill` it."""

    def __init__(self, memory: int) -> None:
        worker = Path(__file__).with_name("worker.py")
        self._popen: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - our own file
            [sys.executable, "-I", "-S", str(worker), extension(), str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env={"TZ": "UTC"},
            start_new_session=True,
        )
        if self._popen.stdin is None or self._popen.stdout is None:
            raise Unavailable("The jq worker has no pipes.")
        self._in: int = self._popen.stdin.fileno()
        self._out: int = self._popen.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)

    @property
    def id(self) -> int:
        return self._popen.pid

    async def ready(self) -> None:
        try:
            with anyio.fail_after(_START_SECONDS):
                _ = await self._receive()
        except (TimeoutError, Ended) as error:
            raise Unavailable(

                    f"The jq worker did not start within {_START_SECONDS} s. "
                    "Check that the package 'jq' is installed and that processes may be started."

            ) from error

    async def ask(self, request: bytes) -> bytes:
        """The answer's status and body. Raises Ended."""
        await self._send(_LENGTH.pack(len(request)) + request)
        return await self._receive()

    async def _send(self, frame: bytes) -> None:
        left = memoryview(frame)
        while left:
            try:
                left = left[os.write(self._in, left) :]
            except BlockingIOError:
                await anyio.wait_writable(self._in)
            except BrokenPipeError:
                raise Ended(self._signal()) from None

    async def _receive(self) -> bytes:
        await anyio.wait_readable(self._out)
        buffer = bytearray(self._read())
        while len(buffer) < _LENGTH.size or len(buffer) < self._expected(buffer):
            await anyio.wait_readable(self._out)
            buffer += self._read()
        return bytes(buffer[_LENGTH.size :])

    def _expected(self, buffer: bytearray) -> int:
        (length,) = cast("tuple[int]", _LENGTH.unpack_from(buffer))
        return _LENGTH.size + length

    def _read(self) -> bytes:
        try:
            part = os.read(self._out, _CHUNK)
        except BlockingIOError:
            return b""
        if not part:
            raise Ended(self._signal())
        return part

    def _signal(self) -> int:
        """Which signal ended it. Its pipe is closed, so the end is at hand."""
        try:
            return -self._popen.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return 0

    def kill(self) -> None:
        self._popen.kill()
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe is not None:
                pipe.close()

    def reaped(self) -> bool:
        """True when the killed process has left the process table."""
        return self._popen.poll() is not None


def extension() -> str:
    """The file of the jq extension, found without loading it: this process never runs libjq."""
    spec = importlib.util.find_spec("jq")
    if spec is None or spec.origin is None:
        raise Unavailable("The package 'jq' is not installed. Install it: pip install jq.")
    return spec.origin
