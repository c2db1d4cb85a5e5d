"""How much memory processes hold. Standard library only: the launcher's."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

_HELD: Final = (b"RssAnon:", b"RssShmem:")
_UNIT: Final = 1024


def resident(processes: Iterable[int]) -> int:
    """Bytes that are theirs: what they share with files, such as libraries, is not counted."""
    return sum(map(_held, processes))


def _held(process: int) -> int:
    found = 0
    with suppress(OSError), open(f"/proc/{process}/status", "rb") as file:
        for line in file:
            if line.startswith(_HELD):
                found += int(line.split()[1]) * _UNIT
    return found


def descendants(process: int) -> Iterator[int]:
    """Everything that it started, and what those started, as far as they live.

    Raises FileNotFoundError where the kernel does not list children.
    """
    with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as file:
        children = [int(each) for each in file.read().split()]
    for child in children:
        yield child
        with suppress(OSError):
            yield from descendants(child)


def lists_children() -> bool:
    return os.path.exists(f"/proc/self/task/{os.getpid()}/children")
