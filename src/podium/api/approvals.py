"""/api/v1/approvals: the questions that runs ask people, and their answers."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field, JsonValue

from podium.api.bodies import StrictRoute
from podium.api.context import Caller, Services
from podium.api.paging import Cursor, Limit, Page
from podium.governance import approvals
from podium.governance.approvals import ApprovalQuery, ApprovalStatus
from podium.kernel.ids import ApprovalId, RunId

router: Final = APIRouter(prefix="/api/v1/approvals", tags=["approvals"], route_class=StrictRoute)

ApprovalPath = Annotated[str, Path(max_length=64, examples=["appr_01jd5w3k9x2v7m4q8r6t0y1z3a"])]


class Approval(BaseModel):
    """`payload` is what is asked about; `payload_digest` is what a decision names."""

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
    edited: object = Field(description="What was approved instead of the payload, or null.")

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
        )


class ApprovalPage(Page[Approval]):
    pass


class Rejection(BaseModel, extra="forbid"):
    comment: str = Field(default="", max_length=10_000, examples=["The amount is wrong."])
    expected_digest: str = Field(
        default="",
        max_length=64,
        description="`payload_digest` as the person saw it; else a conflict.",
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
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ApprovalPage:
    """Oldest first: who waits longest comes first."""
    query = ApprovalQuery(
        workspace=caller.workspace,
        status=status,
        run=None if run is None else RunId(run),
        batch=batch,
    )
    page = await podium.approvals.list(caller, query, cursor=cursor, limit=limit)
    return ApprovalPage(items=[Approval.of(one) for one in page.items], next=page.next)


@router.get("/{approval}", summary="Read an approval")
async def get(approval: ApprovalPath, podium: Services, caller: Caller) -> Approval:
    return Approval.of(await podium.approvals.get(caller, ApprovalId(approval)))


@router.post("/{approval}/approve", summary="Approve")
async def approve(
    *, approval: ApprovalPath, podium: Services, caller: Caller, said: Approving | None = None
) -> Approval:
    """The run goes on with the payload as asked, or with the one given here."""
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
