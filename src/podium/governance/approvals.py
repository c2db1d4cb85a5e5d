"""Approvals: a question that only a person may answer, bound to exactly what was asked."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from podium.kernel.ids import ApprovalId, RunId, UserId, WorkspaceId
from podium.kernel.json import Json
from podium.kernel.paging import Page


class ApprovalStatus(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Approval:
    """`payload` is what is approved and `payload_digest` its SHA-256: a decision names it.

    `topic` says where the run waits. Times are seconds since the epoch.
    """

    id: ApprovalId
    workspace: WorkspaceId
    owner: UserId
    run: RunId
    path: str
    topic: str
    title: str
    payload: Json
    payload_digest: str
    created_at: float
    expires_at: float | None = None
    status: ApprovalStatus = ApprovalStatus.WAITING
    decided_by: UserId | None = None
    decided_at: float | None = None
    comment: str | None = None
    edited: Json = None


@dataclass(frozen=True, slots=True)
class ApprovalQuery:
    workspace: WorkspaceId
    status: ApprovalStatus | None = None
    run: RunId | None = None
    batch: str | None = None


class ApprovalStore(Protocol):
    async def add(self, approval: Approval) -> Approval:
        """Store it; or answer the one of the same run and path."""
        ...

    async def get(self, workspace: WorkspaceId, approval: ApprovalId) -> Approval:
        """Raises NotFound."""
        ...

    async def list(self, query: ApprovalQuery, *, cursor: str | None, limit: int) -> Page[Approval]:
        """Oldest first: who waits longest comes first."""
        ...

    async def count(self, query: ApprovalQuery) -> int: ...

    async def decide(self, decided: Approval) -> Approval:
        """Store a decision. Raises Conflict where it is no longer waiting."""
        ...

    async def withdraw(self, run: RunId, at: float) -> None:
        """The run has ended: what it still asks needs no answer."""
        ...

    async def restore(self, run: RunId) -> None:
        """The run goes on after all: what was withdrawn is asked again."""
        ...

    async def undelivered(self) -> "tuple[Approval, ...]":
        """Decided, but the run has not been told yet (the process died between the two)."""
        ...

    async def delivered(self, approval: ApprovalId) -> None: ...
