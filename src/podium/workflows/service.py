"""Use cases: workflows are stored and validated, runs are started, watched, cancelled, resumed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from podium.governance.access import Action, Authorizer, Resource, require
from podium.identity.principal import Principal
from podium.kernel.clock import Clock
from podium.kernel.errors import Conflict
from podium.kernel.ids import Ids, RunId
from podium.kernel.json import Json, JsonObject, digest
from podium.kernel.paging import Page
from podium.workflows.documents.check import check, parse
from podium.workflows.documents.findings import Finding
from podium.workflows.documents.yaml import load
from podium.workflows.ports import Engine, RunStore, WorkflowStore
from podium.workflows.runs import Run, RunQuery, RunStatus, WorkflowRef, WorkflowVersion


class WithdrawApprovals(Protocol):
    """What happens to a run's open questions when it ends, or goes on after all."""

    async def withdraw(self, run: RunId, at: float) -> None: ...

    async def restore(self, run: RunId) -> None: ...


class Workflows:
    """Documents and their versions."""

    def __init__(  # noqa: PLR0917 - the composition root names each of them
        self,
        store: WorkflowStore,
        functions: Mapping[str, JsonObject],
        authorizer: Authorizer,
        clock: Clock,
    ) -> None:
        self._store: WorkflowStore = store
        self._functions: Mapping[str, JsonObject] = functions
        self._authorizer: Authorizer = authorizer
        self._clock: Clock = clock

    def validate(self, text: str | bytes, *, name: str) -> Sequence[Finding]:
        """Everything that is wrong or doubtful. Raises Invalid where it cannot be read at all."""
        return check(load(text, name=name), self._functions)

    async def put(self, principal: Principal, text: str, *, name: str) -> WorkflowVersion:
        """Store a version of a document. Raises Invalid, and Conflict for a changed old version."""
        kind = Resource("workflow", principal.workspace)
        require(self._authorizer, principal, Action.CREATE, kind)
        document = parse(text, name=name, functions=self._functions)
        ref = WorkflowRef(document.namespace, document.name, document.version, document.digest)
        return await self._store.add(
            WorkflowVersion(
                ref=ref,
                workspace=principal.workspace,
                owner=principal.user,
                title=document.title,
                text=text,
                document=document.source,
                created_at=self._clock.now(),
            )
        )

    async def get(  # noqa: PLR0917 - a name has three parts
        self, principal: Principal, namespace: str, name: str, version: str | None
    ) -> WorkflowVersion:
        found = await self._store.get(principal.workspace, namespace, name, version)
        resource = Resource("workflow", found.workspace, str(found.ref), found.owner)
        require(self._authorizer, principal, Action.READ, resource)
        return found

    async def list(
        self, principal: Principal, *, cursor: str | None, limit: int
    ) -> Page[WorkflowVersion]:
        kind = Resource("workflow", principal.workspace)
        require(self._authorizer, principal, Action.LIST, kind)
        return await self._store.list(principal.workspace, cursor=cursor, limit=limit)


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
        )
        stored = await self._store.add(run)
        if (stored.workflow, digest(stored.input)) != (run.workflow, digest(run.input)):
            raise Conflict(
                f"The idempotency key {wish.idempotency_key!r} started {stored.id} with another "
                f"workflow or input. Use a new key for a new run."
            )
        if stored.status is RunStatus.PENDING:  # also where an earlier start got no further
            await self._engine.start(stored.id, _request(stored, principal.name))
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
        if found.status.is_final:
            raise Conflict(f"{run} has ended ({found.status}); there is nothing to cancel.")
        now = self._clock.now()
        await self._engine.cancel(run)  # first: what fails here leaves a run that can be cancelled
        _ = await self._store.finish(run, RunStatus.CANCELLED, now, output=None, error=None)
        await self._approvals.withdraw(run, now)
        return await self._store.get(principal.workspace, run)

    async def resume(self, principal: Principal, run: RunId) -> Run:
        """Let a faulted run try its last failed step again, or a cancelled one go on."""
        found = await self._known(principal, run, Action.CHANGE)
        if found.status not in {RunStatus.FAULTED, RunStatus.CANCELLED}:
            raise Conflict(
                f"{run} is {found.status}; only a faulted or cancelled run can be resumed."
            )
        await self._store.reopen(run)
        await self._approvals.restore(run)
        await self._engine.rewind(run, to=None)
        return await self._store.get(principal.workspace, run)

    async def recover(self) -> int:
        """Take up what a process that died had stored but not yet told the engine.

        Answers how many runs those were: started but unknown there, or resumed but still ended.
        """
        unfinished = await self._store.unfinished()
        known = await self._engine.known(unfinished)
        lost = [run for run in unfinished if known.get(run, True)]
        for id in lost:
            if id in known:
                await self._engine.rewind(id, to=None)
            else:
                run = await self._store.find(id)
                await self._engine.start(run.id, _request(run, str(run.owner)))
        return len(lost)

    async def _known(self, principal: Principal, run: RunId, action: Action) -> Run:
        found = await self._store.get(principal.workspace, run)
        resource = Resource("run", found.workspace, found.id, found.owner)
        require(self._authorizer, principal, action, resource)
        return found


def _request(run: Run, name: str) -> JsonObject:
    return {
        "run": run.id,
        "document": run.workflow.digest,
        "input": run.input,
        "now": run.created_at,
        "principal": {"user": run.owner, "workspace": run.workspace, "name": name},
    }
