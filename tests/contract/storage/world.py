"""What the storage tests are written against: the ports, and values with everything filled in."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from podium.gateway.configuration.ports import VersionStore
from podium.governance.approvals import Approval, ApprovalStatus, ApprovalStore
from podium.governance.audit.ports import AuditStore
from podium.governance.delegations import DelegationStore
from podium.governance.policies.ports import PolicyStore
from podium.identity.federation import LinkStore
from podium.identity.logins import LoginStore
from podium.identity.organisation import Binding, Group, Organisation, User, Workspace
from podium.identity.ports import Credential, CredentialKind, DirectoryStore, IdentityStore
from podium.integrations.ports import VectorStore
from podium.kernel.ids import (
    ApprovalId,
    BindingId,
    GroupId,
    KeyId,
    OrganisationId,
    RunId,
    UserId,
    WorkspaceId,
)
from podium.kernel.json import Json, JsonObject
from podium.kernel.money import NanoUsd
from podium.observability.ports import SpanStore
from podium.observability.spans import Span, SpanKind, SpanStatus
from podium.workflows.engine.journal import Added, Ended, Hold, Journal, Moved
from podium.workflows.events.ports import EventStore
from podium.workflows.ports import End, RunStore, WorkflowStore
from podium.workflows.runs import Run, RunQuery, RunStatus, WorkflowRef, WorkflowVersion
from podium.workflows.scheduling.ports import CrowdStore, ScheduleStore

ONE = WorkspaceId("ws_one")
TWO = WorkspaceId("ws_two")
ANN = UserId("user_ann")
NASTY = "naïve 日本 🎼 \x00 \x7f \\u0000 \ud800 ' \" % :name \n"
"""What people and models send; JSON must come back exactly."""


class Stores(Protocol):
    @property
    def audit(self) -> AuditStore: ...
    @property
    def identity(self) -> IdentityStore: ...
    @property
    def directory(self) -> DirectoryStore: ...
    @property
    def policies(self) -> PolicyStore: ...
    @property
    def workflows(self) -> WorkflowStore: ...
    @property
    def runs(self) -> RunStore: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def spans(self) -> SpanStore: ...
    @property
    def approvals(self) -> ApprovalStore: ...
    @property
    def delegations(self) -> DelegationStore: ...
    @property
    def logins(self) -> LoginStore: ...
    @property
    def links(self) -> LinkStore: ...
    @property
    def vectors(self) -> VectorStore: ...
    @property
    def events(self) -> EventStore: ...
    @property
    def schedules(self) -> ScheduleStore: ...
    @property
    def configurations(self) -> VersionStore: ...
    @property
    def crowds(self) -> CrowdStore: ...


def hold(run: str = "run_1", *, epoch: int = 0, workspace: WorkspaceId = ONE) -> Hold:
    return Hold(RunId(run), workspace, epoch)


async def add(stores: Stores, run: Run) -> Run:
    """A new run that nobody holds yet."""
    (stored,) = await stores.journal.commit([Added(run, None)])
    assert isinstance(stored, Run)
    return stored


async def begin(stores: Stores, run: str = "run_1") -> None:
    _ = await stores.journal.commit([Moved(hold(run), None)])


async def wait(stores: Stores, run: str, waiting_on: str) -> None:
    _ = await stores.journal.commit([Moved(hold(run), waiting_on)])


async def finish(
    stores: Stores, run: str, at: float, *, output: Json = None, error: JsonObject | None = None
) -> bool:
    """Completed, or faulted with `error`; False where it had ended."""
    ended = Ended(hold(run), End(at, output=output, error=error), at)
    (moved,) = await stores.journal.commit([ended])
    return moved is True


async def pending(stores: Stores) -> int:
    return (await stores.runs.counts(RunQuery(ONE)))[RunStatus.PENDING]


def a_run(  # noqa: PLR0913 each test says what it is about
    name: str = "1",
    *,
    workspace: WorkspaceId = ONE,
    at: float = 100.0,
    status: RunStatus = RunStatus.PENDING,
    given: Json = None,
    workflow: str = "acme/triage:1.0.0",
    batch: str | None = None,
    key: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Run:
    path, _, version = workflow.partition(":")
    namespace, _, title = path.partition("/")
    return Run(
        id=RunId(f"run_{name}"),
        workspace=workspace,
        owner=ANN,
        workflow=WorkflowRef(namespace, title, version, "d" * 64),
        status=status,
        input=given,
        created_at=at,
        batch=batch,
        idempotency_key=key,
        labels=labels or {},
    )


def a_version(
    workflow: str = "acme/triage:1.0.0",
    *,
    workspace: WorkspaceId = ONE,
    digest: str = "a" * 64,
    at: float = 100.0,
    document: JsonObject | None = None,
) -> WorkflowVersion:
    path, _, version = workflow.partition(":")
    namespace, _, name = path.partition("/")
    return WorkflowVersion(
        ref=WorkflowRef(namespace, name, version, digest),
        workspace=workspace,
        owner=ANN,
        title="Triage",
        text="document:\n  dsl: 1.0.3\n",
        document=document or {"do": [{"ask": {"call": "llm"}}]},
        created_at=at,
    )


def an_approval(
    name: str = "1",
    *,
    run: str = "run_1",
    path: str = "/do/approve",
    workspace: WorkspaceId = ONE,
    at: float = 100.0,
    payload: Json = None,
) -> Approval:
    return Approval(
        id=ApprovalId(f"appr_{name}"),
        workspace=workspace,
        owner=ANN,
        run=RunId(run),
        path=path,
        topic=path,
        title="Send the offer?",
        payload=payload,
        payload_digest="e" * 64,
        created_at=at,
    )


def decided(approval: Approval, *, at: float = 200.0, edited: Json = None) -> Approval:
    return replace(
        approval,
        status=ApprovalStatus.APPROVED,
        decided_by=ANN,
        decided_at=at,
        comment="Yes.",
        edited=edited,
        revision=1,
    )


def a_span(  # noqa: PLR0913 each test says what it is about
    name: str = "ask",
    *,
    span_id: str = "",
    run: str = "run_1",
    workspace: WorkspaceId = ONE,
    kind: SpanKind = SpanKind.TASK,
    at: float = 100.0,
    seconds: float | None = 1.0,
    status: SpanStatus = SpanStatus.OK,
    model: str | None = None,
    tokens: int = 0,
    attributes: JsonObject | None = None,
) -> Span:
    return Span(
        id=span_id or name,
        trace="t" * 32,
        parent=None,
        run=RunId(run),
        workspace=workspace,
        kind=kind,
        name=name,
        path=f"/do/{name}",
        started_at=at,
        ended_at=None if seconds is None else at + seconds,
        status=status,
        model=model,
        input_tokens=tokens,
        output_tokens=2 * tokens,
        cost=NanoUsd(tokens * 1000),
        attributes=attributes or {},
    )


def a_workspace(name: str = "one", *, at: float = 1.0) -> Workspace:
    return Workspace(WorkspaceId(f"ws_{name}"), f"Workspace {name}", at)


def an_organisation(name: str = "acme") -> Organisation:
    return Organisation(OrganisationId(f"org_{name}"), name, 1.0)


def a_binding(
    name: str = "1",
    *,
    role: str = "engineer",
    subject: str = "user_ann",
    workspace: WorkspaceId = ONE,
    team: str = "",
    at: float = 1.0,
) -> Binding:
    return Binding(BindingId(f"bind_{name}"), role, subject, workspace, at, GroupId(team), "user_x")


def a_group(name: str = "ops", *, workspace: WorkspaceId = ONE) -> Group:
    prefix = "team" if workspace else "group"
    return Group(GroupId(f"{prefix}_{name}"), workspace, name, 1.0)


def a_user(name: str = "ann", *, workspace: WorkspaceId = ONE, at: float = 1.0) -> User:
    return User(UserId(f"user_{name}"), workspace, name.title(), at)


def a_credential(
    name: str = "1",
    *,
    user: str = "user_ann",
    kind: str = CredentialKind.API_KEY,
    at: float = 1.0,
    expires_at: float | None = None,
) -> Credential:
    secret = name.rjust(64, "0")
    return Credential(
        KeyId(f"key_{name}"), UserId(user), ONE, kind, secret, f"Key {name}", at, expires_at
    )
