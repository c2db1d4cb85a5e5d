"""What tests allow a machine that is slow, busy, or both.

Seconds of the wall tell what hangs from what lives, and nothing finer. Seconds of the processor
tell linear from quadratic; a neighbour that shares caches or cores costs those too. So bounds are
written for the machine that they were chosen on, and one that is slower at that moment has more.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

HANGS: Final = 60.0
"""Seconds of the wall. What takes one or two everywhere hangs when it takes these."""
_FIGURES: Final = 0.012
"""Seconds of the processor that `_reference` took where bounds were chosen."""


@contextmanager
def within(seconds: float) -> Generator[None]:
    """Holds what this thread does to so many seconds of the processor; for wide bounds."""
    began = time.thread_time()
    yield
    took = time.thread_time() - began
    assert took < seconds or took / slowness() < seconds, f"{took:.2f} s of the processor"


def at_best(work: Callable[[], object], *, within: float, tries: int = 4) -> float:
    """Seconds of the processor that `work` takes in this thread at best; for narrow bounds.

    The first try `within` the bound is the last.
    """
    best = float("inf")
    for _ in range(tries):
        began = time.thread_time()
        _ = work()
        took = time.thread_time() - began
        best = min(best, took if took < within else took / slowness())
        if best < within:
            break
    return best


def slowness() -> float:
    """How many times slower this machine computes just now than that one; 1 on a faster one."""
    return max(1.0, sum(_reference() for _ in range(8)) / 8 / _FIGURES)


def _reference() -> float:
    began = time.thread_time()
    table: dict[str, int] = {}
    for number in range(100_000):
        table[str(number % 5_000)] = number
    return time.thread_time() - began
