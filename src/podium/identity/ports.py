"""What the identity room needs from outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from podium.identity.keys import EVERYTHING, Scopes
from podium.identity.limits import UNLIMITED, Limits
from podium.identity.principal import Principal, Role
from podium.kernel.ids import KeyId, UserId, WorkspaceId


@dataclass(frozen=True, slots=True)
class Workspace:
    id: WorkspaceId
    name: str
    created_at: float


@dataclass(frozen=True, slots=True)
class User:
    id: UserId
    workspace: WorkspaceId
    name: str
    role: Role
    created_at: float


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
    """

    id: KeyId
    user: UserId
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
    async def first_workspace(self, workspace: Workspace) -> Workspace:
        """The workspace there is; or this one, stored."""
        ...

    async def add_user(self, user: User) -> User:
        """Raises NotFound for an unknown workspace, Conflict for a known id."""
        ...

    async def users(self, workspace: WorkspaceId) -> tuple[User, ...]: ...

    async def add_credential(self, credential: Credential) -> None:
        """Raises NotFound for an unknown user, Conflict for a known id or secret."""
        ...

    async def credentials(self, user: UserId) -> tuple[Credential, ...]:
        """The oldest first."""
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
        """Who a live credential belongs to; None where it is unknown, expired, disabled or revoked.

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
