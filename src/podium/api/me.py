"""/api/v1/me, /api/v1/session, /api/v1/checks: who calls, and how podium is."""

from typing import Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from podium.api.context import Caller, Services
from podium.api.signin import Cookie

router: Final = APIRouter(prefix="/api/v1", tags=["me"])


class Me(BaseModel):
    user: str
    workspace: str
    name: str
    roles: list[str] = Field(description="Those that hold in this workspace.")
    everywhere: list[str] = Field(description="Those that hold in the whole organisation.")
    groups: list[str]
    teams: list[str]


class Check(BaseModel):
    """`remedy` says what to do about it."""

    name: str
    status: str = Field(description="`ok`, `warn` or `fail`.", examples=["ok"])
    message: str
    remedy: str | None


class Checks(BaseModel):
    version: str
    checks: list[Check]


@router.get("/me", summary="Who calls")
async def me(caller: Caller) -> Me:
    return Me(
        user=caller.user,
        workspace=caller.workspace,
        name=caller.name,
        roles=sorted(caller.roles),
        everywhere=sorted(caller.everywhere),
        groups=sorted(caller.groups),
        teams=sorted(caller.teams),
    )


@router.delete("/session", status_code=204, summary="Sign out", response_class=Response)
async def leave(request: Request, response: Response, podium: Services) -> None:
    """End the browser's session. Callers with an API key have none: nothing happens."""
    cookie = Cookie.of(request.scope)
    session = cookie.read(request.headers)
    if session:
        await podium.identity.leave(session)
        cookie.drop(response)


@router.get("/checks", summary="What the doctor finds")
async def checks(podium: Services) -> Checks:
    found = [
        Check(name=one.name, status=one.status, message=one.message, remedy=one.remedy)
        for one in await podium.checks()
    ]
    return Checks(version=podium.version, checks=found)
