"""/api/v1/workspaces and /api/v1/organisation: where things belong."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from podium.api.bodies import StrictRoute
from podium.api.context import Caller, Services
from podium.identity.organisation import Organisation as OrganisationValue
from podium.identity.organisation import Workspace as WorkspaceValue
from podium.kernel.ids import WorkspaceId

router: Final = APIRouter(prefix="/api/v1", tags=["workspaces"], route_class=StrictRoute)

_WorkspacePath = Annotated[str, Path(max_length=80, description="Its id or name.")]


class Naming(BaseModel, extra="forbid"):
    name: str = Field(min_length=1, max_length=80, examples=["payments"])


class Workspace(BaseModel):
    """Times are seconds since 1970."""

    id: str
    name: str
    created_at: float

    @classmethod
    def of(cls, value: WorkspaceValue) -> "Workspace":
        return cls(id=value.id, name=value.name, created_at=value.created_at)


class WorkspaceList(BaseModel):
    items: list[Workspace]


class Organisation(BaseModel):
    id: str
    name: str
    created_at: float

    @classmethod
    def of(cls, value: OrganisationValue) -> "Organisation":
        return cls(id=value.id, name=value.name, created_at=value.created_at)


@router.get("/organisation", summary="Look at the organisation")
async def organisation(podium: Services, caller: Caller) -> Organisation:
    """One installation of podium is one organisation."""
    return Organisation.of(await podium.directory.workspaces.organisation(caller))


@router.patch("/organisation", summary="Rename the organisation")
async def rename_organisation(wish: Naming, podium: Services, caller: Caller) -> Organisation:
    renamed = await podium.directory.workspaces.rename_organisation(caller, wish.name)
    return Organisation.of(renamed)


@router.get("/workspaces", summary="List workspaces")
async def list_workspaces(podium: Services, caller: Caller) -> WorkspaceList:
    """Those that you may enter: send one's name as `X-Podium-Workspace`."""
    found = await podium.directory.workspaces.list(caller)
    return WorkspaceList(items=[Workspace.of(one) for one in found])


@router.post("/workspaces", status_code=201, summary="Create a workspace")
async def create(wish: Naming, podium: Services, caller: Caller) -> Workspace:
    """Nothing that is stored in one is seen from another."""
    return Workspace.of(await podium.directory.workspaces.create(caller, wish.name))


@router.get("/workspaces/{workspace}", summary="Look at a workspace")
async def get(workspace: _WorkspacePath, podium: Services, caller: Caller) -> Workspace:
    return Workspace.of(await podium.directory.workspaces.get(caller, workspace))


@router.patch("/workspaces/{workspace}", summary="Rename a workspace")
async def rename(
    wish: Naming, podium: Services, caller: Caller, *, workspace: _WorkspacePath
) -> Workspace:
    service = podium.directory.workspaces
    return Workspace.of(await service.rename(caller, WorkspaceId(workspace), wish.name))


@router.delete(
    "/workspaces/{workspace}",
    status_code=204,
    summary="Remove a workspace",
    response_class=Response,
)
async def remove(workspace: _WorkspacePath, podium: Services, caller: Caller) -> None:
    """Nobody enters it any more and its keys are dead; what is stored in it stays."""
    await podium.directory.workspaces.remove(caller, WorkspaceId(workspace))
