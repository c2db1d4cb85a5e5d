"""Who waits for the end of a run."""

from dataclasses import dataclass, field

import anyio

from podium.kernel.ids import RunId
from podium.workflows.runs import Run


@dataclass(slots=True, eq=False)
class _Waiter:
    told: anyio.Event = field(default_factory=anyio.Event)
    ended: Run | None = None


class Ends:
    def __init__(self) -> None:
        self._waiting: dict[RunId, set[_Waiter]] = {}

    async def wait(self, run: RunId, seconds: float) -> Run | None:
        """The run as it ended; None where that was not told in that time, or not how."""
        waiter, waiting = _Waiter(), self._waiting.setdefault(run, set())
        waiting.add(waiter)
        try:
            with anyio.move_on_after(seconds):
                await waiter.told.wait()
        finally:
            waiting.discard(waiter)
            if not waiting and self._waiting.get(run) is waiting:
                del self._waiting[run]
        return waiter.ended

    def tell(self, run: RunId, ended: Run | None = None) -> None:
        for waiter in self._waiting.get(run, ()):
            waiter.ended = ended
            waiter.told.set()
