"""A breaker for each target: one that keeps failing is left alone, then probed by one call.

closed     calls pass; enough failures in the window open it
open       nobody passes until the pause is over; each failed probe doubles the pause
half-open  exactly one call passes; its result decides, and meanwhile the others stay out
"""

from collections import deque
from dataclasses import dataclass, field

from podium.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """Opens at `failures` failures within `window` seconds that are half of the results or more."""

    failures: int = 5
    window: float = 30.0
    pause: float = 5.0
    longest_pause: float = 120.0


class Permit:
    """The right to try once. Say how it went, once; what is said later is ignored."""

    __slots__: tuple[str, ...] = ("_breaker", "_round", "_said")

    def __init__(self, breaker: "Breaker", round_: int) -> None:
        self._breaker: Breaker = breaker
        self._round: int = round_
        self._said: bool = False

    def succeeded(self) -> None:
        if not self._said:
            self._said = True
            self._breaker.note(ok=True, round_=self._round)

    def failed(self) -> None:
        if not self._said:
            self._said = True
            self._breaker.note(ok=False, round_=self._round)

    def dropped(self) -> None:
        """It ended without telling anything about the target, as by cancellation or a 400."""
        if not self._said:
            self._said = True
            self._breaker.forget(self._round)


@dataclass(slots=True)
class Breaker:
    clock: Clock
    rules: BreakerRules = field(default_factory=BreakerRules)
    _results: deque[tuple[float, bool]] = field(default_factory=lambda: deque(maxlen=100))
    _failures: int = 0
    _pause: float = 0.0
    """0 while closed."""
    _until: float = 0.0
    _round: int = 0
    """Counts the changes of state, so that results of calls from before a change are known."""
    _probing: bool = False

    @property
    def open(self) -> bool:
        """Open or half-open."""
        return self._pause > 0

    def enter(self) -> Permit | None:
        """A permit; or None: do not call now."""
        if not self._pause:
            return Permit(self, self._round)
        if self._probing or self.clock.monotonic() < self._until:
            return None
        self._probing = True
        return Permit(self, self._round)

    def wait(self) -> float:
        """Seconds until a probe may pass; 0 where calls pass or a probe is under way."""
        return max(0.0, self._until - self.clock.monotonic()) if self._pause else 0.0

    def note(self, *, ok: bool, round_: int) -> None:
        if round_ != self._round:
            return
        if self._pause:
            self._after_probe(ok=ok)
        else:
            self._while_closed(ok=ok)

    def forget(self, round_: int) -> None:
        if round_ == self._round:
            self._probing = False

    def _while_closed(self, *, ok: bool) -> None:
        if ok and not self._failures:
            return
        now = self.clock.monotonic()
        self._add(now, ok=ok)
        enough = self._failures >= self.rules.failures
        if enough and self._failures * 2 >= len(self._results):
            self._open(now, self.rules.pause)

    def _add(self, now: float, *, ok: bool) -> None:
        results = self._results
        if len(results) == results.maxlen:
            self._failures -= not results.popleft()[1]
        results.append((now, ok))
        self._failures += not ok
        while results and results[0][0] < now - self.rules.window:
            self._failures -= not results.popleft()[1]

    def _after_probe(self, *, ok: bool) -> None:
        if ok:
            self._pause = 0.0
            self._change()
        else:
            self._open(self.clock.monotonic(), min(self._pause * 2, self.rules.longest_pause))

    def _open(self, now: float, pause: float) -> None:
        self._pause = pause
        self._until = now + pause
        self._change()

    def _change(self) -> None:
        self._round += 1
        self._probing = False
        self._results.clear()
        self._failures = 0
