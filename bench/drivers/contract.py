"""What the scenarios want of a driver, and what `bench.run` is told of a peer."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Protocol, TypeAlias, TypedDict

WIDTH = 20
"""Branches of the fan-out."""

CALLS = 2
"""Effects of the five steps."""

ADDED = 5
"""Each of the five steps adds one to the number it is given."""


class Opening(TypedDict):
    """`database` is empty for a file in `folder`, or a PostgreSQL URL."""

    folder: str
    database: str
    synchronous: str
    options: Mapping[str, str]


class Tally:
    """The effect: it counts, in the driver's own process, and notes when it first happened."""

    def __init__(self) -> None:
        self.count: int = 0
        self.first: float | None = None

    def arm(self) -> None:
        self.first = None

    def __call__(self, n: int) -> int:
        if self.first is None:
            self.first = time.perf_counter()
        self.count += 1
        return n + 1


@dataclass(frozen=True)
class About:
    """Of whom the figures are. `records` says what is durable after which step."""

    engine: str
    packages: Sequence[str]
    records: str
    durability: str
    queue: str
    servers: Mapping[str, str] = field(default_factory=dict)

    def shown(self) -> dict[str, object]:
        versions = {name: version(name) for name in self.packages} | dict(self.servers)
        return {
            "engine": self.engine,
            "versions": versions,
            "records": self.records,
            "durability": self.durability,
            "queue": self.queue,
        }


class Engine(Protocol):
    """One peer, opened. Each run is a new durable run of its engine."""

    @property
    def about(self) -> About: ...

    async def five(self, n: int) -> int:
        """Start a run of five steps, of which two are effects, and wait for its output."""
        ...

    async def fan(self, n: int) -> int:
        """Start a run of 20 effects at once, joined; wait, and answer how many there were."""
        ...

    async def start(self, n: int) -> Awaitable[int]:
        """Start a run of five steps without waiting for it; await the answer to wait."""
        ...

    async def queue(self, n: int) -> Awaitable[int]:
        """The same through the engine's queue, where starting goes past it."""
        ...


class Waits(Protocol):
    """An engine whose runs can wait for a message, told by number."""

    async def wait(self, first: int, after: int) -> None:
        """Start runs numbered from `first` to before `after` and return when all of them wait."""
        ...

    async def waiting(self) -> int:
        """How many runs the engine has that wait."""
        ...

    async def answer(self, n: int) -> int:
        """Send run `n` its message and wait for its output, `n` + 5."""
        ...


Open: TypeAlias = Callable[[Opening, Tally], AbstractAsyncContextManager[Engine]]


class WrongError(Exception):
    """A peer did not do the work."""
