"""Where the texts of strangers are read: beside the event loop, so that it goes on meanwhile."""

from collections.abc import Callable
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread

T = TypeVar("T")

AT_ONCE: Final = 2
"""Python runs one thread at a time, 5 ms each: more of them would only delay the event loop. The
second lets a small text pass a large one.
"""


class Aside:
    def __init__(self) -> None:
        self._limit: CapacityLimiter = CapacityLimiter(AT_ONCE)

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` answers. To cancel it is to wait for its end."""
        return await to_thread.run_sync(work, limiter=self._limit)
