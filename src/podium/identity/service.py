"""The use cases of identity: the first start, invitations, sessions, and who shows a secret.

Sessions end 30 days after they began, however much they are used: a stolen one does not live for
ever.
"""

import hmac
from dataclasses import dataclass

from podium.identity.issuing import Edges, Issued, New, checked_name, issue
from podium.identity.ports import Credential, CredentialKind, User, Workspace
from podium.identity.principal import Principal, Role
from podium.identity.secrets import kind_of, sha256
from podium.identity.throttle import Throttle
from podium.kernel.errors import Conflict, Refused, Unauthenticated, Unavailable
from podium.kernel.ids import UserId

INVITATION_SECONDS = 24 * 3600.0
SESSION_SECONDS = 30 * 24 * 3600.0
WRITE_SECONDS = 1.0
LOCAL = UserId("user_local")
"""The command line on the machine itself: whoever may write the folder owns what is in it."""


@dataclass(frozen=True, slots=True)
class Start:
    """`invitation` is the secret of a one-time link, while nobody has become admin; else ""."""

    local: Principal
    invitation: str


class Identity:
    def __init__(self, edges: Edges) -> None:
        self._edges: Edges = edges
        self._throttle: Throttle = Throttle(edges.clock)

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
        now = self._edges.clock.now()
        workspace = await self._edges.store.first_workspace(
            Workspace(self._edges.ids.workspace(), "default", now)
        )
        known = {user.id for user in await self._edges.store.users(workspace.id)}
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
        shown = checked_name(name)
        inviter, credential = await self._holder(invitation, CredentialKind.INVITATION)
        if not await self._edges.store.use_once(credential.id, self._edges.clock.now()):
            raise Unauthenticated(_USED)
        user = await self._edges.store.add_user(
            User(
                id=self._edges.ids.user(),
                workspace=inviter.workspace,
                name=shown,
                role=Role(credential.name),
                created_at=self._edges.clock.now(),
            )
        )
        return await issue(self._edges, New(user.id, CredentialKind.SESSION, "", SESSION_SECONDS))

    def known(self, secret: str) -> Principal | None:
        """Who shows this session or API key, where that is known without asking the database."""
        return self._edges.known.find(sha256(secret))

    async def authenticate(self, secret: str, *, address: str = "") -> Principal:
        """Who shows this session or API key, from which address.

        Raises Unauthenticated, and LimitReached where that address has shown many unknown ones.
        """
        known, digest = self._edges.known, sha256(secret)
        if (found := known.find(digest)) is not None:
            return found
        kind = kind_of(secret)
        if known.is_unknown(digest):
            raise Unauthenticated(_REFUSALS[kind])
        if not known.had(digest):
            self._throttle.check(address)
        before = known.changes
        try:
            principal, credential = await self._holder(secret, kind)
        except Unauthenticated:
            self._throttle.failed(address)
            if known.changes == before:
                known.keep_unknown(digest)
            raise
        if known.changes == before:
            known.keep(digest, principal, credential)
        return principal

    async def run(self) -> None:
        """Write behind the work when keys were last used, for ever; then call `flush` once more."""
        while True:
            await self._edges.clock.sleep(WRITE_SECONDS)
            try:
                await self.flush()
            except Unavailable:
                continue

    async def flush(self) -> None:
        """Raises Unavailable; what was not written stays."""
        touched = self._edges.known.touched
        writing = dict(touched)
        if not writing:
            return
        await self._edges.store.touch(writing)
        for key, at in writing.items():
            if touched.get(key) == at:
                del touched[key]

    async def leave(self, session: str) -> None:
        """End a session. Raises Unauthenticated."""
        principal, credential = await self._holder(session, CredentialKind.SESSION)
        await self._edges.store.revoke(principal.user, credential.id, self._edges.clock.now())
        self._edges.known.forget(credential.id)

    async def _users(self, principal: Principal) -> tuple[User, ...]:
        return await self._edges.store.users(principal.workspace)

    async def _add_local(self, user: User) -> None:
        try:
            _ = await self._edges.store.add_user(user)
        except Conflict:
            return  # another process started at the same moment and was faster

    async def _invite(self, inviter: UserId, role: Role) -> Issued:
        """The role stands in the credential's name: a store of invitations would hold no more."""
        return await issue(
            self._edges, New(inviter, CredentialKind.INVITATION, role.value, INVITATION_SECONDS)
        )

    async def _holder(self, secret: str, kind: str) -> tuple[Principal, Credential]:
        hashed = sha256(secret).hex()
        found = await self._edges.store.principal_by_secret(hashed, kind, self._edges.clock.now())
        if found is None or not _fits(found[1], hashed):
            raise Unauthenticated(_REFUSALS[kind])
        return found

    async def _revoke_all(self, user: UserId, kind: str) -> None:
        now = self._edges.clock.now()
        for one in await self._edges.store.credentials(user):
            if one.kind == kind and one.used_at is None and one.revoked_at is None:
                await self._edges.store.revoke(user, one.id, now)


_USED = "This invitation was used already. Ask for a new one."
_REFUSALS = {
    CredentialKind.INVITATION: "This invitation is unknown, used or older than 24 hours. "
    "Ask an admin for a new one, or restart podium while it has no admin.",
    CredentialKind.SESSION: "This session is unknown or has ended. Sign in again.",
    CredentialKind.API_KEY: "This API key is unknown, expired, disabled or revoked. "
    "Keys start with pdm_; `podium keys create NAME` makes one.",
}


def _fits(credential: Credential, hashed: str) -> bool:
    """In a time that does not tell how much of it is right."""
    fits = hmac.compare_digest(credential.secret_sha256, hashed)
    return hmac.compare_digest(credential.old_sha256 or "", hashed) or fits


def _principal(user: User) -> Principal:
    return Principal(user.id, user.workspace, user.name, frozenset({user.role, Role.MEMBER}))
