"""/api/v1/teams and /api/v1/groups: users under one name, in a workspace or in the organisation."""

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from podium.api.bodies import StrictRoute
from podium.api.context import Caller, Services
from podium.api.ports import Podium
from podium.identity.groups import Groups
from podium.identity.organisation import Group as Value
from podium.kernel.ids import GroupId, UserId

GroupPath = Annotated[str, Path(max_length=80, description="Its id or name.")]
MemberPath = Annotated[str, Path(max_length=64, description="Id of a user or service account.")]


class Naming(BaseModel, extra="forbid"):
    name: str = Field(min_length=1, max_length=80, examples=["fraud"])


class Group(BaseModel):
    """Times are seconds since 1970."""

    id: str
    name: str
    created_at: float

    @classmethod
    def of(cls, value: Value) -> "Group":
        return cls(id=value.id, name=value.name, created_at=value.created_at)


class GroupList(BaseModel):
    items: list[Group]


class MemberList(BaseModel):
    items: list[str] = Field(description="Ids of users and service accounts.")


_Service = Callable[[Podium], Groups]


def _router(noun: str, what: str, groups: _Service) -> APIRouter:
    """Teams and groups differ in where they are, and in nothing else."""
    router = APIRouter(prefix=f"/api/v1/{noun}s", tags=[f"{noun}s"], route_class=StrictRoute)

    @router.get("", summary=f"List {noun}s", description=what)
    async def list_groups(podium: Services, caller: Caller) -> GroupList:
        return GroupList(items=[Group.of(one) for one in await groups(podium).list(caller)])

    @router.post("", status_code=201, summary=f"Create a {noun}", description=what)
    async def create(wish: Naming, podium: Services, caller: Caller) -> Group:
        return Group.of(await groups(podium).create(caller, wish.name))

    @router.get("/{group}", summary=f"Look at a {noun}")
    async def get(group: GroupPath, podium: Services, caller: Caller) -> Group:
        return Group.of(await groups(podium).get(caller, group))

    @router.patch("/{group}", summary=f"Rename a {noun}")
    async def rename(wish: Naming, podium: Services, caller: Caller, *, group: GroupPath) -> Group:
        return Group.of(await groups(podium).rename(caller, GroupId(group), wish.name))

    @router.delete("/{group}", status_code=204, summary=f"Remove a {noun}", response_class=Response)
    async def remove(group: GroupPath, podium: Services, caller: Caller) -> None:
        """With the roles that it has; its members stay."""
        await groups(podium).remove(caller, GroupId(group))

    _ = (list_groups, create, get, rename, remove)
    _members(router, noun, groups)
    return router


def _members(router: APIRouter, noun: str, groups: _Service) -> None:
    @router.get("/{group}/members", summary=f"List who is in a {noun}")
    async def members(group: GroupPath, podium: Services, caller: Caller) -> MemberList:
        return MemberList(items=list(await groups(podium).members(caller, GroupId(group))))

    @router.put(
        "/{group}/members/{member}",
        status_code=204,
        summary=f"Take somebody into a {noun}",
        response_class=Response,
    )
    async def add(
        group: GroupPath, member: MemberPath, podium: Services, *, caller: Caller
    ) -> None:
        """From now on they have the roles that it has."""
        await groups(podium).add(caller, GroupId(group), UserId(member))

    @router.delete(
        "/{group}/members/{member}",
        status_code=204,
        summary=f"Take somebody out of a {noun}",
        response_class=Response,
    )
    async def drop(
        group: GroupPath, member: MemberPath, podium: Services, *, caller: Caller
    ) -> None:
        await groups(podium).drop(caller, GroupId(group), UserId(member))

    _ = (members, add, drop)


teams_router: Final = _router(
    "team", "Teams are parts of one workspace.", lambda podium: podium.directory.teams
)
groups_router: Final = _router(
    "group",
    "Groups go across the workspaces of the organisation.",
    lambda podium: podium.directory.groups,
)
