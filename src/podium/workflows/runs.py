"""A run: one execution of one version of a workflow over one input."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from podium.kernel.ids import RunId, UserId, WorkspaceId
from podium.kernel.json import Json, JsonObject


class RunStatus(StrEnum):
    """The specification's status phases."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    FAULTED = "faulted"
    COMPLETED = "completed"

    @property
    def is_final(self) -> bool:
        return self in {RunStatus.CANCELLED, RunStatus.FAULTED, RunStatus.COMPLETED}


@dataclass(frozen=True, slots=True)
class WorkflowRef:
    """Names one immutable document: `digest` is the SHA-256 of its canonical JSON."""

    namespace: str
    name: str
    version: str
    digest: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}:{self.version}"


@dataclass(frozen=True, slots=True)
class Run:
    """`error` is an RFC 9457 problem with the specification's type; `waiting_on` is in words.

    `batch` groups the runs that were started together; `parent` is the run that started it. Times
    are seconds since the epoch.
    """

    id: RunId
    workspace: WorkspaceId
    owner: UserId
    workflow: WorkflowRef
    status: RunStatus
    input: Json
    created_at: float
    output: Json = None
    error: JsonObject | None = None
    started_at: float | None = None
    ended_at: float | None = None
    waiting_on: str | None = None
    batch: str | None = None
    idempotency_key: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    parent: RunId | None = None


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Filters of a list of runs; None means any.

    `workflow` is `name`, `namespace/name` or `namespace/name:version`. Runs of exactly
    `created_after` and `created_before` are left out.
    """

    workspace: WorkspaceId
    status: RunStatus | None = None
    workflow: str | None = None
    batch: str | None = None
    created_after: float | None = None
    created_before: float | None = None


@dataclass(frozen=True, slots=True)
class WorkflowVersion:
    """One stored version of a workflow document; never changed once stored."""

    ref: WorkflowRef
    workspace: WorkspaceId
    owner: UserId
    title: str
    text: str
    document: JsonObject
    created_at: float
