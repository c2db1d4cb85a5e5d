"""Who waits for the end of a run."""

import anyio

from podium.kernel.ids import RunId


class Ends:
    def __init__(self) -> None:
        self._waiting: dict[RunId, set[anyio.Event]] = {}

    async def wait(self, run: RunId, seconds: float) -> bool:
        """False where it was not told in that time."""
        event, waiting = anyio.Event(), self._waiting.setdefault(run, set())
        waiting.add(event)
        try:
            with anyio.move_on_after(seconds):
                await event.wait()
        finally:
            waiting.discard(event)
            if not waiting and self._waiting.get(run) is waiting:
                del self._waiting[run]
        return event.is_set()

    def tell(self, run: RunId) -> None:
        for event in self._waiting.get(run, ()):
            event.set()
