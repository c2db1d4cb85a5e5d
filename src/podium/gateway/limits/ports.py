"""What the limits need from outside: the counters that processes share, and what was spent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from msgspec import Struct

from podium.gateway.limits.rules import Scope
from podium.kernel.money import NOTHING, NanoUsd


@dataclass(frozen=True, slots=True)
class AskRate:
    """For more of what may be used within the second.

    `used` corrects, by slot, what was counted before: positive where more was used, negative for
    what is given back. Less than `least` is no use.
    """

    name: str
    limit: int
    wanted: int
    least: int
    used: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class AskPool:
    """For more of what is held for a while. `held` is what calls under way hold now, `spent` what
    was used up for good since the last time.

    `before` is what was spent until now where the store knows nothing of it; None: it is not known
    here either, and the store says so. `ends` is when the pool is of no interest any more, in
    seconds since 1970; 0: as soon as nobody holds anything.
    """

    name: str
    limit: int
    wanted: int
    least: int
    held: int
    spent: int
    before: int | None
    ends: float


Ask: TypeAlias = AskRate | AskPool


@dataclass(frozen=True, slots=True)
class Granted:
    """`granted` may be used for `lasts` seconds; `used` is what everybody uses, this included.

    Where nothing was granted, `wait` is how long until there is enough. `slot` names the second.
    """

    granted: int
    used: int
    lasts: float
    wait: float = 0.0
    slot: int = 0


@dataclass(frozen=True, slots=True)
class Unknown:
    """The store has no such pool: ask again, with what was spent before."""


Answer: TypeAlias = Granted | Unknown


class LimitStore(Protocol):
    """Counters that several processes share. `process` tells them apart."""

    async def exchange(self, process: str, asks: Sequence[Ask]) -> Sequence[Answer]:
        """Each ask is answered on its own, atomically. Raises Unavailable."""
        ...


class Payer(Struct, frozen=True, gc=False):
    """Who spent on what, on a day of UTC (days since 1970)."""

    day: int
    workspace: str
    user: str
    key: str
    team: str
    model: str


class Spent(Struct, frozen=True, gc=False):
    requests: int = 0
    tokens: int = 0
    cost: NanoUsd = NOTHING


class SpendingStore(Protocol):
    async def add(self, spent: Mapping[Payer, Spent]) -> None:
        """Add to what is stored, all in one transaction. Raises Unavailable."""
        ...

    async def total(self, scope: Scope, first: int, last: int) -> Spent:
        """What the calls of a scope cost from the first to the last day. Raises Unavailable."""
        ...
