"""/api/v1/roles and /api/v1/bindings: which roles there are, and who has which of them where."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from podium.api.bodies import StrictRoute
from podium.api.context import Caller, Services
from podium.identity.organisation import Binding as BindingValue
from podium.identity.principal import ORGANISATION, Role
from podium.identity.roles import Wish
from podium.kernel.ids import BindingId

router: Final = APIRouter(prefix="/api/v1", tags=["roles"], route_class=StrictRoute)

_RolePath = Annotated[str, Path(max_length=40)]
_BindingPath = Annotated[str, Path(max_length=64)]


class NewRole(BaseModel, extra="forbid"):
    name: str = Field(max_length=40, description="a-z, 0-9 and -.", examples=["reviewer"])
    description: str = Field(default="", max_length=200)


class RoleShown(BaseModel):
    name: str
    description: str
    is_built_in: bool


class RoleList(BaseModel):
    items: list[RoleShown]


class NewBinding(BaseModel, extra="forbid"):
    role: str = Field(max_length=40, examples=["engineer"])
    subject: str = Field(max_length=64, description="Id of a user, service account, group or team.")
    everywhere: bool = Field(
        default=False, description="In the whole organisation, and not in this workspace alone."
    )
    team: str = Field(
        default="", max_length=64, description="Its id: over what its members own, and no more."
    )


class Binding(BaseModel):
    """Times are seconds since 1970."""

    id: str
    role: str
    subject: str
    everywhere: bool
    workspace: str = Field(description="Empty where it holds everywhere.")
    team: str = Field(description="Empty where it holds for everything there.")
    created_at: float
    created_by: str

    @classmethod
    def of(cls, value: BindingValue) -> "Binding":
        return cls(
            id=value.id,
            role=value.role,
            subject=value.subject,
            everywhere=value.workspace == ORGANISATION,
            workspace=value.workspace,
            team=value.team,
            created_at=value.created_at,
            created_by=value.created_by,
        )


class BindingList(BaseModel):
    items: list[Binding]


_BUILT_IN: Final = {
    Role.OWNER: "Everything, also who owns.",
    Role.ADMIN: "Everything but who owns: people, roles, keys, policies, and all work.",
    Role.ENGINEER: "Writes and runs workflows, calls models, uses data.",
    Role.ANALYST: "Calls models and sees runs, traces, datasets and costs.",
    Role.OPERATOR: "Starts, pauses and stops what others wrote.",
    Role.AUDITOR: "Sees everything, also the audit log, and changes nothing.",
    Role.APPROVER: "Decides what waits for a person.",
    Role.VIEWER: "Sees workflows and runs.",
}


@router.get("/roles", summary="List roles")
async def list_roles(podium: Services, caller: Caller) -> RoleList:
    """The built-in ones, and those that policies give a meaning."""
    custom = await podium.directory.roles.list(caller)
    built_in = [
        RoleShown(name=name, description=text, is_built_in=True) for name, text in _BUILT_IN.items()
    ]
    others = [
        RoleShown(name=one.name, description=one.description, is_built_in=False) for one in custom
    ]
    return RoleList(items=built_in + others)


@router.post("/roles", status_code=201, summary="Create a role")
async def create(wish: NewRole, podium: Services, caller: Caller) -> RoleShown:
    """It allows nothing until a policy names it."""
    made = await podium.directory.roles.create(caller, wish.name, wish.description)
    return RoleShown(name=made.name, description=made.description, is_built_in=False)


@router.delete("/roles/{role}", status_code=204, summary="Remove a role", response_class=Response)
async def remove(role: _RolePath, podium: Services, caller: Caller) -> None:
    """With its bindings."""
    await podium.directory.roles.remove(caller, role)


@router.get("/bindings", summary="List who has which role here")
async def bindings(podium: Services, caller: Caller) -> BindingList:
    """Those of the whole organisation first."""
    found = await podium.directory.roles.bindings(caller)
    return BindingList(items=[Binding.of(one) for one in found])


@router.post("/bindings", status_code=201, summary="Give a role")
async def bind(wish: NewBinding, podium: Services, caller: Caller) -> Binding:
    """It holds from the next request on; in other processes within five seconds."""
    wanted = Wish(wish.role, wish.subject, everywhere=wish.everywhere, team=wish.team)
    return Binding.of(await podium.directory.roles.bind(caller, wanted))


@router.delete(
    "/bindings/{binding}", status_code=204, summary="Take a role away", response_class=Response
)
async def unbind(binding: _BindingPath, podium: Services, caller: Caller) -> None:
    await podium.directory.roles.unbind(caller, BindingId(binding))
