"""Other processes on the same database: they hear that this one lives, and it takes over from those
of which nothing is heard.
"""

from podium.kernel.clock import Clock
from podium.workflows.engine.journal import Journal
from podium.workflows.engine.settings import EngineSettings


class Neighbours:
    def __init__(self, journal: Journal, clock: Clock, settings: EngineSettings) -> None:
        self._journal: Journal = journal
        self._clock: Clock = clock
        self._settings: EngineSettings = settings
        self._said: float | None = None
        self._judges: float = 0.0

    async def beat(self) -> int:
        """Answers how many runs were released. Raises Unavailable."""
        lease = self._settings.lease
        await self._journal.beat(self._settings.executor)
        before, self._said = self._said, self._clock.monotonic()
        if before is not None and self._said - before > lease:
            # The database was away, and perhaps for all: they get the time to say that they live.
            self._judges = self._said + lease
        if self._said < self._judges:
            return 0
        return await self._journal.release_lost(silent=lease, now=self._clock.now())
