"""What is spent of which budget."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from podium.gateway.limits.plans import DAY_SECONDS, month_of
from podium.gateway.limits.rules import Bound, Per, Rule, bounds
from podium.gateway.limits.spending import Spending
from podium.identity.key_service import Keys
from podium.identity.principal import Principal
from podium.kernel.clock import Clock
from podium.kernel.money import NanoUsd


@dataclass(frozen=True, slots=True)
class Budget:
    """`of` says whose, for people. None where nothing is refused, or nobody is warned.

    `resets_at` is when it begins anew, in seconds since 1970.
    """

    of: str
    period: str
    """`day` or `month`."""
    spent: NanoUsd
    limit: NanoUsd | None
    warn: NanoUsd | None
    resets_at: float

    @property
    def is_warned(self) -> bool:
        """Whether its soft limit is reached."""
        return self.warn is not None and self.spent >= self.warn

    @property
    def left(self) -> NanoUsd | None:
        return None if self.limit is None else NanoUsd(max(0, self.limit - self.spent))


@dataclass(slots=True)
class Budgets:
    """`models` tells the names that may be asked for. `rules` may be set anew."""

    rules: Sequence[Rule]
    keys: Keys
    spending: Spending
    clock: Clock
    models: Callable[[], Sequence[str]]

    async def list(self, principal: Principal) -> tuple[Budget, ...]:
        """Those that hold for the caller's own calls and keys; for an admin those of all.

        What calls under way have reserved is not in them. Raises Unavailable.
        """
        found: dict[str, Bound] = {}
        for caller in await self.keys.callers(principal):
            for bound in self._bounds(caller):
                _ = found.setdefault(bound.scope.name, bound)
        return tuple([budget for one in found.values() for budget in await self._of(one)])

    def _bounds(self, caller: Principal) -> Iterator[Bound]:
        """A budget of each model is looked at with each; any model does for the others."""
        by_model = any(Per.MODEL in rule.per for rule in self.rules)
        for model in self.models() if by_model else ("",):
            yield from bounds(self.rules, caller, model)

    async def _of(self, bound: Bound) -> "Sequence[Budget]":
        limits = bound.limits
        today = int(self.clock.now()) // DAY_SECONDS
        kinds = (
            ("day", (today, today), (limits.budget_day, limits.warn_day)),
            ("month", month_of(today), (limits.budget_month, limits.warn_month)),
        )
        return [
            Budget(
                of=bound.label,
                period=period,
                spent=await self.spending.total(bound.scope, first, last),
                limit=limit,
                warn=warn,
                resets_at=(last + 1.0) * DAY_SECONDS,
            )
            for period, (first, last), (limit, warn) in kinds
            if limit is not None or warn is not None
        ]
