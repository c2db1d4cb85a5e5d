"""The streams of a process, fed and read at once and within bounds, in a thread of their own."""

import os
import selectors
import subprocess
import time
from dataclasses import dataclass, field
from typing import IO, Final

_CHUNK: Final = 1 << 16
STDOUT: Final = "stdout"
STDERR: Final = "stderr"


@dataclass(slots=True)
class Output:
    """What has been read. `too_long` names the stream that had more than it may, or is empty;
    `late` says that the time was over first. `told` came over the channel.
    """

    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    told: bytearray = field(default_factory=bytearray)
    too_long: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Bounded:
    """`most` bytes of each stream, until `ends` on the monotonic clock."""

    most: int
    ends: float


def pump(
    process: subprocess.Popen[bytes], stdin: bytes, bounded: Bounded, *, channel: int | None = None
) -> Output:
    """Until each stream is at its end, one is too long, or the time is over."""
    out = Output()
    sinks = {_descriptor(process.stdout): out.stdout, _descriptor(process.stderr): out.stderr}
    names = dict(zip(sinks, (STDOUT, STDERR), strict=True))
    if channel is not None:
        sinks[channel] = out.told
    feed = _Feed(process.stdin, memoryview(stdin))
    with selectors.DefaultSelector() as selector:
        for descriptor in sinks:
            _ = selector.register(descriptor, selectors.EVENT_READ)
        _ = selector.register(feed.descriptor, selectors.EVENT_WRITE)
        while sinks and not out.too_long:
            left = bounded.ends - time.monotonic()
            if left <= 0:
                out.late = True
                break
            for key, _ in selector.select(left):
                if key.fd == feed.descriptor:
                    feed.some(selector)
                elif not _read(key.fd, sinks[key.fd]):
                    _ = selector.unregister(key.fd)
                    del sinks[key.fd]
            long = (names[each] for each in sinks.keys() & names if len(sinks[each]) > bounded.most)
            out.too_long = next(long, "")
    return out


def _read(descriptor: int, sink: bytearray) -> bool:
    """False at the end."""
    try:
        part = os.read(descriptor, _CHUNK)
    except ConnectionResetError:
        return False
    sink += part
    return bool(part)


class _Feed:
    def __init__(self, pipe: IO[bytes] | None, left: memoryview) -> None:
        self._pipe: IO[bytes] | None = pipe
        self._left: memoryview = left
        self.descriptor: int = _descriptor(pipe)
        os.set_blocking(self.descriptor, False)

    def some(self, selector: selectors.BaseSelector) -> None:
        """Write what fits; close the pipe when all is written, or nobody reads it."""
        try:
            if self._left:
                self._left = self._left[os.write(self.descriptor, self._left[:_CHUNK]) :]
        except BrokenPipeError:
            self._left = memoryview(b"")
        if not self._left and self._pipe is not None:
            _ = selector.unregister(self.descriptor)
            self._pipe.close()


def _descriptor(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        raise ValueError("The process was started without pipes.")
    return pipe.fileno()


def close(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
