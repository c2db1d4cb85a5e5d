"""The launcher as podium sees it: its streams, its channel, its end."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from podium.adapters.processes.plan import Plan, Report, encoded, read_report
from podium.adapters.processes.streams import Bounded, Output, close, pump

_ROOT: Final = str(Path(__file__).parents[3])
_START: Final = (
    "import sys; sys.path.append(sys.argv.pop()); "
    "from podium.adapters.processes.launcher import main; main()"
)
_GRACE: Final = 5.0
"""Seconds that the launcher may take longer than a program before it is ended itself."""


@dataclass(frozen=True, slots=True)
class Seen:
    report: Report
    output: Output


class Child:
    """One launcher and its program. `run` blocks; `end` may be called from any thread, at any
    time: what has not been started then never is.
    """

    def __init__(self, plan: Plan, stdin: bytes, *, most: int) -> None:
        self._plan: Plan = plan
        self._stdin: bytes = stdin
        self._most: int = most
        self._lock: threading.Lock = threading.Lock()
        self._channel: socket.socket | None = None
        self._ended: bool = False

    def end(self) -> None:
        """The launcher sees the channel close, and kills."""
        with self._lock, suppress(OSError):
            self._ended = True
            if self._channel is not None:
                self._channel.shutdown(socket.SHUT_RDWR)

    def run(self) -> Seen:
        channel, theirs = socket.socketpair()
        with channel, theirs:
            with self._lock:
                if self._ended:
                    return Seen({"signal": signal.SIGKILL}, Output())
                self._channel = channel
            process = _start(theirs)
            try:
                with suppress(OSError):
                    channel.sendall(encoded(self._plan))
                ends = time.monotonic() + self._plan["bounds"]["seconds"] + _GRACE
                bounded = Bounded(self._most, ends)
                output = pump(process, self._stdin, bounded, channel=channel.fileno())
                return Seen(_report(output), output)
            finally:
                self.end()
                _reap(process)


def launcher(descriptor: int) -> list[str]:
    """The command that starts a launcher; `descriptor` is its end of the channel."""
    return [sys.executable, "-I", "-S", "-c", _START, str(descriptor), _ROOT]


def _start(theirs: socket.socket) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(  # noqa: S603 - our own code
        launcher(theirs.fileno()),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        cwd="/",
        env={},
        pass_fds=[theirs.fileno()],
        start_new_session=True,
    )
    theirs.close()
    return process


def _report(output: Output) -> Report:
    """What the launcher told; without a word it was killed."""
    if output.late:
        return {"over": "seconds"}
    return read_report(bytes(output.told)) if output.told else {"signal": signal.SIGKILL}


def _reap(process: subprocess.Popen[bytes]) -> None:
    close(process)
    try:
        _ = process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        _ = process.wait()
