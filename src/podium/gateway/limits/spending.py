"""What was spent, on its way to the store: in batches, behind the calls."""

from dataclasses import dataclass, field

from podium.gateway.limits.ports import Account, SpendStore, Spent
from podium.gateway.limits.rules import Scope
from podium.kernel.money import NanoUsd


@dataclass(slots=True)
class Spending:
    """A crash loses what was not yet written: `SYNC_SECONDS` of it where the store keeps up."""

    store: SpendStore
    _waiting: dict[Account, Spent] = field(default_factory=dict[Account, Spent])

    def add(self, account: Account, spent: Spent) -> None:
        before = self._waiting.get(account)
        self._waiting[account] = spent if before is None else _sum(before, spent)

    async def flush(self) -> None:
        """Raises Unavailable; what was not written stays."""
        writing, self._waiting = self._waiting, {}
        if not writing:
            return
        written = False
        try:
            await self.store.add(writing)
            written = True
        finally:
            if not written:
                for account, spent in writing.items():
                    self.add(account, spent)

    async def total(self, scope: Scope, first: int, last: int) -> NanoUsd:
        """From the first to the last day, everything that was spent until now.

        Raises Unavailable.
        """
        await self.flush()
        return (await self.store.total(scope, first, last)).cost


def _sum(one: Spent, other: Spent) -> Spent:
    return Spent(
        one.requests + other.requests,
        one.tokens + other.tokens,
        NanoUsd(one.cost + other.cost),
    )
