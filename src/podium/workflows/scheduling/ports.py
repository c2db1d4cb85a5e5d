"""What schedules need from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from podium.identity.principal import Principal
from podium.kernel.ids import RunId, ScheduleId, WorkspaceId
from podium.kernel.paging import Page
from podium.workflows.events.filters import Match
from podium.workflows.events.ports import Stored
from podium.workflows.run_service import Start
from podium.workflows.runs import Run, WorkflowVersion
from podium.workflows.scheduling.schedules import Schedule


@dataclass(frozen=True, slots=True)
class Started:
    """What came of a start at `at`: a run, or the problem why there is none."""

    at: float
    run: RunId | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Fired:
    """A due time that is over: `was` is the one that was due, `next_at` the one after."""

    schedule: ScheduleId
    was: float
    next_at: float | None
    started: Started


@dataclass(frozen=True, slots=True)
class Gathered:
    """An event that a schedule collects, and which of its filters let it pass."""

    stored: Stored
    matches: Sequence[Match]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Events that belong together (`key`) and were not used for a run yet, by serial.

    `revision` changes whenever some of a schedule's events are used.
    """

    schedule: ScheduleId
    key: str
    revision: int
    events: Sequence[Gathered]


class StartRun(Protocol):
    async def start(self, principal: Principal, wish: Start) -> Run:
        """The same idempotency key again answers the run it started."""
        ...


class ScheduleStore(Protocol):
    async def of(self, workspace: WorkspaceId, namespace: str, name: str) -> Sequence[Schedule]:
        """Those of a workflow."""
        ...

    async def replace(self, version: WorkflowVersion, wanted: Sequence[Schedule]) -> bool:
        """Put them in place of the workflow's others. False, and nothing done, where the version
        is not the newest one stored.
        """
        ...

    async def get(self, workspace: WorkspaceId, schedule: ScheduleId) -> Schedule:
        """Raises NotFound."""
        ...

    async def find(self, schedule: ScheduleId) -> Schedule:
        """For those who know no workspace. Raises NotFound."""
        ...

    async def list(
        self, workspace: WorkspaceId, *, cursor: str | None, limit: int
    ) -> Page[Schedule]:
        """By name. Raises Invalid for a cursor that is none of ours."""
        ...

    async def listening(self) -> Sequence[Schedule]:
        """Those of all workspaces that wait for events and are not paused."""
        ...

    async def timed(self) -> Sequence[Schedule]:
        """Those of all workspaces that are due at a time and not paused."""
        ...

    async def pause(self, schedule: ScheduleId, *, at: float) -> bool:
        """False where it is paused already."""
        ...

    async def resume(self, schedule: ScheduleId, *, next_at: float | None) -> bool:
        """False where it is not paused."""
        ...

    async def due(self, now: float, *, limit: int) -> Sequence[Schedule]:
        """Those that are due and that nobody has claimed, the longest due first."""
        ...

    async def next_due(self) -> float | None: ...

    async def claim(self, schedule: Schedule, *, now: float, until: float) -> bool:
        """Whether this process is the one that starts what is due; until then, or `fired`."""
        ...

    async def fired(self, fired: Fired) -> None:
        """The due time is over. Where it was changed meanwhile, that stays."""
        ...

    async def plan(self, schedule: Schedule, next_at: float) -> bool:
        """Change when it is due; False where somebody else has."""
        ...

    async def followed(self) -> Sequence[tuple[Schedule, float]]:
        """Those that follow a run which has ended, with when it did; one that is not there any
        more ended at 0.
        """
        ...


class CrowdStore(Protocol):
    async def gather(self, schedule: ScheduleId, key: str, one: Gathered) -> None:
        """Keep an event once, in the crowd of that key."""
        ...

    async def crowd(self, schedule: ScheduleId, key: str, *, limit: int) -> Crowd: ...

    async def use(self, crowd: Crowd, serials: Sequence[int], *, start: str) -> bool:
        """These events of it are used for the run of that name; False where others were used in
        the meantime.
        """
        ...

    async def owed(self) -> Sequence[tuple[ScheduleId, str, Sequence[Gathered]]]:
        """Runs that were to be started, with their name and events, and may not have been."""
        ...

    async def started(self, schedule: ScheduleId, start: str, started: Started) -> None:
        """The run of that name was started, or cannot be."""
        ...
