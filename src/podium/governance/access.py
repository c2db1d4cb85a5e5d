"""Who decides what a principal may do. The port is `identity.access`, whose names are also here."""

from podium.identity.access import (
    MODEL,
    Action,
    Allow,
    Authorizer,
    Decision,
    Deny,
    Resource,
    may,
    require,
)
from podium.identity.principal import ORGANISATION, Principal, Role

__all__ = [
    "MODEL",
    "Action",
    "Allow",
    "Authorizer",
    "Decision",
    "Deny",
    "OwnerRule",
    "Resource",
    "may",
    "require",
]

_ADMINS = frozenset({Role.OWNER, Role.ADMIN})
_LOOKS = frozenset({Action.READ, Action.LIST})
_WORKS = frozenset({Action.READ, Action.LIST, Action.CREATE, Action.USE})
_ADMINISTRATION = frozenset(
    {
        "workspace",
        "team",
        "group",
        "user",
        "service_account",
        "role",
        "role_binding",
        "invitation",
        "terms",
    }
)
_ADMIN = Allow("admin")
_MEMBER = Allow("member")


class OwnerRule:
    """Until policies arrive: admins do all in their workspace, others what is theirs.

    Everybody with a role may read, list, create and use; deciding approvals, changing what another
    person owns, and who is who takes an admin.
    """

    def decide(self, principal: Principal, action: Action, resource: Resource) -> Decision:
        if resource.workspace not in {principal.workspace, ORGANISATION}:
            return Deny("other-workspace", "It belongs to another workspace.")
        roles = principal.roles_for(resource.workspace, resource.owner)
        if roles & _ADMINS:
            return _ADMIN
        if resource.kind == "key" and resource.owner != principal.user:
            return _refused(principal, action, resource)
        if roles and action in (_LOOKS if resource.kind in _ADMINISTRATION else _WORKS):
            return _MEMBER
        if roles and resource.owner == principal.user and action in {Action.CHANGE, Action.DELETE}:
            return Allow("owner")
        return _refused(principal, action, resource)


def _refused(principal: Principal, action: Action, resource: Resource) -> Deny:
    return Deny(
        "owner-or-admin",
        f"{principal.name} may not {action} this {resource.kind}: "
        f"only its owner or an admin may. Ask an admin of the workspace.",
    )
