"""What was spent, on its way to the store: in batches, behind the calls."""

from dataclasses import dataclass, field

from podium.gateway.limits.ports import Payer, SpendingStore, Spent
from podium.gateway.limits.rules import Scope
from podium.kernel.money import NanoUsd


@dataclass(slots=True)
class Spending:
    """A crash loses what was not yet written: `SYNC_SECONDS` of it where the store keeps up."""

    store: SpendingStore
    _waiting: dict[Payer, Spent] = field(default_factory=dict[Payer, Spent])

    def add(self, payer: Payer, spent: Spent) -> None:
        before = self._waiting.get(payer)
        self._waiting[payer] = spent if before is None else _sum(before, spent)

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
                for payer, spent in writing.items():
                    self.add(payer, spent)

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
