"""The real clock and the real dice: the only place that reads either."""

import secrets
import time
from typing import Final

import anyio

_SECRET: Final = 16
_SUPPLY: Final = 4096


class SystemClock:
    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


class SystemChance:
    """Short tokens are for ids, of which each call takes one: these are cut from a supply, as
    asking the kernel costs more than all else of an id. Secrets come from the kernel one by one.
    """

    def __init__(self) -> None:
        self._supply: bytes = b""
        self._used: int = 0

    def random(self) -> float:
        return (int.from_bytes(self.token(7), "big") >> 3) / 2**53

    def token(self, size: int) -> bytes:
        if size >= _SECRET:
            return secrets.token_bytes(size)
        begin = self._used
        if begin + size > len(self._supply):
            self._supply, begin = secrets.token_bytes(_SUPPLY), 0
        self._used = begin + size
        return self._supply[begin : self._used]
