"""Signing in at an identity provider: OpenID Connect, by code and PKCE.

A person is known by issuer and subject, never by an e-mail address, which others may get. Roles
come from groups, anew at each sign-in; who has none of the groups does not come in.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Protocol, cast

from podium.identity.issuing import Edges as IdentityEdges
from podium.identity.issuing import Issued, checked_name
from podium.identity.logins import Sealer
from podium.identity.organisation import Binding, User
from podium.identity.principal import ORGANISATION, Role
from podium.identity.sign_in import SignIns
from podium.kernel.errors import Conflict, Invalid, Refused, Unauthenticated, Unavailable
from podium.kernel.ids import UserId, WorkspaceId

ATTEMPT_SECONDS = 600.0
_ABOUT = "an attempt to sign in"
_BY = "oidc"
"""Who made the bindings that come from groups."""
_OVER = "This attempt to sign in is over, or belongs to another browser. Begin again."


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to the provider and back; `next` is the page that was wanted."""

    state: str
    nonce: str
    verifier: str
    redirect: str
    next: str
    at: float

    @property
    def challenge(self) -> str:
        """RFC 7636, section 4.2."""
        return _text(hashlib.sha256(self.verifier.encode()).digest())


@dataclass(frozen=True, slots=True)
class Claims:
    """What a provider vouches for. `is_proved`: also for a second factor."""

    issuer: str
    subject: str
    name: str
    email: str
    groups: tuple[str, ...]
    is_proved: bool


class Provider(Protocol):
    async def address(self, attempt: Attempt) -> str:
        """Where to send the browser. Raises Unavailable."""
        ...

    async def claims(self, code: str, attempt: Attempt) -> Claims:
        """Raises Unauthenticated for what does not hold, Unavailable."""
        ...


class LinkStore(Protocol):
    async def find(self, issuer: str, subject: str) -> UserId | None: ...

    async def link(self, issuer: str, subject: str, user: UserId) -> None:
        """Raises Conflict where that one is linked already."""
        ...


@dataclass(frozen=True, slots=True)
class Edges:
    identity: IdentityEdges
    provider: Provider
    links: LinkStore
    sealer: Sealer
    sign_ins: SignIns
    roles: Mapping[str, str] = field(default_factory=dict[str, str])
    """By the name of a group; "*" is everybody."""


class Federation:
    def __init__(self, edges: Edges) -> None:
        self._edges: Edges = edges

    async def begin(self, *, next: str, redirect: str) -> tuple[str, str]:  # noqa: A002
        """Where to send the browser, and what it keeps meanwhile. Raises Unavailable."""
        identity = self._edges.identity
        state, nonce, verifier = (_text(identity.chance.token(32)) for _ in range(3))
        attempt = Attempt(state, nonce, verifier, redirect, next, identity.clock.now())
        written = json.dumps(
            [attempt.state, attempt.nonce, attempt.verifier, redirect, next, attempt.at]
        )
        address = await self._edges.provider.address(attempt)
        return address, self._edges.sealer.seal(written.encode(), _ABOUT)

    async def finish(self, *, kept: str, state: str, code: str) -> tuple[Issued, str]:
        """A session, and the page that was wanted. Raises Unauthenticated, Refused, Unavailable."""
        attempt = self._attempt(kept)
        if not hmac.compare_digest(attempt.state.encode(), state.encode(errors="replace")):
            raise Unauthenticated(_OVER)
        claims = await self._edges.provider.claims(code, attempt)
        roles = self._roles(claims)
        user = await self._user(claims)
        await self._bind(user, roles)
        issued = await self._edges.sign_ins.session(user.id)
        if claims.is_proved:
            await self._edges.sign_ins.prove(issued.credential.id)
        return issued, attempt.next

    def _attempt(self, kept: str) -> Attempt:
        try:
            opened = self._edges.sealer.open(kept, _ABOUT)
        except Unavailable:
            raise Unauthenticated(_OVER) from None
        parts = cast("tuple[str, str, str, str, str, float]", json.loads(opened))
        attempt = Attempt(*parts)
        if self._edges.identity.clock.now() - attempt.at > ATTEMPT_SECONDS:
            raise Unauthenticated(_OVER)
        return attempt

    def _roles(self, claims: Claims) -> frozenset[str]:
        mapped = self._edges.roles
        found = {mapped[one] for one in (*claims.groups, "*") if one in mapped}
        if not found:
            raise Refused(
                "None of your groups has a role in this podium. Ask an admin: `sign_in.oidc.roles` "
                "of podium.yaml says which group has which."
            )
        return frozenset(found)

    async def _user(self, claims: Claims) -> User:
        """The one that is linked, or a new one. Raises Refused for who is kept out."""
        edges = self._edges
        known = await edges.links.find(claims.issuer, claims.subject)
        if known is None:
            return await self._new_user(claims)
        user = await edges.identity.directory.user(known)
        if user.disabled_at is not None or user.removed_at is not None:
            raise Refused("This user is disabled. Ask an admin to enable it.")
        return user

    async def _new_user(self, claims: Claims) -> User:
        identity = self._edges.identity
        home = (await identity.directory.workspaces())[0]
        try:
            name = checked_name(claims.name)
        except Invalid:
            name = f"user of {_BY}"
        now = identity.clock.now()
        made = User(identity.ids.user(), home.id, name, now, email=claims.email.lower())
        try:
            user = await identity.directory.add_user(made)
        except Conflict:
            # Somebody else has that address here: it proves nothing, so nothing is linked by it.
            user = await identity.directory.add_user(replace(made, email=""))
        await self._edges.links.link(claims.issuer, claims.subject, user.id)
        return user

    async def _bind(self, user: User, roles: frozenset[str]) -> None:
        """What comes from groups is as they are now; what people have given stays."""
        identity = self._edges.identity
        directory, now = identity.directory, identity.clock.now()
        mine = await directory.bindings_of(user.id)
        for one in mine:
            if one.created_by == _BY and one.role not in roles:
                await directory.remove_binding(one.id)
        for role in sorted(roles):
            bound = Binding(
                identity.ids.binding(),
                role,
                user.id,
                _place(role, user.workspace),
                now,
                created_by=_BY,
            )
            with suppress(Conflict):
                await directory.add_binding(bound)
        identity.forget_everybody()


def _place(role: str, home: WorkspaceId) -> WorkspaceId:
    return ORGANISATION if role == Role.OWNER else home


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Federated:
    """Where people may sign in elsewhere: `name` is on the button, `url` where podium is reached,
    "" for wherever the browser says that it is.
    """

    name: str
    url: str
    federation: Federation
