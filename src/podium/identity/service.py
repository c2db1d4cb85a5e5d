"""The use cases of identity: the first start, invitations, sessions, and who shows a secret.

Sessions end 30 days after they began, however much they are used, and earlier where nobody uses
them: a stolen one does not live for ever.
"""

import hmac
from contextlib import suppress
from dataclasses import dataclass, replace

from podium.identity.access import Action, Resource, require
from podium.identity.issuing import Edges, Issued, New, checked_name, issue
from podium.identity.organisation import Binding, Organisation, User, Workspace
from podium.identity.ports import Credential, CredentialKind
from podium.identity.principal import ORGANISATION, Principal, Role
from podium.identity.roles import LOCAL, known_role
from podium.identity.secrets import kind_of, sha256
from podium.identity.throttle import Throttle
from podium.kernel.errors import (
    Conflict,
    NotFound,
    Refused,
    Unauthenticated,
    Unavailable,
)
from podium.kernel.ids import UserId, WorkspaceId

INVITATION_SECONDS = 24 * 3600.0
SESSION_SECONDS = 30 * 24 * 3600.0
IDLE_SECONDS = 7 * 24 * 3600.0
WRITE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Start:
    """`invitation` is the secret of a one-time link, while nobody owns all of it; else ""."""

    local: Principal
    invitation: str


