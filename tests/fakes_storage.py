"""`MemoryStores`: every storage port in dictionaries, as strict as the SQL stores.

The contract tests in `tests/contract/storage` run over these, SQLite and PostgreSQL alike.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from podium.governance.approvals import Approval, ApprovalQuery, ApprovalStatus, Voter
from podium.governance.delegations import Delegation
from podium.governance.voting import has_seat
from podium.kernel.errors import Conflict, NotFound
from podium.kernel.ids import ApprovalId, DelegationId, RunId, UserId, WorkspaceId
from podium.kernel.paging import Page
from podium.observability.ports import CallQuery, StepSummary
from podium.observability.spans import Span, SpanKind, SpanStatus
from podium.workflows.runs import Run, RunQuery, RunStatus, WorkflowRef, WorkflowVersion
from tests.fakes_audit import MemoryAudit
from tests.fakes_configurations import MemoryConfigurations
from tests.fakes_directory import MemoryDirectory, MemoryPolicies
from tests.fakes_events import MemoryEvents
from tests.fakes_identity import MemoryIdentity
from tests.fakes_journal import MemoryJournal
from tests.fakes_logins import MemoryLinks, MemoryLogins
from tests.fakes_rows import by_start, by_time, kept, page
from tests.fakes_schedules import MemoryCrowds, MemorySchedules


def _is_of(run: Run, workflow: str) -> bool:
    path, _, version = workflow.partition(":")
    namespace, slash, name = path.rpartition("/")
    return (
        run.workflow.name == name
        and (not slash or run.workflow.namespace == namespace)
        and (not version or run.workflow.version == version)
    )


def _matches(run: Run, query: RunQuery) -> bool:
    return (
        run.workspace == query.workspace
        and query.status in {None, run.status}
        and query.batch in {None, run.batch}
        and (query.workflow is None or _is_of(run, query.workflow))
        and (query.created_after is None or run.created_at > query.created_after)
        and (query.created_before is None or run.created_at < query.created_before)
    )


@dataclass
class MemoryRuns:
    """What the journal has, as people read it."""

    journal: MemoryJournal

    @property
    def rows(self) -> dict[RunId, Run]:
        return {id: row.run for id, row in self.journal.rows.items()}

    async def get(self, workspace: WorkspaceId, run: RunId) -> Run:
        found = await self.find(run)
        if found.workspace != workspace:
            raise NotFound(f"There is no run {run}.")
        return found

    async def find(self, run: RunId) -> Run:
        if run not in self.rows:
            raise NotFound(f"There is no run {run}.")
        return self.rows[run]

    async def list(self, query: RunQuery, *, cursor: str | None, limit: int) -> Page[Run]:
        found = [run for run in self.rows.values() if _matches(run, query)]
        return page("runs", found, by_time, cursor=cursor, limit=limit, newest_first=True)

    async def counts(self, query: RunQuery) -> dict[RunStatus, int]:
        found = [run.status for run in self.rows.values() if _matches(run, query)]
        return {status: found.count(status) for status in RunStatus}

    def of_batch(self, workspace: WorkspaceId, batch: str) -> frozenset[RunId]:
        query = RunQuery(workspace, batch=batch)
        return frozenset(run.id for run in self.rows.values() if _matches(run, query))


def _named(ref: WorkflowRef) -> tuple[str, str]:
    return (ref.name, ref.namespace)


@dataclass
class MemoryWorkflows:
    rows: "list[WorkflowVersion]" = field(default_factory=list)

    async def add(self, version: WorkflowVersion) -> WorkflowVersion:
        ref = version.ref
        try:
            stored = await self.get(version.workspace, ref.namespace, ref.name, ref.version)
        except NotFound:
            self.rows.append(kept(version))
            return version
        if stored.ref.digest != ref.digest:
            raise Conflict(f"Workflow {ref} is stored already with other content.")
        return stored

    async def get(  # the port's
        self, workspace: WorkspaceId, namespace: str, name: str, version: str | None
    ) -> WorkflowVersion:
        for row in reversed(self.rows):
            wanted = (workspace, namespace, name, version or row.ref.version)
            if (row.workspace, row.ref.namespace, row.ref.name, row.ref.version) == wanted:
                return row
        raise NotFound(f"There is no workflow {namespace}/{name}.")

    async def by_digest(self, workspace: WorkspaceId, digest: str) -> WorkflowVersion:
        for row in self.rows:
            if (row.workspace, row.ref.digest) == (workspace, digest):
                return row
        raise NotFound(f"There is no workflow whose document has the digest {digest}.")

    async def list(
        self, workspace: WorkspaceId, *, cursor: str | None, limit: int
    ) -> Page[WorkflowVersion]:
        newest = {_named(row.ref): row for row in self.rows if row.workspace == workspace}
        return page(
            "workflows",
            newest.values(),
            lambda row: _named(row.ref),
            cursor=cursor,
            limit=limit,
        )


@dataclass
class MemoryApprovals:
    runs: MemoryRuns
    rows: dict[ApprovalId, Approval] = field(default_factory=dict)
    owed: dict[ApprovalId, float] = field(default_factory=dict)

    async def add(self, approval: Approval) -> Approval:
        for stored in self.rows.values():
            if (stored.run, stored.path) == (approval.run, approval.path):
                return stored
        self.rows[approval.id] = kept(approval)
        return approval

    async def get(self, workspace: WorkspaceId, approval: ApprovalId) -> Approval:
        found = self.rows.get(approval)
        if found is None or found.workspace != workspace:
            raise NotFound(f"There is no approval {approval}.")
        return found

    def _matching(self, query: ApprovalQuery) -> "list[Approval]":
        batch = query.batch
        members = self.runs.of_batch(query.workspace, batch) if batch is not None else None
        return [
            row
            for row in self.rows.values()
            if row.workspace == query.workspace
            and query.status in {None, row.status}
            and query.run in {None, row.run}
            and (members is None or row.run in members)
            and (query.voter is None or _waits_for(row, query.voter))
        ]

    async def list(self, query: ApprovalQuery, *, cursor: str | None, limit: int) -> Page[Approval]:
        found = self._matching(query)
        return page("approvals", found, by_time, cursor=cursor, limit=limit)

    async def count(self, query: ApprovalQuery) -> int:
        return len(self._matching(query))

    async def change(self, new: Approval, *, seen: Approval) -> Approval:
        stored = await self.get(new.workspace, new.id)
        if stored.status is not ApprovalStatus.WAITING or stored.revision != seen.revision:
            raise Conflict(f"Approval {new.id} is {stored.status}, not as it was.")
        changed = kept(
            replace(
                stored,
                status=new.status,
                decided_by=new.decided_by,
                decided_at=new.decided_at,
                comment=new.comment,
                edited=new.edited,
                votes=new.votes,
                escalated_at=new.escalated_at,
                revision=seen.revision + 1,
            )
        )
        self.rows[new.id] = changed
        if new.status is not ApprovalStatus.WAITING:
            self.owed[new.id] = new.decided_at or 0.0
        return changed

    async def withdraw(self, run: RunId, at: float) -> None:
        for row in tuple(self.rows.values()):
            if row.run == run and row.status is ApprovalStatus.WAITING:
                self.rows[row.id] = replace(row, status=ApprovalStatus.WITHDRAWN, decided_at=at)

    async def restore(self, run: RunId) -> None:
        for row in tuple(self.rows.values()):
            if row.run == run and row.status is ApprovalStatus.WITHDRAWN:
                self.rows[row.id] = replace(row, status=ApprovalStatus.WAITING, decided_at=None)

    async def undelivered(self) -> tuple[Approval, ...]:
        waiting = sorted(self.owed, key=lambda approval: (self.owed[approval], approval))
        return tuple(self.rows[approval] for approval in waiting)

    async def delivered(self, approval: ApprovalId) -> None:
        _ = self.owed.pop(approval, None)


def _waits_for(approval: Approval, voter: Voter) -> bool:
    spent = {user for vote in approval.standing for user in vote.people}
    if voter.user in spent:
        return False
    if voter.user == approval.owner and not approval.terms.self_approval:
        return False
    return any(
        seat.approval in {None, approval.id} and seat.user not in spent and has_seat(approval, seat)
        for seat in voter.seats
    )


@dataclass
class MemoryDelegations:
    rows: dict[DelegationId, Delegation] = field(default_factory=dict)

    async def add(self, delegation: Delegation) -> None:
        self.rows[delegation.id] = delegation

    async def of(self, workspace: WorkspaceId, user: UserId) -> tuple[Delegation, ...]:
        found = (
            row
            for row in self.rows.values()
            if row.workspace == workspace
            and user in {row.owner, row.delegate}
            and row.revoked_at is None
        )
        return tuple(sorted(found, key=lambda row: (row.created_at, row.id)))

    async def revoke(self, workspace: WorkspaceId, delegation: DelegationId, at: float) -> None:
        row = self.rows[delegation]
        if row.workspace == workspace:
            self.rows[delegation] = replace(row, revoked_at=at)


def _rank(sorted_values: Sequence[float], share: float) -> float:
    return sorted_values[math.ceil(share * len(sorted_values)) - 1]


@dataclass
class MemorySpans:
    runs: MemoryRuns
    rows: dict[tuple[RunId, str], Span] = field(default_factory=dict)

    async def write(self, spans: Sequence[Span]) -> None:
        for span in [kept(span) for span in spans]:
            before = self.rows.get((span.run, span.id))
            if before is None or before.workspace == span.workspace:
                self.rows[span.run, span.id] = span

    async def trace(self, workspace: WorkspaceId, run: RunId) -> Sequence[Span]:
        found = [row for row in self.rows.values() if (row.workspace, row.run) == (workspace, run)]
        return sorted(found, key=lambda row: (row.started_at, row.path, row.id))

    async def calls(
        self, workspace: WorkspaceId, query: CallQuery, *, cursor: str | None, limit: int
    ) -> Page[Span]:
        found = [
            row
            for row in self.rows.values()
            if (row.workspace, row.run) == (workspace, "")
            and query.model in {None, row.model}
            and query.status in {None, row.status}
            and (query.since is None or row.started_at >= query.since)
            and query.span in {None, row.id}
        ]
        return page("calls", found, by_start, cursor=cursor, limit=limit, newest_first=True)

    def _of_batch(self, workspace: WorkspaceId, batch: str) -> "list[Span]":
        members = self.runs.of_batch(workspace, batch)
        return [
            row for row in self.rows.values() if row.workspace == workspace and row.run in members
        ]

    async def steps(self, workspace: WorkspaceId, batch: str) -> Sequence[StepSummary]:
        groups: dict[tuple[SpanKind, str], list[Span]] = {}
        for row in self._of_batch(workspace, batch):
            if row.kind in {SpanKind.TASK, SpanKind.MODEL} and row.ended_at is not None:
                label = row.model if row.kind is SpanKind.MODEL and row.model else row.name
                groups.setdefault((row.kind, label), []).append(row)
        kinds = [SpanKind.TASK, SpanKind.MODEL]
        order = sorted(groups, key=lambda key: (kinds.index(key[0]), key[1]))
        return [_summary(name, kind, groups[kind, name]) for kind, name in order]

    async def open_names(self, workspace: WorkspaceId, batch: str) -> Sequence[tuple[str, int]]:
        counted: dict[str, int] = {}
        for row in self._of_batch(workspace, batch):
            is_open = row.status is SpanStatus.OPEN and row.ended_at is None
            if is_open and row.kind is SpanKind.TASK and not self._has_ended(row.run):
                counted[row.name] = counted.get(row.name, 0) + 1
        return sorted(counted.items(), key=lambda item: (-item[1], item[0]))

    def _has_ended(self, run: RunId) -> bool:
        return self.runs.rows[run].status.is_final


def _summary(name: str, kind: SpanKind, spans: Sequence[Span]) -> StepSummary:
    times = sorted((span.ended_at or 0.0) - span.started_at for span in spans)
    return StepSummary(
        name=name,
        kind=kind.value,
        count=len(spans),
        errors=sum(span.status is SpanStatus.ERROR for span in spans),
        p50_ms=round(_rank(times, 0.5) * 1000, 6),
        p95_ms=round(_rank(times, 0.95) * 1000, 6),
        input_tokens=sum(span.input_tokens for span in spans),
        output_tokens=sum(span.output_tokens for span in spans),
        cost=sum(span.cost for span in spans),
    )


@dataclass
class MemoryVectors:
    rows: dict[tuple[str, str], bytes] = field(default_factory=dict)

    async def get(self, model: str, digests: Sequence[str]) -> Mapping[str, bytes]:
        found = {digest: self.rows.get((model, digest)) for digest in digests}
        return {digest: vector for digest, vector in found.items() if vector is not None}

    async def put(self, model: str, vectors: Mapping[str, bytes]) -> None:
        for digest, vector in vectors.items():
            _ = self.rows.setdefault((model, digest), vector)


class MemoryStores:
    """One attribute for each port, as `podium.adapters.storage.stores.SqlStores` has them."""

    def __init__(self) -> None:
        self.audit: MemoryAudit = MemoryAudit()
        self.policies: MemoryPolicies = MemoryPolicies()
        self.directory: MemoryDirectory = MemoryDirectory()
        self.identity: MemoryIdentity = MemoryIdentity(self.directory)
        self.workflows: MemoryWorkflows = MemoryWorkflows()
        self.journal: MemoryJournal = MemoryJournal()
        self.runs: MemoryRuns = MemoryRuns(self.journal)
        self.spans: MemorySpans = MemorySpans(self.runs)
        self.approvals: MemoryApprovals = MemoryApprovals(self.runs)
        self.delegations: MemoryDelegations = MemoryDelegations()
        self.configurations: MemoryConfigurations = MemoryConfigurations()
        self.logins: MemoryLogins = MemoryLogins()
        self.links: MemoryLinks = MemoryLinks()
        self.vectors: MemoryVectors = MemoryVectors()
        self.events: MemoryEvents = MemoryEvents(self.journal)
        self.schedules: MemorySchedules = MemorySchedules(self.journal, self.workflows.rows)
        self.crowds: MemoryCrowds = MemoryCrowds(self.schedules, self.events)
