"""Whether a run as a whole waits: when every branch of it that is not done does."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from podium.kernel.ids import RunId
from podium.workflows.interpreter.persist import persist


class RunStates(Protocol):
    async def wait(self, run: RunId, waiting_on: str) -> None: ...

    async def begin(self, run: RunId, at: float) -> None: ...


@dataclass(slots=True)
class Waiting:
    """Shared by a run and its branches in this process.

    `busy` counts what is executing: 1 for the run; a fork hands its 1 to its branches.
    """

    run: RunId
    states: RunStates
    started_at: float
    busy: int = 1
    reasons: Counter[str] = field(default_factory=Counter)

    @asynccontextmanager
    async def on(self, engine_id: str, reason: str) -> AsyncGenerator[None]:
        key = f"{engine_id}\0{reason}"
        self.busy -= 1
        self.reasons[key] += 1
        if self.busy == 0:
            await persist(lambda: self.states.wait(self.run, reason))
        try:
            yield
        finally:
            self.reasons[key] -= 1
            self.busy += 1
        if self.busy == 1:
            await persist(lambda: self.states.begin(self.run, self.started_at))

    @asynccontextmanager
    async def forked(self, branches: int) -> AsyncGenerator[None]:
        self.busy += branches - 1
        try:
            yield
        finally:
            self.busy += 1

    async def branch_done(self) -> None:
        self.busy -= 1
        if self.busy == 0 and (waiting := [k for k, n in self.reasons.items() if n > 0]):
            reason = waiting[0].split("\0", 1)[1]
            await persist(lambda: self.states.wait(self.run, reason))
