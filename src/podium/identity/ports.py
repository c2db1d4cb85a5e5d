"""What the identity room needs from outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from podium.identity.keys import EVERYTHING, Scopes
from podium.identity.limits import UNLIMITED, Limits
from podium.identity.organisation import (
    Binding,
    CustomRole,
    Group,
    Organisation,
    User,
    Workspace,
)
from podium.identity.principal import Principal
from podium.kernel.ids import BindingId, GroupId, KeyId, UserId, WorkspaceId


class CredentialKind:
    """Kinds of credential: what a caller shows to prove who it is."""

    INVITATION: str = "invitation"
    SESSION: str = "session"
    API_KEY: str = "api_key"


@dataclass(frozen=True, slots=True)
class Credential:
    """Only the SHA-256 of the secret is kept: it has 256 bits, so it needs no slow hash.

    `hint` is how the secret begins, for people. After a rotation the secret before, of which
    `old_sha256` is left, works until `old_until`. Team, scopes and limits are those of API keys.
    An API key is for one workspace; a session begins in it.
    """

    id: KeyId
    user: UserId
    workspace: WorkspaceId
    kind: str
    secret_sha256: str
    name: str
    created_at: float
    expires_at: float | None = None
    used_at: float | None = None
    revoked_at: float | None = None
    disabled_at: float | None = None
    hint: str = ""
    old_sha256: str | None = None
    old_until: float | None = None
    team: str = ""
    scopes: Scopes = EVERYTHING
    limits: Limits = UNLIMITED


class IdentityStore(Protocol):
    """Users who are disabled or removed show nothing that is live, whatever they hold."""

    async def add_credential(self, credential: Credential) -> None:
        """Raises NotFound for an unknown user, Conflict for a known id or secret."""
        ...

    async def credentials(self, user: UserId) -> tuple[Credential, ...]:
        """The oldest first."""
        ...

    async def credentials_in(self, workspace: WorkspaceId, kind: str) -> tuple[Credential, ...]:
        """Those of everybody, the oldest first."""
        ...

    async def credential(self, workspace: WorkspaceId, id: KeyId) -> Credential:
        """Raises NotFound."""
        ...

    async def change(self, new: Credential, *, seen: Credential) -> None:
        """Write its name, team, scopes, limits, hint, secrets, end and whether it is disabled.

        Raises Conflict where the stored one is not as it was seen, or is revoked; NotFound.
        """
        ...

    async def principal_by_secret(
        self, secret_sha256: str, kind: str, now: float
    ) -> tuple[Principal, Credential] | None:
        """Who a live credential belongs to, in its workspace; None where it is unknown, expired,
        disabled or revoked, or its user or workspace is gone.

        The principal of an API key carries it.
        """
        ...

    async def use_once(self, credential: KeyId, now: float) -> bool:
        """Mark a one-time credential used; False where it was used before (also at the same time),
        is unknown, expired or revoked.
        """
        ...

    async def revoke(self, user: UserId, credential: KeyId, now: float) -> None:
        """Raises NotFound."""
        ...

    async def touch(self, used: Mapping[KeyId, float]) -> None:
        """Write when sessions and keys were last used; unknown ones are passed over."""
        ...


class DirectoryStore(Protocol):
    """The organisation: what it is made of, and who has which role where."""

    async def begin(self, organisation: Organisation, workspace: Workspace) -> Workspace:
        """The oldest workspace there is; or these two, stored."""
        ...

    async def organisation(self) -> Organisation:
        """Raises NotFound before `begin`."""
        ...

    async def rename_organisation(self, name: str) -> None: ...

    async def workspaces(self) -> tuple[Workspace, ...]:
        """Those that are not removed, the oldest first."""
        ...

    async def add_workspace(self, workspace: Workspace) -> None:
        """Raises Conflict where another has that name."""
        ...

    async def change_workspace(self, workspace: Workspace) -> None:
        """Raises NotFound; Conflict where another has that name."""
        ...

    async def users(self) -> tuple[User, ...]:
        """Those of the organisation that are not removed, the oldest first."""
        ...

    async def user(self, user: UserId) -> User:
        """Also one that is removed. Raises NotFound."""
        ...

    async def add_user(self, user: User) -> User:
        """Raises NotFound for an unknown workspace, Conflict for a known id or e-mail address."""
        ...

    async def change_user(self, user: User) -> None:
        """Raises NotFound; Conflict for a known e-mail address."""
        ...

    async def remove_user(self, user: UserId, at: float) -> None:
        """With what they show, the groups they are in and the roles they have. Raises NotFound."""
        ...

    async def groups(self, workspace: WorkspaceId) -> tuple[Group, ...]:
        """The teams of a workspace, or the groups of the organisation; by name."""
        ...

    async def add_group(self, group: Group) -> None:
        """Raises Conflict where another has that name."""
        ...

    async def rename_group(self, group: GroupId, name: str) -> None:
        """Raises NotFound; Conflict where another has that name."""
        ...

    async def remove_group(self, group: GroupId) -> None:
        """With who is in it, and the roles it has and is the place of."""
        ...

    async def members(self, group: GroupId) -> tuple[UserId, ...]: ...

    async def add_member(self, group: GroupId, user: UserId) -> None:
        """Nothing where it is one already. Raises NotFound."""
        ...

    async def remove_member(self, group: GroupId, user: UserId) -> None: ...

    async def bindings(self, workspace: WorkspaceId) -> tuple[Binding, ...]:
        """Those in that workspace, or in the organisation as a whole; the oldest first."""
        ...

    async def bindings_of(self, subject: str) -> tuple[Binding, ...]:
        """Of that one, wherever they are; the oldest first."""
        ...

    async def add_binding(self, binding: Binding) -> None:
        """Raises Conflict where there is the same one."""
        ...

    async def remove_binding(self, binding: BindingId) -> None: ...

    async def roles(self) -> tuple[CustomRole, ...]:
        """By name."""
        ...

    async def add_role(self, role: CustomRole) -> None:
        """Raises Conflict where there is one of that name."""
        ...

    async def remove_role(self, name: str) -> None:
        """With its bindings."""
        ...

    async def principal(self, user: UserId, workspace: WorkspaceId) -> Principal | None:
        """With the roles of today; None where the user or workspace is gone, or disabled."""
        ...


class Principals(Protocol):
    """Who acts for what goes on without a caller: runs and schedules."""

    async def principal(self, user: UserId, workspace: WorkspaceId) -> Principal:
        """With the roles of today, which are none for who is gone."""
        ...
