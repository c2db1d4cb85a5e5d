"""How the targets do just now, in this process: calls in flight, speed, errors.

All averages are exponential. A target that got worse has a smaller `share` of what would go to
it, never less than SMALLEST, so that its recovery is seen; and what is held against it fades with
time, so that one nobody asks is not remembered as it was.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import exp2
from typing import Final

from podium.kernel.clock import Clock

FAST: Final = 0.2
"""Weight of the newest value in what is called recent."""
SLOW: Final = 0.02
"""… and in what is called usual."""
ENOUGH: Final = 10
"""Values before a target's usual speed is known."""
WORSE: Final = 2.0
"""How many times slower than usual a target may be and keep its share."""
HALF_LIFE: Final = 30.0
"""Seconds in which what is held against a target halves."""
SMALLEST: Final = 0.05
ADVANCE: Final = 50
"""Tokens that take about as long as the wait for the first one."""
_NOTHING: Final = 0.01


@dataclass(slots=True)
class Trend:
    """Recent and usual values of one measure; both 0 before the first."""

    recent: float = 0.0
    usual: float = 0.0
    seen: int = 0

    def add(self, value: float) -> None:
        self.seen += 1
        if self.seen == 1:
            self.recent = self.usual = value
            return
        self.recent += FAST * (value - self.recent)
        # The plain mean first, so that an odd first value does not stay for long.
        self.usual += max(SLOW, 1 / self.seen) * (value - self.usual)

    def strain(self) -> float:
        """How many times WORSE than usual it is lately; 1 is none."""
        if self.seen < ENOUGH or self.recent <= self.usual * WORSE:
            return 1.0
        return self.recent / (self.usual * WORSE) if self.usual > 0 else 1.0


@dataclass(slots=True)
class Gauge:
    """What is measured at one target. Times are seconds, `errors` is from 0 to 1."""

    clock: Clock
    in_flight: int = 0
    first_token: Trend = field(default_factory=Trend)
    per_token: Trend = field(default_factory=Trend)
    pace: Trend = field(default_factory=Trend)
    """Of answers in one piece: seconds per token, the wait counted as ADVANCE tokens."""
    errors: float = 0.0
    seen_at: float = float("-inf")
    """On the monotonic clock, when the last call ended."""

    def began(self) -> "Flight":
        self.in_flight += 1
        return Flight(self, self.clock.monotonic())

    @property
    def is_well(self) -> bool:
        """Whether nothing at all is held against it: its share is 1."""
        return (
            self.errors < _NOTHING
            and self.pace.strain() <= 1
            and self.first_token.strain() <= 1
            and self.per_token.strain() <= 1
        )

    def share(self) -> float:
        """From SMALLEST to 1: the part of its calls that it should keep, for how it does."""
        strain = max(self.first_token.strain(), self.per_token.strain(), self.pace.strain())
        if self.errors < _NOTHING and strain <= 1:
            return 1.0
        left = self._left()
        held = 1 - (1 - self.errors) ** 2 / strain
        return max(SMALLEST, 1 - held * left)

    def expects(self, tokens: int, *, stream: bool) -> float | None:
        """Seconds until an answer of so many tokens is complete; None where nothing is known."""
        if stream and self.first_token.seen:
            return self.first_token.recent + self.per_token.recent * tokens
        if self.pace.seen:
            return self.pace.recent * (tokens + ADVANCE)
        return None

    def silent_for(self) -> float:
        """Seconds since a call ended here."""
        return self.clock.monotonic() - self.seen_at

    def note_error(self, value: float) -> None:
        self.errors = self.errors * self._left() if self.errors else 0.0
        self.errors += FAST * (value - self.errors)

    def _left(self) -> float:
        """What is left of what was held against it when its last call ended."""
        return exp2(-max(0.0, self.silent_for()) / HALF_LIFE)


class Flight:
    """One call under way at a target. Say how it ended, once; what is said later is ignored."""

    __slots__: tuple[str, ...] = ("_first", "_gauge", "began")

    def __init__(self, gauge: Gauge, began: float) -> None:
        self._gauge: Gauge | None = gauge
        self.began: float = began
        self._first: float = 0.0

    def first(self) -> None:
        """The first chunk of a stream is here."""
        gauge = self._gauge
        if gauge is not None and not self._first:
            self._first = gauge.clock.monotonic()
            gauge.first_token.add(self._first - self.began)

    def succeeded(self, tokens: int = 0) -> None:
        """The answer is complete and had so many tokens; 0 where that is not known."""
        gauge = self._landed()
        if gauge is None:
            return
        now = gauge.clock.monotonic()
        if self._first:
            if tokens > 1:
                gauge.per_token.add((now - self._first) / tokens)
        else:
            gauge.pace.add((now - self.began) / (tokens + ADVANCE))
        if gauge.errors:
            gauge.note_error(0.0)
        gauge.seen_at = now

    def failed(self) -> None:
        """The target is ill, or has no room: it counts against it."""
        gauge = self._landed()
        if gauge is not None:
            gauge.note_error(1.0)
            gauge.seen_at = gauge.clock.monotonic()

    def dropped(self) -> None:
        """It ended without telling anything about the target, as by cancellation or a 400."""
        _ = self._landed()

    def _landed(self) -> Gauge | None:
        gauge = self._gauge
        if gauge is not None:
            self._gauge = None
            gauge.in_flight -= 1
        return gauge


@dataclass(slots=True)
class Fleet:
    """A gauge for each model, whichever route leads to it."""

    clock: Clock
    _gauges: dict[str, Gauge] = field(default_factory=dict[str, Gauge])

    def of(self, model: str) -> Gauge:
        gauge = self._gauges.get(model)
        if gauge is None:
            gauge = self._gauges[model] = Gauge(self.clock)
        return gauge

    def keeping(self, models: Iterable[str]) -> "Fleet":
        """Another one with the same gauges of these models, and none of the others."""
        return Fleet(self.clock, {model: self.of(model) for model in models})
