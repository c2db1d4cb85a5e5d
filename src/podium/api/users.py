"""/api/v1/users and /api/v1/service-accounts: people, and programs that act for themselves."""

from dataclasses import replace
from typing import Annotated, Final

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from podium.api.bodies import StrictRoute
from podium.api.context import Caller, Services
from podium.api.ports import Podium
from podium.identity.organisation import User as Value
from podium.identity.users import Users
from podium.kernel.ids import UserId

UserPath = Annotated[str, Path(max_length=64)]
_Name = Annotated[str, Field(min_length=1, max_length=80)]


class NewServiceAccount(BaseModel, extra="forbid"):
    name: _Name = Field(examples=["nightly import"])


class UserChange(BaseModel, extra="forbid"):
    """What is null stays as it is."""

    name: _Name | None = None
    email: str | None = Field(default=None, max_length=254, examples=["ann@example.org"])

    def change(self, user: Value) -> Value:
        return replace(
            user,
            name=user.name if self.name is None else self.name,
            email=user.email if self.email is None else self.email,
        )


class User(BaseModel):
    """Times are seconds since 1970."""

    id: str
    name: str
    email: str
    workspace: str = Field(description="Where they begin; service accounts are in no other.")
    created_at: float
    disabled_at: float | None

    @classmethod
    def of(cls, value: Value) -> "User":
        return cls(
            id=value.id,
            name=value.name,
            email=value.email,
            workspace=value.workspace,
            created_at=value.created_at,
            disabled_at=value.disabled_at,
        )


class UserList(BaseModel):
    items: list[User]


def _router(noun: str, what: str) -> APIRouter:
    prefix, tag = noun.replace(" ", "-"), noun.replace(" ", "_")
    router = APIRouter(prefix=f"/api/v1/{prefix}s", tags=[f"{tag}s"], route_class=StrictRoute)

    def users(podium: Podium) -> Users:
        return podium.directory.users if noun == "user" else podium.directory.service_accounts

    @router.get("", summary=f"List {noun}s", description=what)
    async def list_users(podium: Services, caller: Caller) -> UserList:
        return UserList(items=[User.of(one) for one in await users(podium).list(caller)])

    @router.get("/{user}", summary=f"Look at a {noun}")
    async def get(user: UserPath, podium: Services, caller: Caller) -> User:
        return User.of(await users(podium).get(caller, UserId(user)))

    @router.patch("/{user}", summary=f"Change a {noun}'s name or e-mail address")
    async def change(wish: UserChange, podium: Services, caller: Caller, *, user: UserPath) -> User:
        return User.of(await users(podium).change(caller, UserId(user), wish.change))

    @router.post("/{user}/disable", summary=f"Keep a {noun} out")
    async def disable(user: UserPath, podium: Services, caller: Caller) -> User:
        """No session and no key of theirs works until they are enabled."""
        return User.of(await users(podium).disable(caller, UserId(user)))

    @router.post("/{user}/enable", summary=f"Let a {noun} in again")
    async def enable(user: UserPath, podium: Services, caller: Caller) -> User:
        return User.of(await users(podium).enable(caller, UserId(user)))

    @router.delete("/{user}", status_code=204, summary=f"Remove a {noun}", response_class=Response)
    async def remove(user: UserPath, podium: Services, caller: Caller) -> None:
        """For good, with keys, sessions and roles; what they made stays."""
        await users(podium).remove(caller, UserId(user))

    _ = (list_users, get, change, disable, enable, remove)
    return router


users_router: Final = _router(
    "user",
    "People who have a role in this workspace; for those with one in the organisation, all people.",
)
service_accounts_router: Final = _router(
    "service account", "Programs that act for themselves in this workspace, with keys of their own."
)


@service_accounts_router.post("", status_code=201, summary="Create a service account")
async def create(wish: NewServiceAccount, podium: Services, caller: Caller) -> User:
    """It may do nothing until it has a role. `POST /api/v1/keys` makes keys for it."""
    return User.of(await podium.directory.service_accounts.create(caller, wish.name))
