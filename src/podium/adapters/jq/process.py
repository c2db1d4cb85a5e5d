"""One worker process and the pipes to it."""

import asyncio
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
_START_SECONDS: Final = 30.0


class Ended(Exception):
    """The worker closed its pipe; `signal` ended it, or 0."""

    def __init__(self, signal: int) -> None:
        super().__init__(f"signal {signal}")
        self.signal: int = signal


class Process:
    """Takes one request at a time; whoever is cancelled while it waits has to `kill` it.

    The answer is awaited on the event loop itself: one reader for the life of the process costs
    a third of what waiting for the pipe anew at each call does.
    """

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
        self._buffer: bytearray = bytearray()
        self._wanted: int = _LENGTH.size
        self._answer: asyncio.Future[bytes] | None = None
        self._reading: asyncio.AbstractEventLoop | None = None
        self.ended: bool = False

    @property
    def id(self) -> int:
        return self._popen.pid

    async def ready(self) -> None:
        self._reading = asyncio.get_running_loop()
        self._reading.add_reader(self._out, self._arrived)
        try:
            _ = await self._receive(_START_SECONDS)
        except (TimeoutError, Ended) as error:
            raise Unavailable(
                f"The jq worker did not start within {_START_SECONDS:g} s. Check the package 'jq'."
            ) from error

    async def ask(self, request: bytes, seconds: float) -> bytes:
        """The answer's status and body. Raises Ended, or TimeoutError after `seconds`."""
        frame = memoryview(_LENGTH.pack(len(request)) + request)
        while frame:
            try:
                frame = frame[os.write(self._in, frame) :]
            except BlockingIOError:
                with anyio.fail_after(seconds):
                    await anyio.wait_writable(self._in)
            except BrokenPipeError:
                raise Ended(self._signal()) from None
        return await self._receive(seconds)

    async def _receive(self, seconds: float) -> bytes:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bytes] = loop.create_future()
        self._answer = answer
        timer = loop.call_later(seconds, _late, answer)
        if self.ended:
            answer.set_exception(Ended(self._signal()))
        try:
            return await answer
        finally:
            timer.cancel()
            self._answer = None

    def _arrived(self) -> None:
        """Reads what there is; hands over the frame when it is whole."""
        try:
            part = os.read(self._out, _CHUNK)
        except BlockingIOError:
            return
        if not part:
            self._finish()
            return
        self._buffer += part
        if self._wanted == _LENGTH.size and len(self._buffer) >= _LENGTH.size:
            (length,) = cast("tuple[int]", _LENGTH.unpack_from(self._buffer))
            self._wanted += length
        if len(self._buffer) < self._wanted or self._wanted == _LENGTH.size:
            return
        frame = bytes(self._buffer[_LENGTH.size : self._wanted])
        del self._buffer[: self._wanted]
        self._wanted = _LENGTH.size
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(frame)

    def _finish(self) -> None:
        self.ended = True
        self._stop_reading()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Ended(self._signal()))

    def _stop_reading(self) -> None:
        if self._reading is not None:
            _ = self._reading.remove_reader(self._out)
            self._reading = None

    def _signal(self) -> int:
        """Which signal ended it. Its pipe is closed, so the end is at hand."""
        try:
            return -self._popen.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return 0

    def kill(self) -> None:
        self.ended = True
        self._stop_reading()
        self._popen.kill()
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe is not None:
                pipe.close()

    def reaped(self) -> bool:
        """True when the killed process has left the process table."""
        return self._popen.poll() is not None


def _late(answer: asyncio.Future[bytes]) -> None:
    if not answer.done():
        answer.set_exception(TimeoutError())


def extension() -> str:
    """The file of the jq extension, found without loading it: this process never runs libjq."""
    spec = importlib.util.find_spec("jq")
    if spec is None or spec.origin is None:
        raise Unavailable("The package 'jq' is not installed. Install it: pip install jq.")
    return spec.origin
