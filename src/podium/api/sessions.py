"""/api/v1/sessions: the browsers in which the caller is signed in."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from podium.api.context import Caller, Services
from podium.kernel.ids import KeyId

router: Final = APIRouter(prefix="/api/v1/sessions", tags=["sessions"])


class Session(BaseModel):
    id: str
    created_at: float = Field(description="Seconds since 1970, as the other times.")
    used_at: float | None
    expires_at: float | None
    is_this: bool = Field(description="Whether the request came with it.")


class Sessions(BaseModel):
    items: list[Session]


@router.get("", summary="List sessions")
async def list_sessions(podium: Services, caller: Caller) -> Sessions:
    """Those of the caller that live, the newest first."""
    found = [
        Session(
            id=one.id,
            created_at=one.created_at,
            used_at=one.used_at,
            expires_at=one.expires_at,
            is_this=one.id == caller.session,
        )
        for one in await podium.sign_ins.sessions(caller)
    ]
    return Sessions(items=found)


@router.delete("/{session}", status_code=204, summary="End a session", response_class=Response)
async def end(
    session: Annotated[str, Path(max_length=64)], podium: Services, caller: Caller
) -> None:
    """In a browser only: an API key ends no sessions."""
    await podium.sign_ins.end_session(caller, KeyId(session))
