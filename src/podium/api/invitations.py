"""/api/v1/invitations: one-time links for further people."""

from typing import Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from podium.api.bodies import StrictRoute
from podium.api.context import Caller, Services
from podium.identity.principal import Role

router: Final = APIRouter(
    prefix="/api/v1/invitations", tags=["invitations"], route_class=StrictRoute
)


class NewInvitation(BaseModel, extra="forbid"):
    role: str = Field(
        default=Role.ENGINEER,
        max_length=40,
        description="What the invited person will be in this workspace; an owner, everywhere.",
    )


class Invitation(BaseModel):
    """Whoever opens the link first is in: send it in private."""

    link: str = Field(
        description="Works once. It is shown this once; podium keeps only the hash of its token.",
        examples=["http://127.0.0.1:8700/start?token=pdi_…"],
    )
    role: str
    expires_at: float | None = Field(description="Seconds since 1970.")


@router.post("", status_code=201, summary="Invite a person")
async def create(
    *, request: Request, podium: Services, caller: Caller, wish: NewInvitation | None = None
) -> Invitation:
    """The link leads to the host that this request was sent to."""
    role = (wish or NewInvitation()).role
    issued = await podium.identity.invite(caller, role)
    return Invitation(
        link=f"{request.url.scheme}://{request.url.netloc}/start?token={issued.secret}",
        role=role,
        expires_at=issued.credential.expires_at,
    )
