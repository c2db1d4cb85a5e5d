"""A command of the machine's own, run in a thread, with bounds on its output and its time."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import anyio.to_thread

from podium.adapters.processes.streams import Bounded, Output, close, pump

_GRACE = 2.0


@dataclass(frozen=True, slots=True)
class Done:
    """`code` is negative where a signal ended it: ours, if the output is late or too long."""

    code: int
    output: Output


class Command:
    """Trusted, unlike a program of a workflow: it has podium's environment and rights."""

    def __init__(self, words: Sequence[str], stdin: bytes, *, most: int, seconds: float) -> None:
        self._words: Sequence[str] = words
        self._stdin: bytes = stdin
        self._most: int = most
        self._seconds: float = seconds
        self._lock: threading.Lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended: bool = False

    async def run(self) -> Done:
        """Raises FileNotFoundError, PermissionError where there is no such command."""
        try:
            return await anyio.to_thread.run_sync(self._run, abandon_on_cancel=True)
        finally:
            self._end()

    def _run(self) -> Done:
        with self._lock:
            if self._ended:
                return Done(-signal.SIGKILL, Output())
            process = subprocess.Popen(  # noqa: S603 - the operator's container engine
                self._words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
            self._process = process
        try:
            ends = time.monotonic() + self._seconds
            output = pump(process, self._stdin, Bounded(self._most, ends))
            if not output.late and not output.too_long:
                with suppress(subprocess.TimeoutExpired):
                    _ = process.wait(_GRACE)
            return Done(self._reaped(process), output)
        finally:
            _ = self._reaped(process)
            close(process)

    def _reaped(self, process: "subprocess.Popen[bytes]") -> int:
        self._end()
        code = process.wait()
        with self._lock:
            self._process = None
        return code

    def _end(self) -> None:
        with self._lock, suppress(ProcessLookupError):
            self._ended = True
            if self._process is not None and self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)
