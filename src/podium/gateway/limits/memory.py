"""Counters of this process alone. They answer at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from podium.gateway.limits.counters import Pool, Window
from podium.gateway.limits.ports import Answer, Ask, AskPool, AskRate, Unknown
from podium.kernel.clock import Clock

_SWEEP_SECONDS = 60.0


@dataclass(slots=True)
class MemoryStore:
    """A `LimitStore`."""

    clock: Clock
    _windows: dict[str, Window] = field(default_factory=dict[str, Window])
    _pools: dict[str, Pool] = field(default_factory=dict[str, Pool])
    _sweep_at: float = 0.0

    async def exchange(self, process: str, asks: Sequence[Ask]) -> Sequence[Answer]:
        return [self.at_once(process, ask) for ask in asks]

    def at_once(self, process: str, ask: Ask) -> Answer:
        now = self.clock.monotonic()
        if now >= self._sweep_at:
            self._sweep(now)
        match ask:
            case AskRate():
                return self._windows.setdefault(ask.name, Window()).answer(ask, now)
            case AskPool():
                return self._pool(process, ask, now)

    def _pool(self, process: str, ask: AskPool, now: float) -> Answer:
        pool = self._pools.get(ask.name)
        if pool is None:
            if ask.before is None:
                return Unknown()
            pool = self._pools[ask.name] = Pool(ask.before, ask.ends)
        return pool.answer(process, ask, now)

    def _sweep(self, now: float) -> None:
        """Forget what no answer depends on any more."""
        self._sweep_at = now + _SWEEP_SECONDS
        today = self.clock.now()
        self._windows = {n: one for n, one in self._windows.items() if not one.is_empty(now)}
        self._pools = {
            name: pool for name, pool in self._pools.items() if pool.ends > today or pool.holds
        }
