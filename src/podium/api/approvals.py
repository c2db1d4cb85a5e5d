"""/api/v1/approvals: the questions that runs ask people, and their answers."""

from typing import Annotated, Final, Literal, cast

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field, JsonValue

from podium.api.bodies import StrictRoute
from podium.api.context import Caller, Services
from podium.api.paging import Cursor, Limit, Page
from podium.governance import approvals, terms, voting
from podium.governance.approvals import ApprovalQuery, ApprovalStatus
from podium.kernel.ids import ApprovalId, RunId

router: Final = APIRouter(prefix="/api/v1/approvals", tags=["approvals"], route_class=StrictRoute)

ApprovalPath = Annotated[str, Path(max_length=64, examples=["appr_01jd5w3k9x2v7m4q8r6t0y1z3a"])]


class Candidates(BaseModel):
    """Users by id, groups and roles by name; with none of them everybody who has the right."""

    users: list[str]
    groups: list[str]
    roles: list[str]

    @classmethod
    def of(cls, named: terms.Candidates) -> "Candidates":
        return cls(users=[*named.users], groups=[*named.groups], roles=[*named.roles])


class Escalation(BaseModel):
    after: float = Field(description="Seconds without a decision.")
    candidates: Candidates


class Terms(BaseModel):
    """Who decides, how many of them, and what they must do for it."""

    quorum: int = Field(description="How many different people must say yes.")
    candidates: Candidates
    self_approval: bool = Field(description="Whether who started the run may decide.")
    comment: terms.Comment = Field(description="Which decisions need a comment.")
    edit: JsonValue = Field(
        description="Whether the payload may be changed, or the schema of a changed one."
    )
    escalation: Escalation | None
    risk: terms.Risk

    @classmethod
    def of(cls, given: terms.Terms) -> "Terms":
        escalation = given.escalation
        return cls(
            quorum=given.quorum,
            candidates=Candidates.of(given.candidates),
            self_approval=given.self_approval,
            comment=given.comment,
            edit=cast("JsonValue", given.edit),
            risk=given.risk,
            escalation=None
            if escalation is None
            else Escalation(
                after=escalation.seconds, candidates=Candidates.of(escalation.candidates)
            ),
        )


class Vote(BaseModel):
    by: str
    on_behalf_of: str | None = Field(description="Who handed this vote over, or null.")
    status: ApprovalStatus
    at: float
    seen: str = Field(description="Digest of the payload that was shown.")
    digest: str = Field(description="Digest of what the vote is for: as shown, or as edited.")
    comment: str
    edited: object

    @classmethod
    def of(cls, vote: approvals.Vote) -> "Vote":
        return cls(
            by=vote.by,
            on_behalf_of=vote.on_behalf_of,
            status=vote.status,
            at=vote.at,
            seen=vote.seen,
            digest=vote.digest,
            comment=vote.comment,
            edited=vote.edited,
        )


class Change(BaseModel):
    """One place that an edit changed; `added` and `removed` places have one side."""

    path: str = Field(description="JSON Pointer into the payload.", examples=["/amount"])
    kind: Literal["added", "removed", "changed"]
    before: object
    after: object

    @classmethod
    def of(cls, change: voting.Change) -> "Change":
        sides = change.sides
        has_both = "before" in sides and "after" in sides
        return cls(
            path=change.path,
            kind="changed" if has_both else "added" if "after" in sides else "removed",
            before=sides.get("before"),
            after=sides.get("after"),
        )


