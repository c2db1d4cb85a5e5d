"""The API's answers as types: what the command line reads of them, the rest is skipped.

Times are seconds since the epoch, money is nano-USD, durations are milliseconds. What workflows
take and give is any JSON: `object` here.
"""

from collections.abc import Mapping
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

FINAL = frozenset({"completed", "faulted", "cancelled"})


class Page(msgspec.Struct, Generic[T], frozen=True):
    items: tuple[T, ...]
    next: str | None = None


class WorkflowRef(msgspec.Struct, frozen=True):
    namespace: str
    name: str
    version: str | None = None

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" + (f":{self.version}" if self.version else "")


class Run(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    status: str
    workflow: WorkflowRef
    created_at: float = 0.0
    started_at: float | None = None
    ended_at: float | None = None
    waiting_on: str | None = None
    batch: str | None = None
    labels: Mapping[str, str] = {}
    input: object = None
    output: object = None
    error: dict[str, object] | None = None

    @property
    def is_final(self) -> bool:
        return self.status in FINAL

    @property
    def waits_for_person(self) -> bool:
        return self.status == "waiting" and (self.waiting_on or "").startswith("approval")

    @property
    def is_settled(self) -> bool:
        """Nothing more happens to it unless a person acts."""
        return self.is_final or self.waits_for_person


class Span(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    kind: str
    name: str
    started_at: float
    trace: str = ""
    parent: str | None = None
    path: str = ""
    ended_at: float | None = None
    status: str = "open"
    error: str | None = None
    model: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost: int = 0
    attributes: dict[str, object] = {}


class ChangedRuns(msgspec.Struct, frozen=True):
    """What came of changing many; `refused` says why, by id."""

    changed: tuple[str, ...]
    refused: dict[str, str]
    more: bool


class RunEvent(msgspec.Struct, frozen=True):
    """A CloudEvent; `time` is RFC 3339, `data` is a span, in the last event the run."""

    type: str
    time: str
    data: dict[str, object]


class Trace(msgspec.Struct, frozen=True):
    spans: tuple[Span, ...]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One task name or one model over the runs of a batch."""

    name: str
    kind: str
    count: int
    errors: int = 0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: int = 0


class Running(msgspec.Struct, frozen=True):
    name: str
    count: int


class Baseline(msgspec.Struct, frozen=True):
    """What the same tokens cost on `model` at list price."""

    model: str
    cost: int | None = None


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    counts: Mapping[str, int] = {}
    waiting_approvals: int = 0
    steps: tuple[Step, ...] = ()
    running: tuple[Running, ...] = ()
    input_tokens: int = 0
    output_tokens: int = 0
    cost: int = 0
    baseline: Baseline | None = None


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    by: str
    status: str
    at: float
    on_behalf_of: str | None = None
    comment: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One place that an edit changed; `kind` is added, removed or changed."""

    path: str
    kind: str
    before: object = None
    after: object = None


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    run: str
    title: str
    status: str = "waiting"
    path: str = ""
    payload: object = None
    payload_digest: str = ""
    created_at: float = 0.0
    expires_at: float | None = None
    decided_by: str | None = None
    decided_at: float | None = None
    comment: str | None = None
    edited: object = None
    changes: tuple[Change, ...] = ()
    proposal_digest: str = ""
    votes: tuple[Vote, ...] = ()
    missing: int = 0
    escalated_at: float | None = None


class Delegation(msgspec.Struct, frozen=True, kw_only=True):
    """The votes of `owner` may be given by `delegate`: all of them, or that on `approval`."""

    id: str
    owner: str
    delegate: str
    approval: str | None = None
    begins_at: float
    ends_at: float
    revoked_at: float | None = None


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """`status` is ok, warn or fail; `remedy` says what to do."""

    name: str
    status: str
    message: str = ""
    remedy: str | None = None


class Checks(msgspec.Struct, frozen=True):
    checks: tuple[Check, ...]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Budgets and warnings are in USD."""

    rpm: int | None = None
    tpm: int | None = None
    concurrent: int | None = None
    budget_day: float | None = None
    budget_month: float | None = None
    warn_day: float | None = None
    warn_month: float | None = None


class Key(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    created_at: float
    expires_at: float | None = None
    used_at: float | None = None
    disabled_at: float | None = None
    old_until: float | None = None
    owner: str = ""
    hint: str = ""
    team: str = ""
    models: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    reach: str = "all"
    limits: Limits = Limits()


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """Money is in USD."""

    of: str
    period: str
    spent: float
    limit: float | None = None
    left: float | None = None
    warn: float | None = None
    warned: bool = False
    resets_at: float


class Guardrail(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: str
    mode: str
    at: list[str]
    routes: list[str]
    settings: dict[str, object]


class GuardrailOpinion(msgspec.Struct, frozen=True, kw_only=True):
    """`text` is what would go on, where it would be redacted."""

    name: str
    kind: str
    mode: str
    verdict: str
    reason: str
    text: str | None = None


class Invitation(msgspec.Struct, frozen=True):
    """`link` works once and is shown this once."""

    link: str
    role: str
    expires_at: float | None = None


class NewKey(Key, frozen=True, kw_only=True):
    """`secret` is shown this once."""

    secret: str


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """USD per million tokens."""

    input: float
    output: float
    cached_input: float
    source: str = ""
    since: str | None = None


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A model or a route by the name that callers use."""

    name: str
    kind: str = "model"
    capabilities: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    context_window: int | None = None
    price: Price | None = None


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try at one target; `status` is its HTTP status, 0 where there was none."""

    model: str
    outcome: str
    status: int = 0
    ms: float = 0.0


class ModelTest(msgspec.Struct, frozen=True, kw_only=True):
    """What one small call came to."""

    model: str
    operation: str
    ms: float
    input_tokens: int = 0
    output_tokens: int = 0
    cost: int | None = None
    attempts: tuple[Attempt, ...] = ()


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call to the gateway from outside of a run; `cost` is None where no price is known."""

    id: str
    operation: str
    requested: str
    model: str
    provider: str
    status: str
    started_at: float
    ms: float
    error: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost: int | None = None
    attempts: tuple[Attempt, ...] = ()
    route: str = ""
    reason: str = ""
    cache: str = ""
    supplied: tuple[str, ...] = ()
    repairs: int = 0
    key: str = ""
    team: str = ""
    tags: Mapping[str, str] = {}


class Receipt(msgspec.Struct, frozen=True):
    """What came of an event; `runs` were told of it, or started by it."""

    source: str
    id: str
    fresh: bool = True
    runs: tuple[str, ...] = ()


class Receipts(msgspec.Struct, frozen=True):
    items: tuple[Receipt, ...]


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """`rule` is what the document says: a member with the name of the kind."""

    id: str
    workflow: WorkflowRef
    kind: str
    status: str
    rule: Mapping[str, object] = {}
    next_at: float | None = None
    last_at: float | None = None
    last_run: str | None = None
    paused_at: float | None = None
    problem: str | None = None
