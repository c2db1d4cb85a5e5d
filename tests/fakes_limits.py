"""What limits are tested against: callers, spending in memory, a store that others share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import anyio.lowlevel

from podium.gateway.limits.memory import MemoryStore
from podium.gateway.limits.ports import Answer, Ask, Payer, Spent
from podium.gateway.limits.rules import Scope
from podium.identity.keys import Key
from podium.identity.limits import UNLIMITED, Limits
from podium.identity.principal import Principal
from podium.kernel.errors import Unavailable
from podium.kernel.ids import KeyId
from podium.kernel.money import NanoUsd
from tests.world import ANN, FakeClock

USD = 10**9


def caller(name: str = "ci", *, team: str = "", limits: Limits = UNLIMITED) -> Principal:
    return replace(ANN, key=Key(KeyId(f"key_{name}"), name, team, limits=limits))


def usd(amount: float) -> NanoUsd:
    return NanoUsd(int(amount * USD))


@dataclass
class MemorySpend:
    """A `SpendingStore`."""

    rows: dict[Payer, Spent] = field(default_factory=dict)
    is_away: bool = False

    async def add(self, spent: Mapping[Payer, Spent]) -> None:
        await anyio.lowlevel.checkpoint()
        if self.is_away:
            raise Unavailable("The database does not answer.")
        for payer, one in spent.items():
            had = self.rows.get(payer, Spent())
            self.rows[payer] = Spent(
                had.requests + one.requests,
                had.tokens + one.tokens,
                NanoUsd(had.cost + one.cost),
            )

    async def total(self, scope: Scope, first: int, last: int) -> Spent:
        await anyio.lowlevel.checkpoint()
        if self.is_away:
            raise Unavailable("The database does not answer.")
        found = [
            one
            for payer, one in self.rows.items()
            if first <= payer.day <= last
            and scope.workspace in {"", payer.workspace}
            and scope.user in {"", payer.user}
            and scope.key in {"", payer.key}
            and scope.team in {"", payer.team}
            and scope.model in {"", payer.model}
        ]
        cost = sum(one.cost for one in found)
        return Spent(
            sum(one.requests for one in found), sum(one.tokens for one in found), NanoUsd(cost)
        )


@dataclass
class SharedStore:
    """Counters in memory as if they were elsewhere: answers come later, or not at all."""

    clock: FakeClock
    is_away: bool = False
    loses_answers: bool = False
    asked: int = 0
    counters: MemoryStore = field(init=False)

    def __post_init__(self) -> None:
        self.counters = MemoryStore(self.clock)

    async def exchange(self, process: str, asks: Sequence[Ask]) -> Sequence[Answer]:
        self.asked += 1
        await anyio.lowlevel.checkpoint()
        if self.is_away:
            raise Unavailable("The store does not answer.")
        answers = await self.counters.exchange(process, asks)
        await anyio.lowlevel.checkpoint()
        if self.loses_answers:
            raise Unavailable("The store does not answer.")
        return answers