class Identity:
    """`idle` is how many seconds a session may be left alone."""

    def __init__(self, edges: Edges, *, idle: float = IDLE_SECONDS) -> None:
        self._edges: Edges = edges
        self._idle: float = idle
        self._throttle: Throttle = Throttle(edges.clock)

    async def start(self) -> Start:
        """At every start of a server: organisation, workspace, the local user, and a way in.

        Until somebody owns the organisation each start issues a new invitation and revokes those
        before it.
        """
        local = await self.local()
        bound = await self._edges.directory.bindings(ORGANISATION)
        if any(one.role == Role.OWNER and one.subject != LOCAL for one in bound):
            return Start(local, "")
        await self._revoke_all(LOCAL, CredentialKind.INVITATION)
        return Start(local, (await self._invite(local, Role.OWNER)).secret)

    async def local(self) -> Principal:
        """The owner of the folder; makes the workspace "default" where there is none."""
        now, ids, directory = self._edges.clock.now(), self._edges.ids, self._edges.directory
        workspace = await directory.begin(
            Organisation(ids.organisation(), "default", now),
            Workspace(ids.workspace(), "default", now),
        )
        # Where another process starts at the same moment, one of them is faster.
        with suppress(Conflict):
            _ = await directory.add_user(User(LOCAL, workspace.id, "local", now))
        with suppress(Conflict):
            owns = Binding(ids.binding(), Role.OWNER, LOCAL, ORGANISATION, now, created_by=LOCAL)
            await directory.add_binding(owns)
        return await self._edges.roster.principal(LOCAL, workspace.id)

    async def enter(self, principal: Principal, wanted: str) -> Principal:
        """The same caller in another workspace, by its id or name.

        Raises NotFound where there is none, or none of theirs; Refused for an API key, which is
        bound to one.
        """
        found = await self._edges.roster.workspaces()
        chosen = next((one.id for one in found if wanted in {one.id, one.name}), None)
        if chosen == principal.workspace:
            return principal
        if principal.key is not None:
            raise Refused(
                f"The key '{principal.key.name}' is for one workspace, and '{wanted[:80]}' is "
                "another. Use a key that was made there, or leave X-Podium-Workspace out."
            )
        if chosen is not None:
            entered = await self._edges.roster.principal(principal.user, chosen)
            if entered.roles or entered.over:
                return replace(entered, session=principal.session)
        raise NotFound(
            f"There is no workspace '{wanted[:80]}' that you may enter. `podium workspaces list` "
            "shows yours."
        )

    async def invite(self, principal: Principal, role: str = Role.ENGINEER) -> Issued:
        """A one-time link for one more person. Raises Refused, NotFound for an unknown role."""
        await known_role(self._edges.directory, role)
        authorizer, place = self._edges.authorizer, _place(role, principal.workspace)
        invitation = Resource("invitation", principal.workspace)
        require(authorizer, principal, Action.CREATE, invitation)
        require(authorizer, principal, Action.BIND, Resource("role", place, role))
        return await self._invite(principal, role)

    async def offer(self, invitation: str) -> str:
        """The role of the person who accepts it; looking uses nothing up.

        Raises Unauthenticated for an invitation that is unknown, used or too old.
        """
        _, credential = await self._holder(invitation, CredentialKind.INVITATION)
        if credential.used_at is not None:
            raise Unauthenticated(_USED)
        return credential.name

    async def accept(self, invitation: str, name: str) -> Issued:
        """Redeem an invitation: there is a new user, and this is their session.

        Raises Unauthenticated for an invitation that is unknown, used or too old; Invalid.
        """
        shown = checked_name(name)
        inviter, credential = await self._holder(invitation, CredentialKind.INVITATION)
        if not await self._edges.store.use_once(credential.id, self._edges.clock.now()):
            raise Unauthenticated(_USED)
        edges, now = self._edges, self._edges.clock.now()
        home, role = credential.workspace, credential.name
        user = await edges.directory.add_user(User(edges.ids.user(), home, shown, now))
        bound = Binding(
            edges.ids.binding(), role, user.id, _place(role, home), now, created_by=inviter.user
        )
        await edges.directory.add_binding(bound)
        return await issue(edges, New(user.id, home, CredentialKind.SESSION, "", SESSION_SECONDS))

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

    async def _invite(self, inviter: Principal, role: str) -> Issued:
        """The role stands in the credential's name: a store of invitations would hold no more."""
        kind, place = CredentialKind.INVITATION, inviter.workspace
        return await issue(self._edges, New(inviter.user, place, kind, role, INVITATION_SECONDS))

    async def _holder(self, secret: str, kind: str) -> tuple[Principal, Credential]:
        hashed = sha256(secret).hex()
        found = await self._edges.store.principal_by_secret(hashed, kind, self._edges.clock.now())
        if found is None or not _fits(found[1], hashed):
            raise Unauthenticated(_REFUSALS[kind])
        principal, credential = found
        if kind != CredentialKind.SESSION:
            return found
        self._check_idle(credential)
        return replace(principal, session=credential.id), credential

    def _check_idle(self, session: Credential) -> None:
        """Raises Unauthenticated for one that was left alone for too long."""
        used = session.created_at if session.used_at is None else session.used_at
        if self._edges.clock.now() - used > self._idle:
            raise Unauthenticated(_REFUSALS[CredentialKind.SESSION])

    async def _revoke_all(self, user: UserId, kind: str) -> None:
        now = self._edges.clock.now()
        for one in await self._edges.store.credentials(user):
            if one.kind == kind and one.used_at is None and one.revoked_at is None:
                await self._edges.store.revoke(user, one.id, now)


_USED = "This invitation was used already. Ask for a new one."
_REFUSALS = {
    CredentialKind.INVITATION: "This invitation is unknown, used or older than 24 hours. "
    "Ask an admin for a new one, or restart podium while it has no owner.",
    CredentialKind.SESSION: "This session is unknown or has ended. Sign in again.",
    CredentialKind.API_KEY: "This API key is unknown, expired, disabled or revoked. "
    "Keys start with pdm_; `podium keys create NAME` makes one.",
}


def _fits(credential: Credential, hashed: str) -> bool:
    """In a time that does not tell how much of it is right."""
    fits = hmac.compare_digest(credential.secret_sha256, hashed)
    return hmac.compare_digest(credential.old_sha256 or "", hashed) or fits


def _place(role: str, workspace: WorkspaceId) -> WorkspaceId:
    """Where an invited person has the role: an owner owns the organisation."""
    return ORGANISATION if role == Role.OWNER else workspace
