"""Time and chance as arguments, so that tests and replays decide them."""

from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed moment; only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class Chance(Protocol):
    def random(self) -> float:
        """A float in [0, 1)."""
        ...

    def token(self, size: int) -> bytes:
        """`size` unpredictable bytes, fit for secrets."""
        ...
