"""Writing a run's state when the store may not take it."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from podium.kernel.errors import Unavailable

T = TypeVar("T")

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0


async def persist(act: Callable[[], Awaitable[T]]) -> T:
    """Try until the store takes it: a full disk makes a run wait, not fail. A restart tries too."""
    pause = FIRST_PAUSE
    while True:
        try:
            return await act()
        except Unavailable:
            await anyio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
