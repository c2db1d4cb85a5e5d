"""/health: for probes, without signing in."""

from typing import Final, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from podium.api.context import Services

router: Final = APIRouter(prefix="/health", tags=["health"])


class Health(BaseModel):
    status: Literal["ok"] = "ok"


@router.get("/live", summary="The process answers")
async def live() -> Health:
    return Health()


@router.get("/ready", summary="The database answers too")
async def ready(podium: Services) -> Health:
    """503 while it does not."""
    await podium.ready()
    return Health()
