"""A run's body, executed to an end whatever it raises."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import anyio

from podium.kernel.errors import Unavailable
from podium.workflows.engine.live import Live
from podium.workflows.engine.writer import FIRST_PAUSE, LONGEST_PAUSE
from podium.workflows.ports import Body, End

Broken: TypeAlias = Callable[[Exception, float], End]
"""What becomes of a run whose body raised: (what it raised, when)."""


@dataclass(frozen=True, slots=True)
class Bodies:
    """A run that took `crashes` processes with it, one after the other, is executed no more."""

    body: Body
    broken: Broken
    crashes: int

    async def execute(self, live: Live) -> End:
        claim, pause = live.claim, FIRST_PAUSE
        if claim.recoveries > self.crashes:
            message = (
                f"{claim.recoveries} processes died with {live.id}, one after the other. Look into "
                f"their logs; then resume it."
            )
            return self.broken(Unavailable(message), live.now())
        while True:
            try:
                return await self.body(claim.run, live)
            except Unavailable:
                # Its document cannot be read now.
                await anyio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            except Exception as bug:  # noqa: BLE001 - the edge: else the run would hang half done
                return self.broken(bug, live.now())
