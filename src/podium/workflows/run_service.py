"""Use cases of runs: they are started, watched, paused, cancelled, and gone back in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from podium.governance.access import Action, Authorizer, Resource, require
from podium.identity.principal import Principal
from podium.kernel.clock import Clock
from podium.kernel.errors import Conflict, Invalid, LimitReached, NotFound, Refused
from podium.kernel.ids import Ids, RunId
from podium.kernel.json import Json, digest
from podium.kernel.paging import Page
from podium.workflows.interpreter.compile import compile_document
from podium.workflows.ports import ABSENT, Absent, Engine, RunStore
from podium.workflows.runs import Run, RunQuery, RunStatus, WorkflowVersion
from podium.workflows.service import Workflows

_PLACE = re.compile(r"\[\d+\]|#\d+|~\d+")
"""The iterations, attempts and visits in a task's path."""


class WithdrawApprovals(Protocol):
    """What happens to a run's open questions when it ends, or goes on after all."""

    async def withdraw(self, run: RunId, at: float) -> None: ...

    async def restore(self, run: RunId) -> None: ...


DEEPEST = 16
"""Runs of which each was started by the one before."""

AT_ONCE = 1000
"""Runs that one call changes at most."""

LOOK = 0.5
"""Seconds after which a run is looked at again: another process may have ended it."""


@dataclass(frozen=True, slots=True)
class Start:
    """A wish for a run. `version` None takes the one stored last."""

    namespace: str
    name: str
    version: str | None = None
    input: Json = None
    batch: str | None = None
    idempotency_key: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    parent: RunId | None = None


@dataclass(frozen=True, slots=True)
class Fork:
    """From where a run is done again in a new one. `version` None keeps the run's own."""

    path: str
    input: Json | Absent = ABSENT
    version: str | None = None


class Change(StrEnum):
    """What may be done to many runs at once."""

    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"
    FORK = "fork"


@dataclass(frozen=True, slots=True)
class Changed:
    """`runs` are those that were changed, of a fork the new ones. `refused` says of each run why it
    was not changed; `more` that not all were looked at.
    """

    runs: Sequence[RunId]
    refused: Mapping[RunId, str]
    more: bool


_NOWHERE = Fork("")


