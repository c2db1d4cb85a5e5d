"""One timer for all the deadlines of a connection."""

import asyncio
import math
from collections.abc import Callable
from typing import final

_TICK = 0.001
"""Seconds. Uvloop's clock has milliseconds, and its timers ring up to half of one early."""


@final
class Deadline:
    """A timer that is armed anew only when it rings too early, or has to ring earlier.

    Deadlines are moved with every piece that arrives and are hardly ever reached: so to move one
    further away is an assignment.
    """

    __slots__ = ("_armed", "_loop", "_ring", "_timer", "at")

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop: asyncio.AbstractEventLoop = loop
        self._ring: Callable[[], None] = ring
        self._timer: asyncio.TimerHandle | None = None
        self._armed: float = math.inf
        self.at: float = math.inf

    def move(self, at: float) -> None:
        """`at` is on the loop's clock."""
        self.at = at
        if at < self._armed:
            self._arm(at)

    def cancel(self) -> None:
        self.at = self._armed = math.inf
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._armed = at
        self._timer = self._loop.call_at(at, self._rings)

    def _rings(self) -> None:
        self._timer, self._armed = None, math.inf
        if self._loop.time() + _TICK >= self.at:
            self.at = math.inf
            self._ring()
        elif self.at < math.inf:
            self._arm(self.at)
