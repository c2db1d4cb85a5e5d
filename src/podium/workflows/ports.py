"""What the workflows room needs from outside."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol, TypeVar

from podium.kernel.ids import RunId, WorkspaceId
from podium.kernel.json import Json, JsonObject
from podium.kernel.paging import Page
from podium.workflows.runs import Run, RunQuery, RunStatus, WorkflowVersion

T = TypeVar("T")


class Absent(Enum):
    """No value was given, which is not the same as null."""

    ABSENT = auto()


ABSENT = Absent.ABSENT


class RunStore(Protocol):
    """What people read of runs; the engine writes them."""

    async def get(self, workspace: WorkspaceId, run: RunId) -> Run:
        """Raises NotFound."""
        ...

    async def find(self, run: RunId) -> Run:
        """For the engine, which knows no workspace. Raises NotFound."""
        ...

    async def list(self, query: RunQuery, *, cursor: str | None, limit: int) -> Page[Run]:
        """Newest first. Raises Invalid for a cursor that is none of ours."""
        ...

    async def counts(self, query: RunQuery) -> dict[RunStatus, int]:
        """How many runs have each status, 0 where none has."""
        ...


class WorkflowStore(Protocol):
    async def add(self, version: WorkflowVersion) -> WorkflowVersion:
        """Store a version; equal content again answers the stored one.

        Raises Conflict where the same name and version has other content.
        """
        ...

    async def get(  # noqa: PLR0917 - a name has three parts
        self, workspace: WorkspaceId, namespace: str, name: str, version: str | None
    ) -> WorkflowVersion:
        """The version, or the one stored last where it is None. Raises NotFound."""
        ...

    async def by_digest(self, workspace: WorkspaceId, digest: str) -> WorkflowVersion: ...

    async def list(
        self, workspace: WorkspaceId, *, cursor: str | None, limit: int
    ) -> Page[WorkflowVersion]:
        """The newest version of each workflow, by name."""
        ...


class Effects(Protocol):
    """Everything by which a run touches the world; one instance for each execution of a run.

    What is recorded is found again by its name, so a name must be the same at each replay and
    unlike any other of the run: the task's path and what is done there.
    """

    def now(self) -> float:
        """The run's clock, now: the time of day without the time that the run lay still."""
        ...

    async def enter(self, path: str, data: Json) -> Json:
        """The task at `path` begins. Answers its input: `data`, unless a person has put another
        in its place.
        """
        ...

    async def call(
        self,
        name: str,
        action: Callable[[], Awaitable[JsonObject]],
        *,
        waits: str | None = None,
    ) -> JsonObject:
        """Run `action`, record what it answers; on replay answer what is recorded.

        `waits` says to people what an action waits for that may take long and stays in the process.
        """
        ...

    async def sleep(self, until: float, *, reason: str) -> None:
        """Until that moment of the run's clock. `reason` says to people what the run waits for."""
        ...

    async def receive(
        self, name: str, topic: str, *, until: float | None, reason: str
    ) -> JsonObject:
        """The next message on `topic`: {"message": Json, "at": time}, or {"at": until} without one
        when the time is over.
        """
        ...

    async def fork(self, branches: Sequence[Callable[[], Awaitable[T]]]) -> Sequence[T]:
        """Run them at once; their answers in order. The first exception ends the others."""
        ...

    async def race(
        self, name: str, branches: Sequence[Callable[[], Awaitable[JsonObject]]]
    ) -> JsonObject:
        """The answer of the branch that is done first, recorded; the others are stopped.

        A branch that raises has lost; when all have, the first exception is raised.
        """
        ...


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended, by its own clock: completed with `output`, or faulted with `error`, which
    came out of `step` where the failure of a step was the reason.
    """

    at: float
    output: Json = None
    error: JsonObject | None = None
    step: str | None = None


Body = Callable[[Run, Effects], Awaitable[End]]
"""What the engine executes."""


class Engine(Protocol):
    """Executes runs durably: what is recorded happens once, whatever crashes."""

    async def start(self, run: Run) -> Run:
        """Store it and execute it; or answer the one with the same workspace and key.

        Raises Unavailable.
        """
        ...

    async def cancel(self, run: RunId) -> Sequence[RunId]:
        """Stop it for good, also where it sleeps or waits, and the runs that it waits for. Answers
        all of these; none where it has ended.
        """
        ...

    async def pause(self, run: RunId) -> bool:
        """Let the call that is under way end, then stand still; False where it has ended."""
        ...

    async def resume(self, run: RunId) -> Sequence[RunId]:
        """Go on: a paused run, a cancelled one, or a faulted one with the call that failed; and the
        runs that it waits for. Answers all that go on; without it where it is none of these.
        """
        ...

    async def retry(self, run: RunId, *, path: str, input: Json | Absent = ABSENT) -> bool:
        """Forget what is recorded of the task at `path` and of all that came after, and go on.

        `input` replaces the task's input. False where the run has not ended and is not paused;
        raises NotFound where it never came to such a task.
        """
        ...

    async def copy(self, run: RunId, new: Run, *, path: str, input: Json | Absent = ABSENT) -> Run:
        """Start `new` with what `run` had recorded before it came to the task at `path`."""
        ...

    def running(self, run: RunId) -> Run | None:
        """The run, as it began, where this process has it now."""
        ...

    async def ended(self, run: RunId, *, seconds: float) -> Run | None:
        """Wait until it ends in this process, and answer it as it is stored then; None where it did
        not in that time, or where somebody cancelled it.
        """
        ...

    async def send(self, run: RunId, topic: str, message: Json, *, key: str) -> None:
        """Deliver a message once for each `key`. Raises NotFound, Unavailable."""
        ...
