"""All use cases of the organisation."""

from dataclasses import dataclass

from podium.identity.groups import Groups
from podium.identity.issuing import Edges
from podium.identity.principal import Kind
from podium.identity.roles import Roles
from podium.identity.users import Users
from podium.identity.workspaces import Workspaces


@dataclass(frozen=True, slots=True)
class Directory:
    workspaces: Workspaces
    teams: Groups
    groups: Groups
    users: Users
    service_accounts: Users
    roles: Roles

    @classmethod
    def over(cls, edges: Edges) -> "Directory":
        return cls(
            workspaces=Workspaces(edges),
            teams=Groups(edges, "team"),
            groups=Groups(edges, "group"),
            users=Users(edges, Kind.USER),
            service_accounts=Users(edges, Kind.SERVICE_ACCOUNT),
            roles=Roles(edges),
        )
