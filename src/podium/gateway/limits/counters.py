"""The two kinds of counter, wherever they are kept. All times are seconds on the store's clock.

A window counts what was used in each second. What counts is the sum of the present second and
the 60 before it, so that no 60 seconds, wherever they begin, hold more than the limit; the price
is that up to 61 count. What a process is granted is good within that second only: it is counted
when it is granted, and what was not used of it is given back. So processes that share a window
never use more than the limit together.

A pool has a limit for what is spent for good and what is held for a while together. What a
process holds ends by itself, should the process die.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from podium.gateway.limits.ports import AskPool, AskRate, Granted

SECONDS = 60
HOLD_SECONDS = 15.0


@dataclass(slots=True)
class Window:
    counts: dict[int, int] = field(default_factory=dict[int, int])
    """By second."""

    def answer(self, ask: AskRate, now: float) -> Granted:
        slot = int(now)
        counts = self.counts
        for second in [one for one in counts if one < slot - SECONDS]:
            del counts[second]
        for second, more in ask.used.items():
            if second >= slot - SECONDS:
                counts[second] = counts.get(second, 0) + more
        total = sum(counts.values())
        granted = min(ask.wanted, ask.limit - total)
        if granted < max(1, ask.least):
            free = ask.limit - total
            return Granted(0, total, 0.0, self._wait(ask.least - free, now), slot)
        counts[slot] = counts.get(slot, 0) + granted
        return Granted(granted, total + granted, slot + 1 - now, slot=slot)

    def is_empty(self, now: float) -> bool:
        return all(second < int(now) - SECONDS for second in self.counts)

    def _wait(self, short: int, now: float) -> float:
        """Until so much has left the window; all of it where that is not enough."""
        leaving = int(now)
        for second in sorted(self.counts):
            short -= self.counts[second]
            leaving = second
            if short <= 0:
                break
        return max(0.0, leaving + SECONDS + 1 - now)


@dataclass(slots=True)
class Pool:
    spent: int
    ends: float
    holds: dict[str, tuple[int, float]] = field(default_factory=dict[str, tuple[int, float]])
    """By process: how much, and until when."""

    def answer(self, process: str, ask: AskPool, now: float) -> Granted:
        self.spent += ask.spent
        _ = self.holds.pop(process, None)
        for other in [one for one, (_, until) in self.holds.items() if until <= now]:
            del self.holds[other]
        others = sum(amount for amount, _ in self.holds.values())
        granted = min(ask.wanted, ask.limit - self.spent - others - ask.held)
        granted = granted if granted >= max(1, ask.least) else 0
        if ask.held + granted:
            self.holds[process] = (ask.held + granted, now + HOLD_SECONDS)
        used = self.spent + others + ask.held + granted
        return Granted(granted, used, HOLD_SECONDS, 1.0)


def corrected(used: Mapping[int, int]) -> dict[int, int]:
    """Without what amounts to nothing."""
    return {slot: more for slot, more in used.items() if more}