class Approval(BaseModel):
    """`payload` is what was asked about and `edited` what people made of it; what is voted on has
    the digest `proposal_digest`, and a decision names it.
    """

    id: str
    run: str
    path: str = Field(description="The task that asks.")
    title: str
    status: ApprovalStatus
    owner: str
    payload: object
    payload_digest: str
    created_at: float = Field(description="Seconds since 1970, as the other times.")
    expires_at: float | None
    decided_by: str | None
    decided_at: float | None
    comment: str | None
    edited: object = Field(description="What is voted on instead of the payload, or null.")
    changes: list[Change] = Field(description="What the edit changed, at most 200 places.")
    proposal_digest: str
    terms: Terms
    votes: list[Vote]
    missing: int = Field(description="How many more people must say yes.")
    escalated_at: float | None

    @classmethod
    def of(cls, approval: approvals.Approval) -> "Approval":
        return cls(
            id=approval.id,
            run=approval.run,
            path=approval.path,
            title=approval.title,
            status=approval.status,
            owner=approval.owner,
            payload=approval.payload,
            payload_digest=approval.payload_digest,
            created_at=approval.created_at,
            expires_at=approval.expires_at,
            decided_by=approval.decided_by,
            decided_at=approval.decided_at,
            comment=approval.comment,
            edited=approval.edited,
            changes=[Change.of(one) for one in voting.changes(approval.payload, approval.proposal)],
            proposal_digest=approval.proposal_digest,
            terms=Terms.of(approval.terms),
            votes=[Vote.of(one) for one in approval.votes],
            missing=voting.missing(approval),
            escalated_at=approval.escalated_at,
        )


class ApprovalPage(Page[Approval]):
    pass


class Counts(BaseModel):
    waiting: int
    mine: int


class Rejection(BaseModel, extra="forbid"):
    comment: str = Field(default="", max_length=10_000, examples=["The amount is wrong."])
    expected_digest: str = Field(
        default="",
        max_length=64,
        description="`proposal_digest` as the person saw it; else a conflict.",
    )


class Approving(Rejection):
    payload: JsonValue = Field(
        default=None, description="What is approved instead; null: as asked."
    )


@router.get("", summary="List approvals")
async def list_approvals(  # noqa: PLR0913 - filters
    *,
    podium: Services,
    caller: Caller,
    status: Annotated[ApprovalStatus | None, Query()] = None,
    run: Annotated[str | None, Query(max_length=64)] = None,
    batch: Annotated[str | None, Query(max_length=200)] = None,
    mine: Annotated[bool, Query(description="Only what waits for the caller's vote.")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ApprovalPage:
    """Oldest first: who waits longest comes first. `mine` leaves what the caller may vote on, also
    for others who handed their vote over.
    """
    query = ApprovalQuery(
        workspace=caller.workspace,
        status=status,
        run=None if run is None else RunId(run),
        batch=batch,
    )
    found = podium.approvals.mine if mine else podium.approvals.list
    page = await found(caller, query, cursor=cursor, limit=limit)
    return ApprovalPage(items=[Approval.of(one) for one in page.items], next=page.next)


@router.get("/counts", summary="Count approvals")
async def counts(podium: Services, caller: Caller) -> Counts:
    """How many wait at all, and how many for the caller's vote."""
    query = ApprovalQuery(caller.workspace, ApprovalStatus.WAITING)
    return Counts(
        waiting=await podium.approvals.count(caller, query),
        mine=await podium.approvals.count_mine(caller, query),
    )


@router.get("/{approval}", summary="Read an approval")
async def get(approval: ApprovalPath, podium: Services, caller: Caller) -> Approval:
    return Approval.of(await podium.approvals.get(caller, ApprovalId(approval)))


@router.post("/{approval}/approve", summary="Approve")
async def approve(
    *, approval: ApprovalPath, podium: Services, caller: Caller, said: Approving | None = None
) -> Approval:
    """Where enough people have said yes, the run goes on with the payload as asked, or with the one
    given here. A payload given here is then what the others vote on.
    """
    verdict = said or Approving()
    decided = await podium.approvals.approve(
        caller,
        ApprovalId(approval),
        verdict.comment,
        edited=verdict.payload,
        expected_digest=verdict.expected_digest,
    )
    return Approval.of(decided)


@router.post("/{approval}/reject", summary="Reject")
async def reject(
    *, approval: ApprovalPath, podium: Services, caller: Caller, said: Rejection | None = None
) -> Approval:
    verdict = said or Rejection()
    decided = await podium.approvals.reject(
        caller, ApprovalId(approval), verdict.comment, expected_digest=verdict.expected_digest
    )
    return Approval.of(decided)
