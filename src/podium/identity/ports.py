"""What the identity room needs from outside."""

from dataclasses import dataclass
from typing import Protocol

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
    """Only the SHA-256 of the secret is kept: it has 256 bits, so it needs no slow hash."""

    id: KeyId
    user: UserId
    kind: str
    secret_sha256: str
    name: str
    created_at: float
    expires_at: float | None = None
    used_at: float | None = None
    revoked_at: float | None = None


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

    async def credentials(self, user: UserId) -> tuple[Credential, ...]: ...

    async def principal_by_secret(
        self, secret_sha256: str, kind: str, now: float
    ) -> tuple[Principal, Credential] | None:
        """Who a live credential belongs to; None where it is unknown, expired or revoked."""
        ...

    async def use_once(self, credential: KeyId, now: float) -> bool:
        """Mark a one-time credential used; False where it was used before (also at the same time),
        is unknown, expired or revoked.
        """
        ...

    async def revoke(self, user: UserId, credential: KeyId, now: float) -> None:
        """Raises NotFound."""
        ...

    async def touch(self, credential: KeyId, now: float) -> None:
        """Write when a session or key was last used."""
        ...
