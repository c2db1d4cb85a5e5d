"""Approvals: a question that only people may answer, bound to exactly what was asked."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from podium.governance.terms import PLAIN, Candidates, Terms
from podium.kernel.ids import ApprovalId, RunId, UserId, WorkspaceId
from podium.kernel.json import Json, digest
from podium.kernel.paging import Page


class ApprovalStatus(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Vote:
    """What one person said. `digest` is that of what they said it about: the payload they were
    shown, or what they made of it, `edited`; None: nothing. `seen` is the digest that they were
    shown. `on_behalf_of` is who handed this vote over; None: it is their own.
    """

    by: UserId
    status: ApprovalStatus
    at: float
    seen: str
    digest: str
    comment: str = ""
    edited: Json = None
    on_behalf_of: UserId | None = None

    @property
    def people(self) -> frozenset[UserId]:
        """Whose vote this is: who gave it, and who handed it over."""
        return frozenset({self.by} if self.on_behalf_of is None else {self.by, self.on_behalf_of})


@dataclass(frozen=True, slots=True)
class Approval:
    """`payload` is what was asked about and `payload_digest` its SHA-256. `edited` is what somebody
    made of it; then this is what the others vote on, and what the run goes on with.

    `topic` says where the run waits. Times are seconds since the epoch. `revision` counts changes.
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
    terms: Terms = PLAIN
    votes: tuple[Vote, ...] = ()
    escalated_at: float | None = None
    revision: int = 0

    @property
    def proposal(self) -> Json:
        """What is voted on now."""
        return self.payload if self.edited is None else self.edited

    @property
    def proposal_digest(self) -> str:
        return self.payload_digest if self.edited is None else digest(self.edited)

    @property
    def candidates(self) -> tuple[Candidates, ...]:
        """Who may decide by now: also those that it was escalated to."""
        terms = self.terms
        if self.escalated_at is None or terms.escalation is None:
            return (terms.candidates,)
        return (terms.candidates, terms.escalation.candidates)

    @property
    def standing(self) -> tuple[Vote, ...]:
        """The votes that count: those for what is voted on now."""
        return tuple(one for one in self.votes if one.digest == self.proposal_digest)


@dataclass(frozen=True, slots=True)
class Seat:
    """The vote of `user`, which counts as all these names; with `approval` on that one alone."""

    user: UserId
    names: frozenset[str]
    approval: ApprovalId | None = None


@dataclass(frozen=True, slots=True)
class Voter:
    """Whose inbox: their own seat and those that were handed to them. Nothing waits for a seat in
    what its user started, or voted on already.
    """

    user: UserId
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class ApprovalQuery:
    """`voter` leaves what waits for them."""

    workspace: WorkspaceId
    status: ApprovalStatus | None = None
    run: RunId | None = None
    batch: str | None = None
    voter: Voter | None = None


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

    async def change(self, new: Approval, *, seen: Approval) -> Approval:
        """Write its votes, edit, escalation and decision; a decision is owed to the run.

        Raises Conflict where it does not wait any more or is not as it was seen, NotFound.
        """
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
