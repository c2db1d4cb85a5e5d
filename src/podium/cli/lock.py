"""One process serves a state folder: it holds an flock on `lock`, which ends with the process.

So a file that a killed process left behind locks nothing; its text is only a name plate.
"""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from podium.kernel.errors import Conflict


class Holder(msgspec.Struct, frozen=True):
    """Who holds the lock; `command` is the word after `podium`."""

    pid: int
    url: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    descriptor: int

    def sign(self, holder: Holder) -> None:
        """Write the name plate, for whoever is refused the lock."""
        text = msgspec.json.encode(holder)
        _ = os.pwrite(self.descriptor, text, 0)
        os.ftruncate(self.descriptor, len(text))


class Busy(Conflict):
    """Another process holds the lock."""

    def __init__(self, message: str, holder: Holder) -> None:
        super().__init__(message)
        self.holder: Holder = holder


@contextmanager
def held(path: Path, *, command: str) -> Generator[Held]:
    """Hold the lock. Raises Busy at once where another process does."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _busy(path, descriptor) from error
        lock = Held(descriptor)
        lock.sign(Holder(os.getpid(), command=command))
        yield lock
    finally:
        os.close(descriptor)


def _busy(path: Path, descriptor: int) -> Busy:
    holder = _plate(os.pread(descriptor, 4096, 0))
    place = f" at {holder.url}" if holder.url else ""
    what = f"`podium {holder.command}`" if holder.command else "podium"
    return Busy(
        f"{what} already serves the folder {path.parent}{place} (process {holder.pid}). "
        f"Use that one, end it with `kill {holder.pid}`, or choose another folder with --home.",
        holder,
    )


def _plate(text: bytes) -> Holder:
    """What is written on it; process 0 in the moment between locking and writing."""
    try:
        return msgspec.json.decode(text, type=Holder)
    except msgspec.DecodeError:
        return Holder(0)
