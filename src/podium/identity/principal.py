"""The caller of a use case."""

from dataclasses import dataclass
from enum import StrEnum

from podium.identity.keys import Key
from podium.kernel.ids import GroupId, KeyId, UserId, WorkspaceId

ORGANISATION = WorkspaceId("")
"""What belongs to no workspace but to the organisation: workspaces, users, groups, policies."""


class Role(StrEnum):
    """The built-in ones; others are named by whoever writes policies for them."""

    OWNER = "owner"
    ADMIN = "admin"
    ENGINEER = "engineer"
    ANALYST = "analyst"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    APPROVER = "approver"
    VIEWER = "viewer"


class Kind(StrEnum):
    USER = "user"
    SERVICE_ACCOUNT = "service_account"


@dataclass(frozen=True, slots=True)
class TeamRole:
    """A role over what the members of one team own."""

    role: str
    team: GroupId
    members: frozenset[UserId]


@dataclass(frozen=True, slots=True)
class Principal:
    """Every call carries one; what it stores belongs to `workspace` and is owned by `user`.

    `roles` are those held in the workspace, `everywhere` the ones among them that hold in the whole
    organisation, `over` those that hold for what members of a team own. `groups` and `teams` are
    the names of those it is in. `key` is the API key that it came with: who comes with a session
    has none, and no scopes; `session` is the id of that one. Without roles nothing is allowed.
    """

    user: UserId
    workspace: WorkspaceId
    name: str
    roles: frozenset[str] = frozenset()
    key: Key | None = None
    everywhere: frozenset[str] = frozenset()
    over: tuple[TeamRole, ...] = ()
    groups: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    kind: Kind = Kind.USER
    session: KeyId | None = None

    def __hash__(self) -> int:
        """Of what tells almost all apart: decisions are looked up by principals at every call."""
        return hash((self.user, self.workspace))

    def has(self, role: Role) -> bool:
        return role in self.roles

    def roles_for(self, workspace: WorkspaceId, owner: UserId | None) -> frozenset[str]:
        """Those that hold for a thing of that workspace (or of the organisation) and owner."""
        if workspace == ORGANISATION:
            return self.everywhere
        if workspace != self.workspace:
            return frozenset()
        over = {one.role for one in self.over if owner in one.members}
        return self.roles | over if over else self.roles
