"""The leave to make one call, and what it took in the end."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from msgspec import Struct

from podium.gateway.limits.plans import COST, TOKENS, Plan
from podium.gateway.limits.ports import Payer, Spent
from podium.gateway.limits.replies import headers, quotas, warning
from podium.gateway.models import Usage
from podium.kernel.money import NOTHING, NanoUsd

NO_TOKENS = Usage()


class Estimate(Struct, frozen=True, gc=False):
    """What a call may take, as far as it can be known before: it is reserved until the call ends.

    `tokens` counts those in and out; `cost` 0 where it is free, or no price is known.
    """

    tokens: int = 0
    cost: NanoUsd = NOTHING


Tell = Callable[[Payer, Spent], None]


class Grant(Struct):
    """`settle` or `release` it, whatever happens; what comes after the first is passed over.

    Leaving it as a context releases it.
    """

    plan: Plan
    needs: tuple[int, int, int]
    slots: tuple[int, ...]
    """The seconds in which its rates were taken, in the order of the plan's."""
    tell: Tell
    is_over: bool = False

    def settle(self, usage: Usage, cost: NanoUsd | None) -> None:
        """The call took this; None where no price is known, which counts as nothing."""
        self._end(usage.input + usage.output, cost or 0, requests=1)

    def release(self) -> None:
        """The call took no tokens and no money. It stays a request."""
        self._end(0, 0, requests=0)

    def headers(self, protocol: str, now: float) -> dict[str, str]:
        """What the caller is told of its limits, in the words of its protocol, at `now` (seconds
        since 1970).
        """
        return headers(quotas(self.plan, now), protocol)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each budget that has passed the point from which it is to be warned."""
        found = [
            warning(hold)
            for hold, need in self.plan.holds
            if need == COST and hold.warn is not None
        ]
        return tuple([str(one) for one in found if one])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def _end(self, tokens: int, cost: int, *, requests: int) -> None:
        if self.is_over:
            return
        self.is_over = True
        needs = self.needs
        for (rate, need), slot in zip(self.plan.rates, self.slots, strict=True):
            if need == TOKENS and tokens != needs[TOKENS]:
                rate.settle(tokens - needs[TOKENS], slot)
        for hold, need in self.plan.holds:
            hold.settle(needs[need], cost if need == COST else 0)
        if requests:
            self.tell(self.plan.payer, Spent(requests, tokens, NanoUsd(cost)))
