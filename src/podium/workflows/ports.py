"""What the workflows room needs from outside."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from podium.kernel.ids import RunId, WorkspaceId
from podium.kernel.json import Json, JsonObject
from podium.kernel.paging import Page
from podium.workflows.runs import Run, RunQuery, RunStatus, WorkflowVersion


class RunStore(Protocol):
    async def add(self, run: Run) -> Run:
        """Store it; or answer the run that has the same workspace and idempotency key."""
        ...

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

    async def begin(self, run: RunId, at: float) -> None:
        """Pending or waiting becomes running; `started_at` keeps its first value.

        A run in any other status stays as it is. Raises NotFound.
        """
        ...

    async def wait(self, run: RunId, waiting_on: str) -> None:
        """A run that is not final becomes waiting; a final one stays. Raises NotFound."""
        ...

    async def finish(
        self, run: RunId, status: RunStatus, at: float, *, output: Json, error: JsonObject | None
    ) -> bool:
        """Move to a final status; False where the run had one already. Raises NotFound."""
        ...

    async def reopen(self, run: RunId) -> None:
        """A faulted or cancelled run becomes pending again, without output and error.

        Raises NotFound; Conflict for any other status, so of two that come at once one wins.
        """
        ...

    async def unfinished(self) -> Sequence[RunId]:
        """Runs that are not final, oldest first."""
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


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch of a fork, run as a child with an id of its own."""

    path: str
    request: JsonObject


class Effects(Protocol):
    """Everything by which a run touches the world; one instance for each run or branch."""

    async def call(self, name: str, action: Callable[[], Awaitable[JsonObject]]) -> JsonObject:
        """Run `action`, record what it answers under `name`; on replay answer what is recorded."""
        ...

    async def all(
        self, calls: Sequence[tuple[str, Callable[[], Awaitable[JsonObject]]]], *, parallel: int
    ) -> Sequence[JsonObject]:
        """Like `call` for each, at most `parallel` at a time, answers in order."""
        ...

    async def sleep(self, seconds: float) -> None: ...

    async def receive(self, topic: str, *, seconds: float | None) -> Json: ...

    async def fork(self, branches: Sequence[Branch], *, compete: bool) -> Sequence[JsonObject]:
        """Run the branches as children; all their answers in order, or the first one alone."""
        ...


Body = Callable[[str, JsonObject, Effects], Awaitable[JsonObject]]
"""What the engine runs: (id, request, effects) -> answer. It must not raise."""


class Engine(Protocol):
    """Runs bodies durably: each recorded step happens once, whatever crashes."""

    async def start(self, id: str, request: JsonObject) -> None:
        """Start it; the same id again changes nothing."""
        ...

    async def cancel(self, id: str) -> None:
        """Stop it and its children, also where they sleep or wait."""
        ...

    async def send(self, id: str, topic: str, message: Json, *, key: str) -> None:
        """Deliver a message once for each `key`."""
        ...

    async def rewind(self, id: str, *, to: str | None) -> None:
        """Forget the recorded steps from the one named `to` on, and run again.

        None: from the last one that failed; a cancelled run just goes on.
        """
        ...

    async def known(self, ids: Sequence[str]) -> Mapping[str, bool]:
        """Those of `ids` that have been started, and whether they have ended."""
        ...
