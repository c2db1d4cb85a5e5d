"""Other processes on the same database: they hear that this one lives, and it takes over from those
of which nothing is heard. What it holds without knowing of it, it lets go.
"""

from collections.abc import Collection, Mapping, Sequence

from podium.kernel.clock import Clock
from podium.kernel.ids import RunId, WorkspaceId
from podium.workflows.engine.journal import Hold, Journal, Parked
from podium.workflows.engine.settings import EngineSettings


class Neighbours:
    def __init__(self, journal: Journal, clock: Clock, settings: EngineSettings) -> None:
        self._journal: Journal = journal
        self._clock: Clock = clock
        self._settings: EngineSettings = settings
        self._said: float | None = None
        self._judges: float = 0.0
        self._strays: dict[RunId, int] = {}

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

    def strays(
        self, held: Mapping[RunId, tuple[int, bool]], live: Collection[RunId]
    ) -> Sequence[Parked]:
        """Lets go of runs that it holds by the journal, at two looks, and does not execute: the
        database's answer was lost when it took them.
        """
        before, now = self._strays, self._clock.now()
        self._strays = {run: epoch for run, (epoch, _) in held.items() if run not in live}
        return [
            Parked(Hold(run, WorkspaceId(""), epoch), now, "", now)
            for run, epoch in self._strays.items()
            if before.get(run) == epoch
        ]
