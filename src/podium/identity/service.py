"""The use cases of identity: the first start, invitations, sessions, API keys.

A secret is a prefix that says what it is and 256 random bits; only its SHA-256 is kept. Sessions
end 30 days after they began, however much they are used: a stolen one does not live for ever.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass

from podium.identity.ports import Credential, CredentialKind, IdentityStore, User, Workspace
from podium.identity.principal import Principal, Role
from podium.kernel.clock import Chance, Clock
from podium.kernel.errors import Conflict, Invalid, NotFound, Refused, Unauthenticated
from podium.kernel.ids import Ids, KeyId, UserId

INVITATION_SECONDS = 24 * 3600.0
SESSION_SECONDS = 30 * 24 * 3600.0
TOUCH_SECONDS = 60.0
LOCAL = UserId("user_local")
"""The command line on the machine itself: whoever may write the folder owns what is in it."""

_PREFIXES = {
    CredentialKind.INVITATION: "pdi_",
    CredentialKind.SESSION: "pds_",
    CredentialKind.API_KEY: "pdm_",
}
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Issued:
    """A new credential with its secret, which is shown this once."""

    credential: Credential
    secret: str


@dataclass(frozen=True, slots=True)
class Start:
    """`invitation` is the secret of a one-time link, while nobody has become admin; else ""."""

    local: Principal
    invitation: str


@dataclass(frozen=True, slots=True)
class _New:
    user: UserId
    kind: str
    name: str
    seconds: float | None


class Identity:
    def __init__(self, store: IdentityStore, clock: Clock, chance: Chance) -> None:
        self._store: IdentityStore = store
        self._clock: Clock = clock
        self._chance: Chance = chance
        self._ids: Ids = Ids(clock, chance)

    async def start(self) -> Start:
        """At every start of a server: the workspace, the local user, and a way in.

        Until there is an admin each start issues a new invitation and revokes those before it.
        """
        local = await self.local()
        if any(user.role is Role.ADMIN and user.id != LOCAL for user in await self._users(local)):
            return Start(local, "")
        await self._revoke_all(LOCAL, CredentialKind.INVITATION)
        return Start(local, (await self._invite(LOCAL, Role.ADMIN)).secret)

    async def local(self) -> Principal:
        """The owner of the folder; makes the workspace "default" where there is none."""
        now = self._clock.now()
        workspace = await self._store.first_workspace(
            Workspace(self._ids.workspace(), "default", now)
        )
        known = {user.id for user in await self._store.users(workspace.id)}
        if LOCAL not in known:
            await self._add_local(User(LOCAL, workspace.id, "local", Role.ADMIN, now))
        return _principal(User(LOCAL, workspace.id, "local", Role.ADMIN, now))

    async def invite(self, principal: Principal, role: Role = Role.MEMBER) -> Issued:
        """A one-time link for one more person. Raises Refused."""
        if not principal.has(Role.ADMIN):
            raise Refused(f"{principal.name} may not invite people: only an admin may.")
        return await self._invite(principal.user, role)

    async def offer(self, invitation: str) -> Role:
        """What it makes of the person who accepts it; looking uses nothing up.

        Raises Unauthenticated for an invitation that is unknown, used or too old.
        """
        _, credential = await self._holder(invitation, CredentialKind.INVITATION)
        if credential.used_at is not None:
            raise Unauthenticated(_USED)
        return Role(credential.name)

    async def accept(self, invitation: str, name: str) -> Issued:
        """Redeem an invitation: there is a new user, and this is their session.

        Raises Unauthenticated for an invitation that is unknown, used or too old; Invalid.
        """
        shown = _name(name)
        inviter, credential = await self._holder(invitation, CredentialKind.INVITATION)
        if not await self._store.use_once(credential.id, self._clock.now()):
            raise Unauthenticated(_USED)
        user = await self._store.add_user(
            User(
                id=self._ids.user(),
                workspace=inviter.workspace,
                name=shown,
                role=Role(credential.name),
                created_at=self._clock.now(),
            )
        )
        return await self._issue(_New(user.id, CredentialKind.SESSION, "", SESSION_SECONDS))

    async def authenticate(self, secret: str) -> Principal:
        """Who shows this session or API key. Raises Unauthenticated."""
        kind = CredentialKind.SESSION if _is_session(secret) else CredentialKind.API_KEY
        principal, credential = await self._holder(secret, kind)
        now = self._clock.now()
        if credential.used_at is None or now - credential.used_at >= TOUCH_SECONDS:
            await self._store.touch(credential.id, now)
        return principal

    async def leave(self, session: str) -> None:
        """End a session. Raises Unauthenticated."""
        principal, credential = await self._holder(session, CredentialKind.SESSION)
        await self._store.revoke(principal.user, credential.id, self._clock.now())

    async def create_key(
        self, principal: Principal, name: str, *, seconds: float | None = None
    ) -> Issued:
        """A key for programs; it acts as its user. `seconds` is its life, None without end."""
        if seconds is not None and seconds <= 0:
            raise Invalid(f"A key needs a life of more than 0 seconds, got {seconds}.")
        return await self._issue(_New(principal.user, CredentialKind.API_KEY, _name(name), seconds))

    async def keys(self, principal: Principal) -> tuple[Credential, ...]:
        """The keys of the caller that are not revoked, newest first."""
        found = await self._store.credentials(principal.user)
        keys = (one for one in found if one.kind == CredentialKind.API_KEY)
        live = (one for one in keys if one.revoked_at is None)
        return tuple(sorted(live, key=lambda one: one.created_at, reverse=True))

    async def revoke_key(self, principal: Principal, key: KeyId) -> None:
        """Raises NotFound."""
        if key not in {one.id for one in await self.keys(principal)}:
            raise NotFound(f"You have no API key {key}.")
        await self._store.revoke(principal.user, key, self._clock.now())

    async def _users(self, principal: Principal) -> tuple[User, ...]:
        return await self._store.users(principal.workspace)

    async def _add_local(self, user: User) -> None:
        try:
            _ = await self._store.add_user(user)
        except Conflict:
            return  # another process started at the same moment and was faster

    async def _invite(self, inviter: UserId, role: Role) -> Issued:
        """The role stands in the credential's name: a store of invitations would hold no more."""
        return await self._issue(
            _New(inviter, CredentialKind.INVITATION, role.value, INVITATION_SECONDS)
        )

    async def _issue(self, new: _New) -> Issued:
        now = self._clock.now()
        secret = _PREFIXES[new.kind] + _spelled(self._chance.token(32))
        credential = Credential(
            id=self._ids.key(),
            user=new.user,
            kind=new.kind,
            secret_sha256=_digest(secret),
            name=new.name,
            created_at=now,
            expires_at=None if new.seconds is None else now + new.seconds,
        )
        await self._store.add_credential(credential)
        return Issued(credential, secret)

    async def _holder(self, secret: str, kind: str) -> tuple[Principal, Credential]:
        hashed = _digest(secret)
        found = await self._store.principal_by_secret(hashed, kind, self._clock.now())
        if found is None or not hmac.compare_digest(found[1].secret_sha256, hashed):
            raise Unauthenticated(_REFUSALS[kind])
        return found

    async def _revoke_all(self, user: UserId, kind: str) -> None:
        now = self._clock.now()
        for one in await self._store.credentials(user):
            if one.kind == kind and one.used_at is None and one.revoked_at is None:
                await self._store.revoke(user, one.id, now)


_USED = "This invitation was used already. Ask for a new one."
_REFUSALS = {
    CredentialKind.INVITATION: "This invitation is unknown, used or older than 24 hours. "
    "Ask an admin for a new one, or restart podium while it has no admin.",
    CredentialKind.SESSION: "This session is unknown or has ended. Sign in again.",
    CredentialKind.API_KEY: "This API key is unknown, expired or revoked. "
    "Keys start with pdm_; `podium keys create NAME` makes one.",
}


def _is_session(secret: str) -> bool:
    return secret.startswith(_PREFIXES[CredentialKind.SESSION])


def _spelled(token: bytes) -> str:
    return urlsafe_b64encode(token).decode().rstrip("=")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _principal(user: User) -> Principal:
    return Principal(user.id, user.workspace, user.name, frozenset({user.role, Role.MEMBER}))


def _name(name: str) -> str:
    shown = " ".join(name.split())
    if not shown or len(shown) > _LONGEST_NAME or not shown.isprintable():
        raise Invalid(
            f"A name needs 1 to {_LONGEST_NAME} printable characters, got {len(shown)}: "
            f"{shown[:_LONGEST_NAME]!r}."
        )
    return shown
