"""/api/v1/delegations: who hands their votes to whom."""

from typing import Annotated, Final

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from podium.api.bodies import StrictRoute
from podium.api.context import Caller, Services
from podium.governance import delegations
from podium.governance.delegations import LONGEST_SECONDS, Handover
from podium.kernel.ids import ApprovalId, DelegationId, UserId

router: Final = APIRouter(
    prefix="/api/v1/delegations", tags=["delegations"], route_class=StrictRoute
)

DelegationPath = Annotated[str, Path(max_length=64, examples=["dele_01jd5w3k9x2v7m4q8r6t0y1z3a"])]


class Delegation(BaseModel):
    """The votes of `owner` may be given by `delegate`: all of them, or that on `approval`."""

    id: str
    owner: str
    delegate: str
    approval: str | None
    created_at: float = Field(description="Seconds since 1970, as the other times.")
    begins_at: float
    ends_at: float
    revoked_at: float | None

    @classmethod
    def of(cls, given: delegations.Delegation) -> "Delegation":
        return cls(
            id=given.id,
            owner=given.owner,
            delegate=given.delegate,
            approval=given.approval,
            created_at=given.created_at,
            begins_at=given.begins_at,
            ends_at=given.ends_at,
            revoked_at=given.revoked_at,
        )


class Delegations(BaseModel):
    items: list[Delegation]


class NewDelegation(BaseModel, extra="forbid"):
    delegate: str = Field(max_length=64, description="The id of a user of the workspace.")
    seconds: float = Field(gt=0, le=LONGEST_SECONDS, description="How long.", examples=[86_400])
    begins_at: float | None = Field(default=None, description="Left out: now.")
    approval: str | None = Field(
        default=None, max_length=64, description="Only the vote on this approval."
    )


@router.get("", summary="List delegations")
async def list_delegations(podium: Services, caller: Caller) -> Delegations:
    """Those that the caller gave or was given and that are not over."""
    found = await podium.delegations.mine(caller)
    return Delegations(items=[Delegation.of(one) for one in found])


@router.post("", status_code=201, summary="Hand votes over")
async def give(said: NewDelegation, podium: Services, caller: Caller) -> Delegation:
    """Until it ends or is revoked, the delegate may vote for the caller. Votes that were handed
    over cannot be handed on.
    """
    wish = Handover(
        delegate=UserId(said.delegate),
        seconds=said.seconds,
        approval=None if said.approval is None else ApprovalId(said.approval),
        begins_at=said.begins_at,
    )
    return Delegation.of(await podium.delegations.give(caller, wish))


@router.post("/{delegation}/revoke", summary="Take votes back")
async def revoke(delegation: DelegationPath, podium: Services, caller: Caller) -> Delegation:
    """Either of the two may."""
    return Delegation.of(await podium.delegations.revoke(caller, DelegationId(delegation)))
