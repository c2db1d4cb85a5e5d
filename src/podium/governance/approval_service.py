"""The use cases of approvals: a run asks, a person decides, the run is told."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

from podium.governance.access import Action, Authorizer, Resource, require
from podium.governance.approvals import Approval, ApprovalQuery, ApprovalStatus, ApprovalStore
from podium.identity.principal import Principal
from podium.kernel.clock import Clock
from podium.kernel.errors import Conflict, NotFound, Unavailable
from podium.kernel.ids import ApprovalId, Ids, RunId
from podium.kernel.json import Json, JsonObject, digest
from podium.kernel.paging import Page


class Deliver(Protocol):
    async def send(self, run: RunId, topic: str, message: Json, *, key: str) -> None:
        """Tell a waiting run; once for each `key`. Raises NotFound, Unavailable."""
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


class Approvals:
    def __init__(self, edges: Edges) -> None:
        self._edges: Edges = edges

    async def ask(self, principal: Principal, question: Question) -> Approval:
        """Store the question; asked again by the same run at the same path it is the same one."""
        edges, now = self._edges, self._edges.clock.now()
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
        edges, now = self._edges, self._edges.clock.now()
        found = await edges.store.get(principal.workspace, approval)
        require(edges.authorizer, principal, Action.DECIDE, _resource(found))
        _check(found, verdict.expected_digest, now)
        decided = await edges.store.decide(
            replace(
                found,
                status=verdict.status,
                decided_by=principal.user,
                decided_at=now,
                comment=verdict.comment or None,
                edited=verdict.edited,
            )
        )
        _ = await self._told(decided)
        return decided

    async def expire(self, principal: Principal, approval: ApprovalId) -> Approval:
        """Close a question nobody answered; where somebody just did, their decision stands."""
        store = self._edges.store
        found = await store.get(principal.workspace, approval)
        if found.status is not ApprovalStatus.WAITING:
            return found
        now = self._edges.clock.now()
        try:
            expired = await store.decide(
                replace(found, status=ApprovalStatus.EXPIRED, decided_at=now)
            )
        except Conflict:
            return await store.get(principal.workspace, approval)
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
    }


def _resource(approval: Approval) -> Resource:
    return Resource("approval", approval.workspace, str(approval.id), approval.owner)


def _check(found: Approval, expected_digest: str, now: float) -> None:
    if found.status is not ApprovalStatus.WAITING:
        raise Conflict(
            f"Approval {found.id} is {found.status} already. Reload the list of what waits.",
            details={"status": found.status.value},
        )
    if found.expires_at is not None and now >= found.expires_at:
        raise Conflict(f"Approval {found.id} has expired. Run the workflow again to be asked anew.")
    if expected_digest and expected_digest != found.payload_digest:
        raise Conflict(
            f"Approval {found.id} asks about another payload than the one you saw. "
            f"Read it again, then decide.",
            details={"digest": found.payload_digest},
        )
