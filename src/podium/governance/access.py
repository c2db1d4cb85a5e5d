"""The one place where a use case asks whether it may go on."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from msgspec import Struct

from podium.identity.keys import Key, Reach
from podium.identity.principal import Principal, Role
from podium.kernel.errors import NotFound, Refused
from podium.kernel.ids import UserId, WorkspaceId

MODEL = "model"
"""The kind of what the gateway serves: models and routes."""


class Action(StrEnum):
    READ = "read"
    LIST = "list"
    CREATE = "create"
    CHANGE = "change"
    DECIDE = "decide"
    USE = "use"


class Resource(Struct, frozen=True, gc=False):
    """What is acted on; `id` is "*" for a kind as a whole (list, create).

    `operation` is what is asked of a model, empty where that does not matter.
    """

    kind: str
    workspace: WorkspaceId
    id: str = "*"
    owner: UserId | None = None
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Allow:
    rule: str


@dataclass(frozen=True, slots=True)
class Deny:
    rule: str
    message: str


Decision: TypeAlias = Allow | Deny


class Authorizer(Protocol):
    def decide(self, principal: Principal, action: Action, resource: Resource) -> Decision: ...


_ADMIN = Allow("admin")
_MEMBER = Allow("member")


class OwnerRule:
    """Until policies arrive: admins do all in their workspace, members what is theirs.

    Everybody of a workspace may read, list, create and use; deciding approvals and changing
    what another person owns takes an admin.
    """

    def decide(self, principal: Principal, action: Action, resource: Resource) -> Decision:
        if principal.workspace != resource.workspace:
            return Deny("other-workspace", "It belongs to another workspace.")
        if principal.has(Role.ADMIN):
            return _ADMIN
        if action in {Action.READ, Action.LIST, Action.CREATE, Action.USE}:
            return _MEMBER
        if resource.owner == principal.user and action is Action.CHANGE:
            return Allow("owner")
        return Deny(
            "owner-or-admin",
            f"{principal.name} may not {action} this {resource.kind}: "
            f"only its owner or an admin may. Ask an admin of the workspace.",
        )


def require(  # noqa: PLR0917 - the three parts of every question, and who answers
    authorizer: Authorizer, principal: Principal, action: Action, resource: Resource
) -> None:
    """Raise Refused; or NotFound for another workspace's things, which must not show they exist.

    Nothing goes beyond the scopes of the caller's key, whoever decides the rest.
    """
    if principal.key is not None:
        _within(principal.key, resource)
    match authorizer.decide(principal, action, resource):
        case Allow():
            return
        case Deny(rule="other-workspace"):
            raise NotFound(f"There is no {resource.kind} {resource.id}.")
        case Deny(message=message):
            raise Refused(message)


def may(  # noqa: PLR0917 - as `require`
    authorizer: Authorizer, principal: Principal, action: Action, resource: Resource
) -> bool:
    """What is shown of things: those that `require` lets through."""
    try:
        require(authorizer, principal, action, resource)
    except (Refused, NotFound):
        return False
    return True


def _within(key: Key, resource: Resource) -> None:
    scopes = key.scopes
    if resource.kind != MODEL:
        if scopes.reach is Reach.GATEWAY:
            raise Refused(f"The key '{key.name}' may call models and do nothing else.")
        return
    if resource.id != "*" and not scopes.has_model(resource.id):
        raise Refused(
            f"The key '{key.name}' may not use '{resource.id[:100]}': it is for "
            f"{', '.join(scopes.models)}. Ask an admin to change its scopes."
        )
    if resource.operation and not scopes.has_operation(resource.operation):
        raise Refused(
            f"The key '{key.name}' is not for {resource.operation}: it is for "
            f"{', '.join(scopes.operations)}. Ask an admin to change its scopes."
        )
