"""What the API needs to be given: the use cases of the rooms, as far as it calls them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, Self

from podium.api.approval_ports import Approvals, Delegations
from podium.api.configuration_ports import Cache, Configuration
from podium.api.sign_in_ports import SignIns
from podium.gateway.guardrail_service import Guardrails
from podium.gateway.limits.budgets import Budget
from podium.gateway.models import Listing
from podium.gateway.requests import Answered, Request
from podium.gateway.service import Answer
from podium.governance.audit.service import Audit
from podium.governance.policies.service import Policies
from podium.identity.directory import Directory
from podium.identity.federation import Federated
from podium.identity.issuing import Issued
from podium.identity.key_service import Terms
from podium.identity.ports import Credential
from podium.identity.principal import Principal
from podium.kernel.clock import Clock
from podium.kernel.errors import PodiumError
from podium.kernel.ids import KeyId, RunId, ScheduleId, UserId
from podium.kernel.json import Json, JsonObject
from podium.kernel.paging import Page
from podium.observability.ports import CallQuery
from podium.observability.service import BatchReport
from podium.observability.spans import Span
from podium.workflows.documents.findings import Finding
from podium.workflows.events.cloudevents import Event
from podium.workflows.events.ports import Receipt
from podium.workflows.ports import ABSENT, Absent
from podium.workflows.run_service import Change, Changed, Fork, Start
from podium.workflows.runs import Run, RunQuery, RunStatus, WorkflowVersion
from podium.workflows.scheduling.schedules import Schedule


class Workflows(Protocol):
    async def validate(self, text: str | bytes, *, name: str) -> Sequence[Finding]: ...

    async def put(self, principal: Principal, text: str, *, name: str) -> WorkflowVersion: ...

    async def get(  # noqa: PLR0917 - the use case's
        self, principal: Principal, namespace: str, name: str, version: str | None
    ) -> WorkflowVersion: ...

    async def list(
        self, principal: Principal, *, cursor: str | None, limit: int
    ) -> Page[WorkflowVersion]: ...


class Runs(Protocol):
    async def start(self, principal: Principal, wish: Start) -> Run: ...

    async def get(self, principal: Principal, run: RunId) -> Run: ...

    async def list(
        self, principal: Principal, query: RunQuery, *, cursor: str | None, limit: int
    ) -> Page[Run]: ...

    async def counts(self, principal: Principal, query: RunQuery) -> Mapping[RunStatus, int]: ...

    async def cancel(self, principal: Principal, run: RunId) -> Run: ...

    async def pause(self, principal: Principal, run: RunId) -> Run: ...

    async def resume(self, principal: Principal, run: RunId) -> Run: ...

    async def retry(
        self, principal: Principal, run: RunId, *, path: str, input: Json | Absent = ABSENT
    ) -> Run: ...

    async def fork(self, principal: Principal, run: RunId, wish: Fork) -> Run: ...

    async def change_all(
        self, principal: Principal, query: RunQuery, change: Change, *, wish: Fork = ...
    ) -> Changed: ...


class Traces(Protocol):
    async def trace(self, principal: Principal, run: RunId) -> Sequence[Span]: ...

    async def batch(self, principal: Principal, batch: str) -> BatchReport: ...

    async def call(self, principal: Principal, call: str) -> Span: ...

    async def calls(
        self, principal: Principal, query: CallQuery, *, cursor: str | None, limit: int
    ) -> Page[Span]: ...


class Stream(Protocol):
    """Pieces in the protocol of the request."""

    @property
    def call_id(self) -> str: ...

    @property
    def headers(self) -> Mapping[str, str]:
        """What the caller is told of limits and cache."""
        ...

    def __aiter__(self) -> Self: ...

    async def __anext__(self) -> bytes: ...

    async def aclose(self) -> None: ...


class Scores(Protocol):
    def give(self, principal: Principal, call: str, score: float) -> None: ...


class Gateway(Protocol):
    @property
    def scores(self) -> Scores: ...

    def models(self, principal: Principal) -> Sequence[Listing]: ...

    async def answer(self, principal: Principal, request: Request) -> Answered: ...

    async def open(self, principal: Principal, request: Request) -> Stream: ...

    async def chat(self, principal: Principal, request: JsonObject) -> Answer: ...

    async def embed(self, principal: Principal, request: JsonObject) -> Answer: ...


class LastWords(Protocol):
    def error(self, error: PodiumError) -> bytes: ...


class Dialect(Protocol):
    """How one protocol tells of errors: as the body of an answer, and inside a stream."""

    def error(self, error: PodiumError) -> JsonObject: ...

    def writer(self, request: JsonObject) -> LastWords: ...


class Identity(Protocol):
    def known(self, secret: str) -> Principal | None: ...

    async def authenticate(self, secret: str, *, address: str = "") -> Principal: ...

    async def enter(self, principal: Principal, wanted: str) -> Principal: ...

    async def invite(self, principal: Principal, role: str) -> Issued: ...

    async def offer(self, invitation: str) -> str: ...

    async def accept(self, invitation: str, name: str) -> Issued: ...

    async def leave(self, session: str) -> None: ...


class Keys(Protocol):
    async def create(
        self, principal: Principal, terms: Terms, *, holder: UserId | None = None
    ) -> Issued: ...

    async def mine(self, principal: Principal) -> tuple[Credential, ...]: ...

    async def all(self, principal: Principal) -> tuple[Credential, ...]: ...

    async def get(self, principal: Principal, key: KeyId) -> Credential: ...

    async def change(
        self, principal: Principal, key: KeyId, change: Callable[[Terms], Terms]
    ) -> Credential: ...

    async def rotate(self, principal: Principal, key: KeyId, *, overlap: float) -> Issued: ...

    async def disable(self, principal: Principal, key: KeyId) -> Credential: ...

    async def enable(self, principal: Principal, key: KeyId) -> Credential: ...

    async def revoke(self, principal: Principal, key: KeyId) -> None: ...


class Budgets(Protocol):
    async def list(self, principal: Principal) -> tuple[Budget, ...]: ...


class Subscription(Protocol):
    """Spans as they are recorded, from the moment it was made. Close it after use."""

    def __aiter__(self) -> Self: ...

    async def __anext__(self) -> Span: ...

    async def aclose(self) -> None: ...


class Events(Protocol):
    async def subscribe(self, principal: Principal, run: RunId) -> Subscription:
        """Begin to listen; what is recorded after this returns is not missed."""
        ...


class Bus(Protocol):
    async def publish(self, principal: Principal, event: Event) -> Receipt: ...


class Schedules(Protocol):
    async def list(
        self, principal: Principal, *, cursor: str | None, limit: int
    ) -> Page[Schedule]: ...

    async def get(self, principal: Principal, schedule: ScheduleId) -> Schedule: ...

    async def pause(self, principal: Principal, schedule: ScheduleId) -> Schedule: ...

    async def resume(self, principal: Principal, schedule: ScheduleId) -> Schedule: ...


class Check(Protocol):
    """One line of the doctor: `status` is ok, warn or fail; `remedy` says what to do."""

    @property
    def name(self) -> str: ...

    @property
    def status(self) -> str: ...

    @property
    def message(self) -> str: ...

    @property
    def remedy(self) -> str | None: ...


class Podium(Protocol):
    """A running podium. Bootstrap makes one; the tests make one of fakes."""

    @property
    def version(self) -> str: ...

    @property
    def clock(self) -> Clock: ...  # the one that stamps `created_at` of runs

    @property
    def workflows(self) -> Workflows: ...

    @property
    def runs(self) -> Runs: ...

    @property
    def traces(self) -> Traces: ...

    @property
    def approvals(self) -> Approvals: ...

    @property
    def delegations(self) -> Delegations: ...

    @property
    def gateway(self) -> Gateway: ...

    @property
    def dialects(self) -> Mapping[str, Dialect]:
        """By protocol."""
        ...

    @property
    def identity(self) -> Identity: ...

    @property
    def directory(self) -> Directory: ...

    @property
    def sign_ins(self) -> SignIns: ...

    @property
    def policies(self) -> Policies: ...

    @property
    def federated(self) -> Federated | None: ...

    @property
    def keys(self) -> Keys: ...

    @property
    def budgets(self) -> Budgets: ...

    @property
    def guardrails(self) -> Guardrails: ...

    @property
    def configuration(self) -> Configuration: ...

    @property
    def cache(self) -> Cache: ...

    @property
    def events(self) -> Events: ...

    @property
    def bus(self) -> Bus: ...

    @property
    def schedules(self) -> Schedules: ...

    @property
    def audit(self) -> Audit: ...

    async def checks(self) -> Sequence[Check]:
        """What the doctor finds."""
        ...

    async def ready(self) -> None:
        """Raises Unavailable while the database does not answer."""
        ...
