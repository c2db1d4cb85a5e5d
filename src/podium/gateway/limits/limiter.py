"""The use cases of limits: may this call go on, and what has been spent.

A call takes one request, and its estimated tokens and cost, from every meter it must pass: from
all, or from none. What it took in truth is settled when it ends.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

import anyio

from podium.gateway.limits.grants import Estimate, Grant
from podium.gateway.limits.memory import MemoryStore
from podium.gateway.limits.meters import Hold, Meter, Rate, failed, taken_here
from podium.gateway.limits.plans import WARN_ONLY, Plan, Plans
from podium.gateway.limits.ports import Answer, Ask, Granted, LimitStore, Unknown
from podium.gateway.limits.replies import SoftLimit, refusal, warning
from podium.gateway.limits.rules import Rule
from podium.gateway.limits.spending import Spending
from podium.identity.principal import Principal
from podium.kernel.clock import Clock
from podium.kernel.errors import Unavailable

Need: TypeAlias = tuple[Meter, int]
SYNC_SECONDS = 0.5
_ROUNDS = 8
_DRY_SECONDS = 0.25
"""How long a refusal stands before a counter that others share is asked again."""
_AWAY_SECONDS = 1.0
"""How long a store that did not answer is left alone."""


class Away(StrEnum):
    """What becomes of calls while the counters that processes share do not answer."""

    OPEN = "open"
    """Rates hold in each process on its own; budgets do not hold, what is spent is counted."""
    CLOSED = "closed"
    """They are refused."""


def _tell_nobody(_: SoftLimit) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Edges:
    """`store` is what processes share; None where this one is alone. `process` tells it apart.

    `warned` hears once of each budget that is to be warned of.
    """

    clock: Clock
    spending: Spending
    rules: Sequence[Rule] = ()
    store: LimitStore | None = None
    process: str = "alone"
    rates_away: Away = Away.OPEN
    budgets_away: Away = Away.CLOSED
    warned: Callable[[SoftLimit], None] = _tell_nobody


@dataclass(slots=True)
class Limiter:
    edges: Edges
    _plans: Plans = field(init=False)
    _local: MemoryStore = field(init=False)
    _asking: anyio.Lock = field(default_factory=anyio.Lock)
    _away_until: float = 0.0

    def __post_init__(self) -> None:
        self._plans = Plans(self.edges.rules, self.edges.clock)
        self._local = MemoryStore(self.edges.clock)

    def change(self, rules: Sequence[Rule], *, rates_away: Away, budgets_away: Away) -> None:
        """Other rules from now on; what was used of what they limit counts on."""
        self.edges = replace(
            self.edges, rules=rules, rates_away=rates_away, budgets_away=budgets_away
        )
        self._plans.change(rules)

    def at_once(self, who: Principal, model: str, estimate: Estimate) -> Grant | None:
        """Leave for one call; None where that takes a question to a store: `admit` asks it.

        Raises LimitReached, with when to come back, and which limit it is in `details`.
        """
        now = self.edges.clock.monotonic()
        plan = self._plans.find(who, model, now)
        needs = (1, estimate.tokens, estimate.cost)
        short = _short(plan, needs, now)
        if short:
            self._refuse(plan, [one for one in short if _is_dry(one, now)])
            if self.edges.store is not None or not self._ask_here(short):
                return None
            self._refuse(plan, _short(plan, needs, now))
        for meter, need in plan.gates:
            meter.take(needs[need])
        slots = tuple([rate.slot for rate, _ in plan.rates])
        return Grant(plan, needs, slots, self.edges.spending.add)

    async def admit(self, who: Principal, model: str, estimate: Estimate) -> Grant:
        """Leave for one call. Raises as `at_once` does; Unavailable where a store does not answer
        and the settings say that nothing goes on without it.
        """
        for _ in range(_ROUNDS):
            if (grant := self.at_once(who, model, estimate)) is not None:
                return grant
            async with self._asking:
                now = self.edges.clock.monotonic()
                plan = self._plans.find(who, model, now)
                await self._ask(_short(plan, (1, estimate.tokens, estimate.cost), now))
        raise Unavailable(
            f"The limits of '{model[:100]}' change faster than they can be looked up. Try again."
        )

    async def run(self) -> None:
        """Tell the stores what was used, for ever; cancel it to stop, then call `close`."""
        while True:
            await self.edges.clock.sleep(SYNC_SECONDS)
            with suppress(Unavailable):
                await self.sync()

    async def sync(self) -> None:
        """Write what was spent, and give back what is not used. Raises Unavailable."""
        await self.edges.spending.flush()
        async with self._asking:
            now = self.edges.clock.monotonic()
            await self._ask([(m, 0) for m in self._plans.meters.values() if m.needs_word(now)])
        self._plans.sweep()

    async def close(self) -> None:
        """Give everything back. Raises Unavailable."""
        await self.edges.spending.flush()
        async with self._asking:
            await self._ask([(meter, 0) for meter in self._plans.meters.values()])

    def _refuse(self, plan: Plan, short: "list[Need]") -> None:
        for meter, need in short:
            raise refusal(plan, meter, need, now=self.edges.clock.now())

    def _ask_here(self, short: "list[Need]") -> bool:
        """Ask the counters of this process; False where they do not know a budget yet."""
        return all(self._ask_one_here(meter, need) for meter, need in short)

    def _ask_one_here(self, meter: Meter, least: int) -> bool:
        now = self.edges.clock.monotonic()
        ask = meter.ask(least, whole=True)
        answer = self._local.at_once(self.edges.process, ask)
        if isinstance(answer, Unknown):
            failed(meter, ask)
            return False
        self._answered(meter, ask, answer, now)
        return True

    async def _ask(self, wanted: "list[Need]") -> None:
        """Ask the store for each meter's need; 0 only tells it what was used.

        Raises Unavailable where nothing goes on without it.
        """
        if not wanted:
            return
        now = self.edges.clock.monotonic()
        whole = self.edges.store is None
        asks = [meter.ask(least, whole=whole) for meter, least in wanted]
        answers = await self._exchange(asks)
        unknown: list[Need] = []
        away: list[Need] = []
        for need, ask, answer in zip(wanted, asks, answers, strict=True):
            match answer:
                case Granted():
                    self._answered(need[0], ask, answer, now)
                case Unknown():
                    failed(need[0], ask)
                    unknown.append(need)
                case _:
                    failed(need[0], ask)
                    away.append(need)
        for need in unknown:
            away += await self._introduce(*need)
        self._without([need for need in away if need[1]])

    async def _introduce(self, meter: Meter, least: int) -> "list[Need]":
        """A budget that the store has not heard of: what was spent on it before is looked up.

        What the store did not answer.
        """
        if not isinstance(meter, Hold):
            return []
        subject = meter.subject
        # All that was spent here is in what is looked up, so the store must not hear of it again.
        meter.spent = 0
        try:
            spent = await self.edges.spending.total(subject.scope, subject.first, subject.last)
        except Unavailable:
            return [(meter, least)]
        now = self.edges.clock.monotonic()
        ask = meter.ask(least, whole=self.edges.store is None, before=spent)
        (answer,) = await self._exchange([ask])
        if not isinstance(answer, Granted):
            failed(meter, ask)
            return [(meter, least)]
        self._answered(meter, ask, answer, now)
        return []

    async def _exchange(self, asks: "Sequence[Ask]") -> "Sequence[Answer | None]":
        """None for each where the store does not answer."""
        edges, clock = self.edges, self.edges.clock
        if edges.store is None:
            return await self._local.exchange(edges.process, asks)
        answers: Sequence[Answer | None] = [None] * len(asks)
        if clock.monotonic() < self._away_until:
            return answers
        # Who goes away meanwhile must not leave it open whether the store has heard.
        with anyio.CancelScope(shield=True):
            try:
                answers = await edges.store.exchange(edges.process, asks)
            except Unavailable:
                self._away_until = clock.monotonic() + _AWAY_SECONDS
        return answers

    def _without(self, wanted: "list[Need]") -> None:
        """The store does not answer. Raises Unavailable where nothing goes on without it."""
        now = self.edges.clock.monotonic()
        for meter, least in wanted:
            money = meter.subject.kind.is_money
            rule = self.edges.budgets_away if money else self.edges.rates_away
            if rule is Away.CLOSED and meter.limit != WARN_ONLY:
                raise Unavailable(
                    f"The limits of {meter.subject.label} cannot be looked up now, and nothing "
                    "goes on without them. Try again in a moment."
                )
            if money:
                meter.granted(Granted(meter.limit, taken_here(meter), _AWAY_SECONDS), now)
                continue
            if isinstance(meter, Rate):
                meter.owed.clear()  # seconds of another counter mean nothing to this one
            _ = self._ask_one_here(meter, least)

    def _answered(self, meter: Meter, ask: "Ask", answer: Granted, now: float) -> None:  # noqa: PLR0917 - who asked what, when, and was answered what
        meter.granted(answer, now)
        if ask.least and not answer.granted:
            # From now on: the answer may have taken long.
            dry = min(_DRY_SECONDS, max(answer.wait, 0.001))
            meter.dry, meter.dry_until = ask.least, self.edges.clock.monotonic() + dry
        if isinstance(meter, Hold) and not meter.is_warned and (said := warning(meter)):
            meter.is_warned = True
            self.edges.warned(said)


def _is_dry(need: "Need", now: float) -> bool:
    meter, amount = need
    return now < meter.dry_until and amount >= meter.dry


def _short(plan: Plan, needs: tuple[int, int, int], now: float) -> "list[Need]":
    """Meters that have too little, with what is needed of them."""
    return [
        (meter, needs[need])
        for meter, need in plan.gates
        if needs[need] and (meter.left < needs[need] or now >= meter.ends)
    ]
