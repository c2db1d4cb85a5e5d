"""The port to the database in which runs, their steps and their messages are recorded.

One process at a time holds a run: the row names it (`executor`), and `epoch` is raised whenever
the run changes hands. An entry of an old epoch is refused, so that a process which was thought
dead, and is not, changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

from podium.kernel import audit
from podium.kernel.audit import Actor, Deed, Origin
from podium.kernel.ids import RunId, WorkspaceId
from podium.kernel.json import Json, JsonObject
from podium.workflows.ports import Absent, End
from podium.workflows.runs import Run, RunStatus

AWAITS = " end"
"""How the name of a step ends that waits for the end of another run, which the step before it, of
the same name with `start`, has started.
"""


@dataclass(frozen=True, slots=True)
class Hold:
    """The right to write a run's journal."""

    run: RunId
    workspace: WorkspaceId
    epoch: int


@dataclass(frozen=True, slots=True)
class Added:
    """A new run; held at once by `executor`, or by nobody yet. None is added to a run that has
    ended: it is a Conflict. `deeds` are told where it is stored.
    """

    run: Run
    executor: str | None
    deeds: Sequence[Deed] = ()


def added(run: Run, executor: str | None) -> Added:
    return Added(run, executor, audit.taken(_created(run)))


def _created(run: Run) -> Deed:
    """Who owns a run that podium starts by itself has asked for it before."""
    here = audit.current()
    origin = here.origin if here else Origin(Actor("user", run.owner), run.workspace)
    details = {"workflow": run.workflow.digest, "parent": run.parent or ""}
    return Deed("run.create", "run", run.id, origin=origin, details=details)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a step answered. `position` counts the steps of the run; `takes` is the message that
    the step consumed. It may come twice, where nobody knows whether the first was committed.
    """

    hold: Hold
    name: str
    position: int
    outcome: JsonObject
    takes: int | None = None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Steps that are to be taken again, at the place where a retry begins. `inputs` are those of
    `Edits` that still hold.
    """

    hold: Hold
    names: Sequence[str]
    inputs: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Moved:
    """Running; or waiting, and for what."""

    hold: Hold
    waiting_on: str | None


@dataclass(frozen=True, slots=True)
class Parked:
    """The run leaves the process and waits: until `wake_at`, or a message, or a person's wish. It
    is suspended where somebody wishes that; `paused` says that it leaves for no other reason.
    """

    hold: Hold
    wake_at: float | None
    waiting_on: str
    at: float
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """`at` is the time of day; the end has the run's own clock. `parent` is told."""

    hold: Hold
    end: End
    at: float
    parent: RunId | None = None

    @property
    def status(self) -> RunStatus:
        return RunStatus.COMPLETED if self.end.error is None else RunStatus.FAULTED

    def of(self, run: Run) -> Run:
        """The run as it is stored when this is."""
        return replace(
            run,
            status=self.status,
            output=self.end.output,
            error=self.end.error,
            started_at=run.created_at if run.started_at is None else run.started_at,
            ended_at=self.at,
            waiting_on=None,
        )


Entry: TypeAlias = Added | Recorded | Forgotten | Moved | Parked | Ended


@dataclass(frozen=True, slots=True)
class Edits:
    """What a person wants changed: `cut` is the path from which on everything is done again, and
    `inputs` are the inputs of tasks by their path.
    """

    cut: str | None = None
    inputs: Mapping[str, Json] = field(default_factory=dict[str, Json])

    def after(self, before: "Edits") -> "Edits":
        """With the inputs of those made before; what the cut's task was given counts no more."""
        kept = {path: input for path, input in before.inputs.items() if path != self.cut}
        return Edits(self.cut, {**kept, **self.inputs})


def edits(path: str, input: Json | Absent) -> Edits:
    """Of a retry from the task at `path`, with another input where one is given."""
    return Edits(path) if isinstance(input, Absent) else Edits(path, {path: input})


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that is held now, with all that is recorded of it.

    `position` is the last step's; `topics` have messages; `idle` is how long the run lay still, in
    seconds; `recoveries` counts the processes that were lost with it, one after the other, without
    a step between them.
    """

    run: Run
    hold: Hold
    steps: Mapping[str, JsonObject]
    position: int = 0
    topics: frozenset[str] = frozenset()
    idle: float = 0.0
    recoveries: int = 0
    edits: Edits = field(default_factory=Edits)
    pausing: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    serial: int
    body: Json


class Journal(Protocol):
    """Raises Unavailable wherever the database does not answer or cannot grow."""

    async def commit(self, entries: Sequence[Entry]) -> Sequence[Run | bool]:
        """All in one transaction. For `Added` the stored run, which is another one where workspace
        and idempotency key are known; for the others whether the hold was good.
        """
        ...

    async def claim(self, executor: str, *, limit: int, now: float) -> Sequence[Claim]:
        """Hold runs that nobody holds and that are due, the longest due first."""
        ...

    async def next_wake(self) -> float | None:
        """When the next run that nobody holds is due."""
        ...

    async def message(self, run: RunId, topic: str) -> Message | None:
        """The oldest one that no step has taken."""
        ...

    async def send(self, run: RunId, topic: str, body: Json, *, key: str, now: float) -> bool:
        """Store it, once for each key, and make the run due. False where the run has ended.

        Raises NotFound.
        """
        ...

    async def cancel(self, run: RunId, *, now: float) -> bool:
        """End it, whoever holds it; False where it has ended."""
        ...

    async def pause(self, run: RunId, *, now: float) -> bool:
        """Suspend it, or ask the process that holds it to; False where it has ended."""
        ...

    async def reopen(self, run: RunId, *, now: float, edits: Edits | None) -> bool:
        """Make it due again. Without `edits` a suspended, cancelled or faulted run goes on, the
        latter without the step that failed; with them it may also be a completed one. The run that
        waits for its end hears no more of an earlier one.

        False for any other status.
        """
        ...

    async def copy(self, source: RunId, run: Run, edits: Edits) -> Run:
        """Add a run with the steps of another; it is due at once."""
        ...

    async def parent(self, run: RunId) -> RunId | None:
        """The run that waits for its end."""
        ...

    async def children(self, run: RunId) -> Sequence[RunId]:
        """The runs it started that have not ended."""
        ...

    async def stopped(self, run: RunId) -> Sequence[RunId]:
        """The runs it started and that must go on with it: of a cancelled one those that were
        cancelled, of a faulted one that whose end was its fault (see `AWAITS`).
        """
        ...

    async def beat(self, executor: str) -> None:
        """Say that this process lives."""
        ...

    async def release(self, executor: str, *, now: float, lost: bool) -> int:
        """Let go of all its runs, which are due then; `lost` counts as a recovery."""
        ...

    async def release_lost(self, *, silent: float, now: float) -> int:
        """The same for every process that has said nothing for `silent` seconds, or never."""
        ...

    async def held(self, executor: str) -> Mapping[RunId, tuple[int, bool]]:
        """The epoch of each run it holds, and whether somebody wishes that it pauses."""
        ...


class Wakes(Protocol):
    """Word from other processes on the same database."""

    async def next(self) -> RunId | None:
        """The run that has a message or is due; None for any."""
        ...
