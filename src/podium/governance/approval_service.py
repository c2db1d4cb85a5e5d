"""The use cases of approvals: a run asks, people decide, the run is told."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

from podium.governance import terms, voting
from podium.governance.access import Action, Allow, Authorizer, Resource, require
from podium.governance.approvals import (
    Approval,
    ApprovalQuery,
    ApprovalStatus,
    ApprovalStore,
    Vote,
    Voter,
)
from podium.governance.delegations import Delegation
from podium.governance.terms import PLAIN, Risk, Terms
from podium.identity.principal import Principal
from podium.kernel.clock import Clock
from podium.kernel.errors import Conflict, Invalid, NotFound, Refused, Unavailable
from podium.kernel.ids import ApprovalId, Ids, RunId, UserId
from podium.kernel.json import Json, JsonObject, digest
from podium.kernel.paging import Page

_TRIES = 10
"""To write a vote while others vote at the same moment."""
_CLOSE = 1.0
"""Seconds by which a clock may be behind where something is due."""


class Deliver(Protocol):
    async def send(self, run: RunId, topic: str, message: Json, *, key: str) -> None:
        """Tell a waiting run; once for each `key`. Raises NotFound, Unavailable."""
        ...


class Delegated(Protocol):
    async def behind(self, principal: Principal) -> tuple[tuple[Principal, Delegation], ...]:
        """Who handed votes to the caller that they may give now."""
        ...


class Assurance(Protocol):
    async def is_proved(self, principal: Principal) -> bool:
        """Whether the caller has shown a second factor a short while ago."""
        ...


class Fits(Protocol):
    def __call__(self, schema: JsonObject, value: Json, /) -> str:
        """Why a value does not fit a JSON Schema, with its place; "" where it does.

        Raises Invalid for what is no schema.
        """
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What a run asks and where it waits for the answer. `seconds` is None for ever."""

    run: RunId
    path: str
    topic: str
    title: str
    payload: Json
    seconds: float | None
    terms: Terms = PLAIN


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's decision. `edited` is what is approved instead of the payload; None: as asked.

    `expected_digest` is the digest of the payload that the person saw; "" where they saw none.
    """

    status: ApprovalStatus
    comment: str
    edited: Json
    expected_digest: str


@dataclass(frozen=True, slots=True)
class Edges:
    store: ApprovalStore
    authorizer: Authorizer
    deliver: Deliver
    clock: Clock
    ids: Ids
    delegated: Delegated
    assurance: Assurance
    fits: Fits


class Approvals:
    def __init__(self, edges: Edges) -> None:
        self._edges: Edges = edges

    async def ask(self, principal: Principal, question: Question) -> Approval:
        """Store the question; asked again by the same run at the same path it is the same one.

        Raises Invalid for terms that nobody could meet.
        """
        edges, now = self._edges, self._edges.clock.now()
        terms.check(question.terms, owner=principal.user)
        if not isinstance(question.terms.edit, bool):
            _ = edges.fits(question.terms.edit, question.payload)
        asked = Approval(
            id=edges.ids.approval(),
            workspace=principal.workspace,
            owner=principal.user,
            run=question.run,
            path=question.path,
            topic=question.topic,
            title=question.title,
            payload=question.payload,
            payload_digest=digest(question.payload),
            created_at=now,
            expires_at=None if question.seconds is None else now + question.seconds,
            terms=question.terms,
        )
        return await edges.store.add(asked)

    async def list(
        self,
        principal: Principal,
        query: ApprovalQuery,
        *,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Approval]:
        resource = Resource("approval", query.workspace)
        require(self._edges.authorizer, principal, Action.LIST, resource)
        return await self._edges.store.list(query, cursor=cursor, limit=limit)

    async def count(self, principal: Principal, query: ApprovalQuery) -> int:
        resource = Resource("approval", query.workspace)
        require(self._edges.authorizer, principal, Action.LIST, resource)
        return await self._edges.store.count(query)

    async def mine(
        self,
        principal: Principal,
        query: ApprovalQuery,
        *,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Approval]:
        """What waits for the caller's vote, or for one that was handed to them."""
        return await self.list(
            principal, await self._inbox(principal, query), cursor=cursor, limit=limit
        )

    async def count_mine(self, principal: Principal, query: ApprovalQuery) -> int:
        return await self.count(principal, await self._inbox(principal, query))

    async def _inbox(self, principal: Principal, query: ApprovalQuery) -> ApprovalQuery:
        edges, every = self._edges, Resource("approval", principal.workspace)
        seats = [(principal, None)] + [
            (giver, delegation.approval)
            for giver, delegation in await edges.delegated.behind(principal)
        ]
        able = [
            replace(voting.seat_of(one), approval=approval)
            for one, approval in seats
            if isinstance(edges.authorizer.decide(one, Action.DECIDE, every), Allow)
        ]
        voter = Voter(principal.user, tuple(able))
        return replace(query, status=ApprovalStatus.WAITING, voter=voter)

    async def get(self, principal: Principal, approval: ApprovalId) -> Approval:
        """Raises NotFound, Refused."""
        found = await self._edges.store.get(principal.workspace, approval)
        require(self._edges.authorizer, principal, Action.READ, _resource(found))
        return found

    async def approve(
        self,
        principal: Principal,
        approval: ApprovalId,
        comment: str = "",
        *,
        edited: Json = None,
        expected_digest: str = "",
    ) -> Approval:
        """Say yes, to the payload as asked or `edited`; the run is told.

        Raises NotFound, Refused, Conflict (decided already, expired, or `expected_digest`, what
        the person saw, is not the digest of the payload).
        """
        verdict = Verdict(ApprovalStatus.APPROVED, comment, edited, expected_digest)
        return await self._decide(principal, approval, verdict)

    async def reject(
        self,
        principal: Principal,
        approval: ApprovalId,
        comment: str = "",
        *,
        expected_digest: str = "",
    ) -> Approval:
        """Say no. Raises as `approve` does."""
        verdict = Verdict(ApprovalStatus.REJECTED, comment, None, expected_digest)
        return await self._decide(principal, approval, verdict)

    async def _decide(
        self, principal: Principal, approval: ApprovalId, verdict: Verdict
    ) -> Approval:
        """Where somebody else votes at the same moment, look again at what is to be decided."""
        edges = self._edges
        for _ in range(_TRIES):
            found = await self.get(principal, approval)
            vote = await self._vote(principal, found, verdict)
            with suppress(Conflict):
                decided = await edges.store.change(voting.counted(found, vote), seen=found)
                break
        else:
            raise Conflict(f"Others vote on {approval} at the same moment. Try again.")
        if decided.status is not ApprovalStatus.WAITING:
            _ = await self._told(decided)
        return decided

    async def _vote(self, principal: Principal, found: Approval, verdict: Verdict) -> Vote:
        """Raises Conflict, Refused, Invalid."""
        now = self._edges.clock.now()
        giver = await self._giver(principal, found)
        voting.check_open(found, now)
        voting.check_seen(found, verdict.expected_digest)
        voting.check_spent(found, frozenset({principal.user}))
        yes = verdict.status is ApprovalStatus.APPROVED
        if yes and found.terms.risk is Risk.HIGH:
            await self._check_proof(principal)
        voting.check_comment(found, yes=yes, comment=verdict.comment)
        self._check_edit(found, verdict.edited)
        seen = found.proposal_digest
        return Vote(
            by=principal.user,
            status=verdict.status,
            at=now,
            seen=seen,
            digest=seen if verdict.edited is None else digest(verdict.edited),
            comment=verdict.comment,
            edited=verdict.edited,
            on_behalf_of=giver,
        )

    async def _giver(self, principal: Principal, found: Approval) -> UserId | None:
        """Whose vote the caller gives; None: their own. Raises Refused."""
        voting.check_starter(found, principal)
        if self._may_decide(principal, found):
            return None
        taken = {user for vote in found.standing for user in vote.people}
        for giver, delegation in await self._edges.delegated.behind(principal):
            fits = delegation.approval in {None, found.id} and giver.user not in taken
            if fits and self._may_decide(giver, found):
                return giver.user
        require(self._edges.authorizer, principal, Action.DECIDE, _resource(found))
        raise Refused(
            f"{principal.name} is not among those whom {found.id} asks. "
            "`candidates` of the task names them."
        )

    async def _check_proof(self, principal: Principal) -> None:
        """Raises Refused."""
        if not await self._edges.assurance.is_proved(principal):
            raise Refused(
                "A yes to a high risk needs your second factor, shown a short while ago in a "
                "browser. Open the page of this approval there and approve it.",
                details={"step_up": "/step-up"},
            )

    def _may_decide(self, principal: Principal, found: Approval) -> bool:
        """The document says whom it asks, and the authorizer whether they may."""
        allowed = self._edges.authorizer.decide(principal, Action.DECIDE, _resource(found))
        return isinstance(allowed, Allow) and voting.has_seat(found, voting.seat_of(principal))

    def _check_edit(self, found: Approval, edited: Json) -> None:
        """Raises Refused, Invalid."""
        allowed = found.terms.edit
        if edited is None or allowed is True:
            return
        if allowed is False:
            raise Refused(
                f"What {found.id} asks may not be edited. Approve it as it is, or reject."
            )
        if reason := self._edges.fits(allowed, edited):
            raise Invalid(f"The edited payload does not fit what {found.id} allows: {reason}")

    async def escalate(self, principal: Principal, approval: ApprovalId) -> float:
        """From now on those may decide whom the question is escalated to, where it is time; answers
        the seconds until it expires.
        """
        edges = self._edges
        for _ in range(_TRIES):
            found, now = await edges.store.get(principal.workspace, approval), edges.clock.now()
            escalation = found.terms.escalation
            is_due = escalation is not None and (
                now + _CLOSE >= found.created_at + escalation.seconds
            )
            left = 0.0 if found.expires_at is None else max(found.expires_at - now, 0.0)
            done = found.status is not ApprovalStatus.WAITING or found.escalated_at is not None
            if done or not is_due:
                return left
            with suppress(Conflict):
                _ = await edges.store.change(replace(found, escalated_at=now), seen=found)
                return left
        raise Conflict(f"Others vote on {approval} at the same moment. Try again.")

    async def expire(self, principal: Principal, approval: ApprovalId) -> Approval:
        """Close a question that was not decided; where it just was, that decision stands."""
        store = self._edges.store
        while True:
            found = await store.get(principal.workspace, approval)
            if found.status is not ApprovalStatus.WAITING:
                return found
            over = replace(
                found,
                status=ApprovalStatus.EXPIRED,
                decided_at=self._edges.clock.now(),
                edited=None,
            )
            with suppress(Conflict):
                expired = await store.change(over, seen=found)
                break
        await store.delivered(approval)  # the run itself closed it
        return expired

    async def deliver_pending(self) -> int:
        """Tell runs what was decided just before a process died; how many were told."""
        pending = await self._edges.store.undelivered()
        return sum([await self._told(decided) for decided in pending])

    async def _told(self, decided: Approval) -> bool:
        """Where the run cannot be told now, the decision stands and `deliver_pending` tells it."""
        with suppress(NotFound, Unavailable):
            await self._edges.deliver.send(
                decided.run, decided.topic, answer(decided), key=str(decided.id)
            )
            await self._edges.store.delivered(decided.id)
            return True
        return False


def answer(decided: Approval) -> JsonObject:
    """What a run is told. `approval` and `digest` let it check that this answers its question."""
    edited = decided.edited is not None
    return {
        "approval": str(decided.id),
        "digest": decided.payload_digest,
        "status": decided.status.value,
        "by": decided.decided_by,
        "at": decided.decided_at,
        "comment": decided.comment,
        "payload": decided.edited if edited else decided.payload,
        "edited": edited,
        "votes": [_cast(one) for one in decided.votes],
    }


def _cast(vote: Vote) -> JsonObject:
    return {
        "by": vote.by,
        "on_behalf_of": vote.on_behalf_of,
        "status": vote.status.value,
        "at": vote.at,
        "comment": vote.comment or None,
        "digest": vote.digest,
    }


def _resource(approval: Approval) -> Resource:
    return Resource("approval", approval.workspace, str(approval.id), approval.owner)
