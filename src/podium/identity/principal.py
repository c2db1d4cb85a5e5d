"""The caller of a use case."""

from dataclasses import dataclass
from enum import StrEnum

from podium.identity.keys import Key
from podium.kernel.ids import UserId, WorkspaceId


class Role(StrEnum):
    ADMIN = "admin"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Principal:
    """Every call carries one; what it stores belongs to `workspace` and is owned by `user`.

    `key` is the API key that it came with: who comes with a session has none, and no scopes.
    """

    user: UserId
    workspace: WorkspaceId
    name: str
    roles: frozenset[Role] = frozenset({Role.MEMBER})
    key: Key | None = None

    def has(self, role: Role) -> bool:
        return role in self.roles
