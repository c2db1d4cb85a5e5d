"""The identity port in dictionaries; see `fakes_storage`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from podium.identity.keys import Key
from podium.identity.ports import Credential, CredentialKind, User, Workspace
from podium.identity.principal import Principal, Role
from podium.kernel.errors import Conflict, NotFound
from podium.kernel.ids import KeyId, UserId, WorkspaceId
from tests.fakes_rows import by_time, kept


@dataclass
class MemoryIdentity:
    workspaces: list[Workspace] = field(default_factory=list)
    people: dict[UserId, User] = field(default_factory=dict)
    keys: dict[KeyId, Credential] = field(default_factory=dict)

    async def first_workspace(self, workspace: Workspace) -> Workspace:
        if not self.workspaces:
            self.workspaces.append(kept(workspace))
        return self.workspaces[0]

    async def add_user(self, user: User) -> User:
        if user.workspace not in {workspace.id for workspace in self.workspaces}:
            raise NotFound(f"There is no workspace {user.workspace}.")
        if user.id in self.people:
            raise Conflict(f"User {user.id} is stored already.")
        self.people[user.id] = kept(user)
        return user

    async def users(self, workspace: WorkspaceId) -> tuple[User, ...]:
        found = [user for user in self.people.values() if user.workspace == workspace]
        return tuple(sorted(found, key=by_time))

    async def add_credential(self, credential: Credential) -> None:
        if credential.user not in self.people:
            raise NotFound(f"There is no user {credential.user}.")
        secrets = {key.secret_sha256 for key in self.keys.values()}
        if credential.id in self.keys or credential.secret_sha256 in secrets:
            raise Conflict("This credential is stored already.")
        self.keys[credential.id] = kept(credential)

    async def credentials(self, user: UserId) -> tuple[Credential, ...]:
        found = [key for key in self.keys.values() if key.user == user]
        return tuple(sorted(found, key=by_time))

    async def credential(self, workspace: WorkspaceId, id: KeyId) -> Credential:
        key = self.keys.get(id)
        if key is None or self.people[key.user].workspace != workspace:
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
                user = self.people[key.user]
                roles = frozenset({user.role, Role.MEMBER})
                carried = Key(key.id, key.name, key.team, key.scopes, key.limits)
                carried = carried if kind == CredentialKind.API_KEY else None
                return Principal(user.id, user.workspace, user.name, roles, carried), key
        return None

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
