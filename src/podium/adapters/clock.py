"""The real clock and the real dice: the only place that reads either."""

import secrets
import time

import anyio


class SystemClock:
    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


class SystemChance:
    def random(self) -> float:
        return secrets.randbits(53) / 2**53

    def token(self, size: int) -> bytes:
        return secrets.token_bytes(size)
