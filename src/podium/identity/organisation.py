"""Who and what an organisation is made of: workspaces, teams, groups, users, roles.

One installation is one organisation. Its workspaces are walls: nothing stored in one is seen from
another. A team is a part of one workspace, a group goes across all of them.
"""

from dataclasses import dataclass

from podium.identity.principal import ORGANISATION, Kind
from podium.kernel.ids import BindingId, GroupId, OrganisationId, UserId, WorkspaceId

ALL_OF_IT = GroupId("")
"""In place of a team: a role holds for everything there."""


@dataclass(frozen=True, slots=True)
class Organisation:
    id: OrganisationId
    name: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Workspace:
    """Nobody enters one that is removed; what is stored in it stays until its time is over."""

    id: WorkspaceId
    name: str
    created_at: float
    removed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Users under one name: a team where it has a workspace, else a group of the organisation."""

    id: GroupId
    workspace: WorkspaceId
    name: str
    created_at: float

    @property
    def is_team(self) -> bool:
        return self.workspace != ORGANISATION


@dataclass(frozen=True, slots=True)
class User:
    """A person, or a service account, which is a program. `workspace` is where they begin.

    Who is disabled can show nothing that lets them in; who is removed is a name in old entries.
    """

    id: UserId
    workspace: WorkspaceId
    name: str
    created_at: float
    kind: Kind = Kind.USER
    email: str = ""
    disabled_at: float | None = None
    removed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """Who has a role, and where: `subject` is the id of a user, service account, group or team.

    Without `workspace` it holds in the whole organisation; with `team` for what its members own.
    """

    id: BindingId
    role: str
    subject: str
    workspace: WorkspaceId
    created_at: float
    team: GroupId = ALL_OF_IT
    created_by: str = ""


@dataclass(frozen=True, slots=True)
class CustomRole:
    """A role that policies give a meaning; by itself it allows nothing."""

    name: str
    description: str
    created_at: float
    created_by: str = ""