class Runs:
    """Runs of workflows."""

    def __init__(  # noqa: PLR0917, PLR0913 - the composition root names each of them
        self,
        workflows: Workflows,
        store: RunStore,
        engine: Engine,
        approvals: WithdrawApprovals,
        authorizer: Authorizer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._workflows: Workflows = workflows
        self._store: RunStore = store
        self._engine: Engine = engine
        self._approvals: WithdrawApprovals = approvals
        self._authorizer: Authorizer = authorizer
        self._clock: Clock = clock
        self._ids: Ids = ids

    async def start(self, principal: Principal, wish: Start) -> Run:
        """Start a run; the same idempotency key again answers the run it started.

        Raises NotFound for the workflow, Conflict for a key that was used for something else.
        """
        kind = Resource("run", principal.workspace)
        require(self._authorizer, principal, Action.CREATE, kind)
        workflow = await self._workflows.get(principal, wish.namespace, wish.name, wish.version)
        await self._check_depth(wish)
        run = Run(
            id=self._ids.run(),
            workspace=principal.workspace,
            owner=principal.user,
            workflow=workflow.ref,
            status=RunStatus.PENDING,
            input=wish.input,
            created_at=self._clock.now(),
            batch=wish.batch,
            idempotency_key=wish.idempotency_key,
            labels=wish.labels,
            parent=wish.parent,
        )
        stored = await self._engine.start(run)
        if stored is not run and not _same(stored, run):
            raise Conflict(
                f"The idempotency key {wish.idempotency_key!r} started {stored.id} with another "
                f"workflow or input. Use a new key for a new run."
            )
        return stored

    async def get(self, principal: Principal, run: RunId) -> Run:
        return await self._known(principal, run, Action.READ)

    async def list(
        self, principal: Principal, query: RunQuery, *, cursor: str | None, limit: int
    ) -> Page[Run]:
        require(self._authorizer, principal, Action.LIST, Resource("run", query.workspace))
        return await self._store.list(query, cursor=cursor, limit=limit)

    async def counts(self, principal: Principal, query: RunQuery) -> Mapping[RunStatus, int]:
        require(self._authorizer, principal, Action.LIST, Resource("run", query.workspace))
        return await self._store.counts(query)

    async def cancel(self, principal: Principal, run: RunId) -> Run:
        """Stop it now. Raises Conflict where it has ended."""
        found = await self._known(principal, run, Action.CHANGE)
        stopped = await self._engine.cancel(run)
        if not stopped:
            found = await self._store.get(principal.workspace, run)
            raise Conflict(f"{run} has ended ({found.status}); there is nothing to cancel.")
        for each in stopped:
            await self._approvals.withdraw(each, self._clock.now())
        return await self._store.get(principal.workspace, run)

    async def pause(self, principal: Principal, run: RunId) -> Run:
        """Let the calls that are under way end, then stand still until it is resumed.

        Raises Conflict where it has ended.
        """
        found = await self._known(principal, run, Action.CHANGE)
        if not await self._engine.pause(run):
            found = await self._store.get(principal.workspace, run)
            raise Conflict(f"{run} has ended ({found.status}); there is nothing to pause.")
        return await self._store.get(principal.workspace, run)

    async def resume(self, principal: Principal, run: RunId) -> Run:
        """Let a paused or cancelled run go on, or a faulted one try its failed step again."""
        found = await self._known(principal, run, Action.CHANGE)
        going = await self._engine.resume(run)
        for each in going:
            await self._approvals.restore(each)
        if run not in going:
            found = await self._store.get(principal.workspace, run)
            raise Conflict(
                f"{run} is {found.status}; only a suspended, cancelled or faulted run can be "
                f"resumed."
            )
        return await self._store.get(principal.workspace, run)

    async def retry(
        self, principal: Principal, run: RunId, *, path: str, input: Json | Absent = ABSENT
    ) -> Run:
        """Do everything again from the task at `path` on, with another input where one is given.

        Raises NotFound where its document has no such task; Conflict where it is not at rest.
        """
        found = await self._known(principal, run, Action.CHANGE)
        workflow = await self._workflows.version_of(found)
        _check_path(workflow, path)
        if not await self._engine.retry(run, path=path, input=input):
            found = await self._store.get(principal.workspace, run)
            raise Conflict(
                f"{run} is {found.status}; cancel or pause it, then it can be retried from a task."
            )
        await self._approvals.restore(run)
        return await self._store.get(principal.workspace, run)

    async def fork(self, principal: Principal, run: RunId, wish: Fork) -> Run:
        """A new run that shares what happened before the task at a path; the first one stays.

        Raises NotFound where the document has no such task.
        """
        found = await self._known(principal, run, Action.READ)
        require(self._authorizer, principal, Action.CREATE, Resource("run", principal.workspace))
        ref, version = found.workflow, wish.version
        workflow = (
            await self._workflows.version_of(found)
            if version is None
            else await self._workflows.get(principal, ref.namespace, ref.name, version)
        )
        _check_path(workflow, wish.path)
        new = replace(
            found,
            id=self._ids.run(),
            owner=principal.user,
            workflow=workflow.ref,
            status=RunStatus.PENDING,
            created_at=self._clock.now(),
            started_at=None,
            ended_at=None,
            output=None,
            error=None,
            waiting_on=None,
            idempotency_key=None,
            parent=None,
            labels={**found.labels, "forked_from": str(run)},
        )
        return await self._engine.copy(run, new, path=wish.path, input=wish.input)

    async def change_all(
        self, principal: Principal, query: RunQuery, change: Change, *, wish: Fork = _NOWHERE
    ) -> Changed:
        """Change each run that the filters let pass, the newest 1,000 of them.

        `wish` is for a retry or a fork: the task from which everything is done again, and for each
        of them the same input, and version of the document. Raises Invalid without a path.
        """
        if change in {Change.RETRY, Change.FORK} and not wish.path:
            raise Invalid(f"A {change} needs the path of the task to begin with, such as /do/ask.")
        require(self._authorizer, principal, Action.LIST, Resource("run", query.workspace))
        page = await self._store.list(query, cursor=None, limit=AT_ONCE)
        done: list[RunId] = []
        refused: dict[RunId, str] = {}
        for run in page.items:
            try:
                done.append((await self._change(principal, run.id, change, wish=wish)).id)
            except (Conflict, Refused, NotFound) as error:
                refused[run.id] = error.message
        return Changed(done, refused, page.next is not None)

    async def _change(self, principal: Principal, run: RunId, change: Change, *, wish: Fork) -> Run:
        match change:
            case Change.CANCEL:
                return await self.cancel(principal, run)
            case Change.PAUSE:
                return await self.pause(principal, run)
            case Change.RESUME:
                return await self.resume(principal, run)
            case Change.RETRY:
                return await self.retry(principal, run, path=wish.path, input=wish.input)
            case Change.FORK:
                return await self.fork(principal, run, wish)

    async def ended(self, principal: Principal, run: RunId, *, seconds: float) -> Run:
        """The run as it is when it has ended, or when that time is over."""
        running = self._engine.running(run)
        if running is None or running.workspace != principal.workspace:
            found = await self._known(principal, run, Action.READ)
        else:
            found = running
            self._permit(principal, found, Action.READ)
        until = self._clock.monotonic() + seconds
        while not found.status.is_final and (left := until - self._clock.monotonic()) > 0:
            ended = await self._engine.ended(run, seconds=min(left, LOOK))
            found = ended or await self._store.get(principal.workspace, run)
        return found

    async def _check_depth(self, wish: Start) -> None:
        above, depth = wish.parent, 0
        while above is not None:
            above, depth = (await self._store.find(above)).parent, depth + 1
            if depth >= DEEPEST:
                raise LimitReached(
                    f"{wish.namespace}/{wish.name} would be the {depth + 1}th run in a row that "
                    f"another one started. Does a workflow start itself?"
                )

    async def _known(self, principal: Principal, run: RunId, action: Action) -> Run:
        found = await self._store.get(principal.workspace, run)
        self._permit(principal, found, action)
        return found

    def _permit(self, principal: Principal, run: Run, action: Action) -> None:
        resource = Resource("run", run.workspace, run.id, run.owner)
        require(self._authorizer, principal, action, resource)


def _same(stored: Run, wanted: Run) -> bool:
    """Digests rather than values: 1 and 1.0 are the same to Python, and true is 1."""
    ours = (stored.workflow, digest(stored.input))
    return ours == (wanted.workflow, digest(wanted.input))


def _check_path(workflow: WorkflowVersion, path: str) -> None:
    program = compile_document(workflow.document, workflow.ref.digest)
    if not program.has(_PLACE.sub("", path)):
        known = ", ".join(sorted(program.paths)[:12])
        raise NotFound(
            f"{workflow.ref} has no task at {path!r}. `podium trace` shows the paths of a run; "
            f"the document has {known}."
        )
