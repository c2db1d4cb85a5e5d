"""The part of a counter that this process may use without asking.

`left` may be used until `ends`, on the monotonic clock. Beyond it the counter is asked, for a
slice: what the call needs, or more, so that the next ones need not ask. What is not used goes back
with the next question, a second later at most.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from podium.gateway.limits.counters import HOLD_SECONDS, corrected
from podium.gateway.limits.ports import Ask, AskPool, AskRate, Granted
from podium.gateway.limits.rules import Scope

_RENEW_SECONDS = HOLD_SECONDS / 3
_SLICES = 16
"""A slice is this part of a limit at least, where several processes share it."""


class Kind(StrEnum):
    """What a meter counts, in the words of `Limits`."""

    REQUESTS = "rpm"
    TOKENS = "tpm"
    CONCURRENT = "concurrent"
    DAY = "budget_day"
    MONTH = "budget_month"

    @property
    def is_money(self) -> bool:
        return self in {Kind.DAY, Kind.MONTH}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a meter is for. `name` tells its counter from all others."""

    name: str
    kind: Kind
    label: str
    scope: Scope
    first: int = 0
    last: int = 0
    """The days of a budget, since 1970."""


@dataclass(slots=True)
class Rate:
    subject: Subject
    limit: int
    left: int = 0
    ends: float = 0.0
    slot: int = 0
    """The second in which `left` was granted."""
    used: int = 0
    """By everybody, when the counter was last asked; what is left here counts as used."""
    dry_until: float = 0.0
    dry: int = 0
    """So much could not be had when the counter was last asked."""
    wait: float = 0.0
    owed: dict[int, int] = field(default_factory=dict[int, int])
    """Used beyond what was granted, by second; negative where less was."""

    def take(self, amount: int) -> None:
        self.left -= amount

    def settle(self, more: int, slot: int) -> None:
        """A call of that second used more than it took, or less."""
        if more < 0:
            self.dry_until = 0.0
        if slot == self.slot:
            self.left -= more
        else:
            self.owed[slot] = self.owed.get(slot, 0) + more

    def ask(self, least: int, *, whole: bool) -> AskRate:
        """Everything goes back, and a slice comes anew. With `least` 0 nothing is wanted."""
        self._give_back()
        wanted = max(least, self.limit if whole else self.limit // _SLICES) if least else 0
        used, self.owed = corrected(self.owed), {}
        return AskRate(self.subject.name, self.limit, wanted, least, used)

    def granted(self, answer: Granted, now: float) -> None:
        self._give_back()  # of calls that ended while the counter was asked
        self.left, self.slot, self.ends = answer.granted, answer.slot, now + answer.lasts
        self.used, self.wait = answer.used, answer.wait

    def failed(self, ask: AskRate) -> None:
        """Whether the counter heard it is not known: what was given back may not be so twice."""
        for slot, more in ask.used.items():
            if more > 0:
                self.owed[slot] = self.owed.get(slot, 0) + more

    def needs_word(self, now: float) -> bool:
        """Whether the counter should hear of it although no call wants anything."""
        return bool(self.owed) or (self.left != 0 and now >= self.ends)

    @property
    def is_idle(self) -> bool:
        return not self.owed and not self.left

    def _give_back(self) -> None:
        if self.left:
            self.owed[self.slot] = self.owed.get(self.slot, 0) - self.left
            self.left = 0


@dataclass(slots=True)
class Hold:
    """Of a pool. `held` is what calls under way hold, besides what is left."""

    subject: Subject
    limit: int
    pool_ends: float
    """As of `AskPool`."""
    left: int = 0
    ends: float = 0.0
    held: int = 0
    spent: int = 0
    """What the pool has not heard of."""
    used: int = 0
    """By everybody, when the pool was last asked; what is left and held here counts as used."""
    dry_until: float = 0.0
    dry: int = 0
    """So much could not be had when the counter was last asked."""
    wait: float = 0.0
    renew_at: float = 0.0
    warn: int | None = None
    is_warned: bool = False

    def take(self, amount: int) -> None:
        self.left -= amount
        self.held += amount

    def settle(self, taken: int, used: int) -> None:
        """A call has ended; `used` is spent for good."""
        self.held -= taken
        self.spent += used
        self.left += taken - used
        if taken > used:
            self.dry_until = 0.0

    def ask(self, least: int, *, whole: bool, before: int | None = None) -> AskPool:
        wanted = max(least, self.limit if whole else self.limit // _SLICES) if least else 0
        spent, self.spent, self.left = self.spent, 0, 0
        return AskPool(
            name=self.subject.name,
            limit=self.limit,
            wanted=wanted,
            least=least,
            held=self.held,
            spent=spent,
            before=before if self.subject.kind.is_money else 0,
            ends=self.pool_ends,
        )

    def granted(self, answer: Granted, now: float) -> None:
        # `left` is what calls that ended while the pool was asked did not use of what they held.
        self.left += answer.granted
        self.used, self.wait = answer.used, answer.wait
        # Counted from before the question, and shorter than the pool does: it never lapses first.
        self.ends = now + answer.lasts * 0.8
        self.renew_at = now + _RENEW_SECONDS if self.held or self.left else float("inf")

    def failed(self, ask: AskPool) -> None:
        """Whether the pool heard it is not known; to count what was spent twice is the safe way."""
        self.spent += ask.spent

    def needs_word(self, now: float) -> bool:
        return self.spent != 0 or now >= self.renew_at

    @property
    def is_idle(self) -> bool:
        return not self.held and not self.spent


Meter: TypeAlias = Rate | Hold


def failed(meter: Meter, ask: Ask) -> None:
    """The counter did not answer."""
    match meter, ask:
        case Rate(), AskRate():
            meter.failed(ask)
        case Hold(), AskPool():
            meter.failed(ask)
        case _:
            pass


def taken_here(meter: Meter) -> int:
    """What everybody uses, as far as it is known here."""
    return meter.used - meter.left
