"""An event loop whose time passes only where everybody waits: an hour takes no time."""

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

T = TypeVar("T")


class Stuck(Exception):
    """Everybody waits and nobody will ever go on."""


class _Selector(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.passed: float = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Stuck
        self.passed += max(timeout, 0.0)
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._simulated: _Selector = _Selector()
        super().__init__(self._simulated)

    def time(self) -> float:
        return self._simulated.passed


def simulate(work: Callable[[], Awaitable[T]]) -> T:
    """Run it to its end; raises Stuck."""
    return anyio.run(work, backend_options={"loop_factory": SimulatedLoop})
