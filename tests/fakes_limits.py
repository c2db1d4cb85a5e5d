"""What limits are tested against: callers, spending in memory, a store that others share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import anyio.lowlevel

from podium.gateway.limits.memory import MemoryStore
from podium.gateway.limits.ports import Account, Answer, Ask, Spent
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
    """A `SpendStore`."""

    rows: dict[Account, Spent] = field(default_factory=dict)
    is_away: bool = False

    async def add(self, spent: Mapping[Account, Spent]) -> None:
        await anyio.lowlevel.checkpoint()
        if self.is_away:
            raise Unavailable("The database does not answer.")
        for account, one in spent.items():
            had = self.rows.get(account, Spent())
            self.rows[account] = Spent(
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
            for account, one in self.rows.items()
            if first <= account.day <= last
            and scope.workspace in {"", account.workspace}
            and scope.user in {"", account.user}
            and scope.key in {"", account.key}
            and scope.team in {"", account.team}
            and scope.model in {"", account.model}
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
