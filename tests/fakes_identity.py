"""The ports of identity in dictionaries; see `fakes_storage`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from podium.identity.keys import Key
from podium.identity.ports import Credential, CredentialKind
from podium.identity.principal import Principal
from podium.kernel.errors import Conflict, NotFound
from podium.kernel.ids import KeyId, UserId, WorkspaceId
from tests.fakes_directory import MemoryDirectory
from tests.fakes_rows import by_time, kept


@dataclass
class MemoryIdentity:
    directory: MemoryDirectory = field(default_factory=MemoryDirectory)
    keys: dict[KeyId, Credential] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.directory.revoked.append(self._revoke_all)

    def _revoke_all(self, user: UserId, at: float) -> None:
        for key in self.keys.values():
            if key.user == user and key.revoked_at is None:
                self.keys[key.id] = replace(key, revoked_at=at)

    async def add_credential(self, credential: Credential) -> None:
        if credential.user not in self.directory.people:
            raise NotFound(f"There is no user {credential.user}.")
        secrets = {key.secret_sha256 for key in self.keys.values()}
        if credential.id in self.keys or credential.secret_sha256 in secrets:
            raise Conflict("This credential is stored already.")
        self.keys[credential.id] = kept(credential)

    async def credentials(self, user: UserId) -> tuple[Credential, ...]:
        found = [key for key in self.keys.values() if key.user == user]
        return tuple(sorted(found, key=by_time))

    async def credentials_in(self, workspace: WorkspaceId, kind: str) -> tuple[Credential, ...]:
        found = [k for k in self.keys.values() if (k.workspace, k.kind) == (workspace, kind)]
        return tuple(sorted(found, key=by_time))

    async def credential(self, workspace: WorkspaceId, id: KeyId) -> Credential:
        key = self.keys.get(id)
        if key is None or key.workspace != workspace:
            raise NotFound(f"There is no credential {id}.")
        return key

    async def change(self, new: Credential, *, seen: Credential) -> None:
        key = self.keys.get(new.id)
        if key is None:
            raise NotFound(f"There is no credential {new.id}.")
        if key.revoked_at is not None or replace(key, used_at=seen.used_at) != seen:
            raise Conflict(f"{new.id} was changed at the same moment. Look at it, and try again.")
        self.keys[new.id] = kept(replace(new, used_at=key.used_at))

    async def principal_by_secret(
        self, secret_sha256: str, kind: str, now: float
    ) -> tuple[Principal, Credential] | None:
        for key in self.keys.values():
            if key.kind == kind and _live(key, now) and _shown(key, secret_sha256, now):
                carried = Key(key.id, key.name, key.team, key.scopes, key.limits)
                return await self._holder(key, carried if kind == CredentialKind.API_KEY else None)
        return None

    async def _holder(
        self, credential: Credential, key: Key | None
    ) -> tuple[Principal, Credential] | None:
        found = await self.directory.principal(credential.user, credential.workspace)
        if found is None and key is None:
            oldest = (await self.directory.workspaces())[0]
            found = await self.directory.principal(credential.user, oldest.id)
        return None if found is None else (replace(found, key=key), credential)

    async def use_once(self, credential: KeyId, now: float) -> bool:
        key = self.keys.get(credential)
        if key is None or key.used_at is not None or not _live(key, now):
            return False
        self.keys[credential] = replace(key, used_at=now)
        return True

    async def revoke(self, user: UserId, credential: KeyId, now: float) -> None:
        key = self.keys.get(credential)
        if key is None or key.user != user:
            raise NotFound(f"There is no credential {credential}.")
        if key.revoked_at is None:
            self.keys[credential] = replace(key, revoked_at=now)

    async def touch(self, used: Mapping[KeyId, float]) -> None:
        for id, at in used.items():
            if id in self.keys:
                self.keys[id] = replace(self.keys[id], used_at=at)


def _shown(key: Credential, secret_sha256: str, now: float) -> bool:
    old = key.old_sha256 == secret_sha256 and (key.old_until or 0.0) > now
    return old or key.secret_sha256 == secret_sha256


def _live(key: Credential, now: float) -> bool:
    if key.revoked_at is not None or key.disabled_at is not None:
        return False
    return key.expires_at is None or key.expires_at > now
