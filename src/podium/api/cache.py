"""/api/v1/cache: what the cache did, and a purge."""

from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from podium.api.bodies import StrictRoute
from podium.api.context import Caller, Services
from podium.gateway.caching.entries import Part
from podium.gateway.caching.rules import CacheScope, CacheStatus
from podium.gateway.caching.service import Statistics

router: Final = APIRouter(prefix="/api/v1/cache", tags=["cache"], route_class=StrictRoute)

_Name = Annotated[str, Field(min_length=1, max_length=200)]


class Purge(BaseModel, extra="forbid"):
    """What is left out is not looked at: without anything it is all of the workspace."""

    route: _Name | None = Field(default=None, description="Answers of this route or model.")
    scope: CacheScope | None = Field(default=None, description="Answers that are shared so.")
    holder: _Name | None = Field(
        default=None,
        description="Answers of this one of the scope: the id of a workspace, key or user, or the "
        "name of a team.",
    )


class Purged(BaseModel):
    purged: int = Field(description="How many answers were kept there.")


class CacheStatistics(BaseModel):
    """Of the process that answers, since it began."""

    served: dict[str, dict[CacheStatus, int]] = Field(
        description="How often each route was answered how."
    )
    entries: int | None = Field(description="Answers that are kept; null where that is Redis.")
    bytes: int | None = Field(description="What they take in memory; null where that is Redis.")

    @classmethod
    def of(cls, found: Statistics) -> "CacheStatistics":
        served = {route: dict(counts) for route, counts in found.served.items()}
        return cls(served=served, entries=found.entries, bytes=found.bytes)


@router.get("", summary="What the cache did")
async def get(podium: Services, caller: Caller) -> CacheStatistics:
    """For admins."""
    return CacheStatistics.of(podium.cache.statistics(caller))


@router.post("/purge", summary="Forget what is kept")
async def purge(podium: Services, caller: Caller, *, wish: Purge | None = None) -> Purged:
    """For admins; everybody may purge what is kept for them (`scope` user, `holder` their id).

    Answers that are being asked for at that moment are not kept either. Where answers are kept in
    memory, this is about the process that answers.
    """
    wanted = wish or Purge()
    part = Part(caller.workspace, wanted.route or "", wanted.scope or "", wanted.holder or "")
    return Purged(purged=await podium.cache.purge(caller, part))
