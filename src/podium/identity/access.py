"""The one place where a use case asks whether it may go on.

It lies in this room, as its own use cases ask too; who answers lies in `governance`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from msgspec import Struct

from podium.identity.keys import Key, Reach
from podium.identity.principal import Principal
from podium.kernel.errors import NotFound, Refused
from podium.kernel.ids import UserId, WorkspaceId

MODEL = "model"
"""The kind of what the gateway serves: models and routes."""


class Action(StrEnum):
    READ = "read"
    LIST = "list"
    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"
    DECIDE = "decide"
    USE = "use"
    BIND = "bind"
    """To give somebody a role; the resource is the role, in the place where it is to hold."""
    EXPORT = "export"
    """To take out of podium: much at once, or what stands for others."""
    REVEAL = "reveal"
    """To see in clear what is masked or encrypted."""


class Resource(Struct, frozen=True, gc=False):
    """What is acted on; `id` is "*" for a kind as a whole (list, create). What belongs to the
    organisation has `ORGANISATION` for its workspace.

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
    """Whether `require` would let it pass."""
    try:
        require(authorizer, principal, action, resource)
    except (NotFound, Refused):
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
