"""The use cases of API keys: create, list, change, rotate, disable and revoke.

A key acts as its user, in the workspace in which it was made. Who may makes keys for themselves
and for service accounts; to see those of others, and to say what a key is for and how much it may
use, takes a right of its own.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from podium.identity.access import Action, Resource, may, require
from podium.identity.issuing import Edges, Issued, New, checked_name, issue
from podium.identity.keys import EVERYTHING, Key, Scopes
from podium.identity.limits import UNLIMITED, Limits
from podium.identity.ports import Credential, CredentialKind
from podium.identity.principal import Kind, Principal
from podium.identity.secrets import hint_of, new_secret, sha256
from podium.kernel.errors import Invalid, NotFound, Refused
from podium.kernel.ids import KeyId, UserId

OVERLAP_SECONDS = 24 * 3600.0
"""How long the secret before a rotation works on, unless it is said otherwise."""
_MOST_PATTERNS = 100
_PATTERN = re.compile(r"[\w.*?/:@\[\]!+-]{1,200}")
_TEAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]{0,79}")
_TOO_MUCH = 2**62
"""Columns hold 64 bits."""
_OPERATION = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a key is for. `seconds` is its life from now on, None without end."""

    name: str
    team: str = ""
    scopes: Scopes = EVERYTHING
    limits: Limits = UNLIMITED
    seconds: float | None = None


class Keys:
    """`defaults` are the limits of keys that have none of their own; they may be set anew."""

    def __init__(self, edges: Edges, defaults: Limits = UNLIMITED) -> None:
        self._edges: Edges = edges
        self.defaults: Limits = defaults

    async def create(
        self, principal: Principal, terms: Terms, *, holder: UserId | None = None
    ) -> Issued:
        """For the caller, or for the service account `holder`. Raises Invalid, NotFound; Refused
        also for terms that the caller may not give.
        """
        _by_hand(principal)
        name, seconds = checked_name(terms.name), _life(terms.seconds)
        _check(terms)
        user = principal.user if holder is None else await self._service_account(principal, holder)
        resource = Resource("key", principal.workspace, owner=user)
        require(self._edges.authorizer, principal, Action.CREATE, resource)
        self._may_give(principal, terms)
        return await issue(
            self._edges,
            New(
                user=user,
                workspace=principal.workspace,
                kind=CredentialKind.API_KEY,
                name=name,
                seconds=seconds,
                team=terms.team,
                scopes=terms.scopes,
                limits=terms.limits,
            ),
        )

    async def mine(self, principal: Principal) -> tuple[Credential, ...]:
        """The keys of the caller here that are not revoked, newest first. Raises Refused."""
        resource = Resource("key", principal.workspace, owner=principal.user)
        require(self._edges.authorizer, principal, Action.LIST, resource)
        found = await self._edges.store.credentials(principal.user)
        return _live(one for one in found if one.workspace == principal.workspace)

    async def all(self, principal: Principal) -> tuple[Credential, ...]:
        """Those of everybody in the workspace. Raises Refused."""
        resource = Resource("key", principal.workspace)
        require(self._edges.authorizer, principal, Action.LIST, resource)
        kind = CredentialKind.API_KEY
        return _live(await self._edges.store.credentials_in(principal.workspace, kind))

    async def callers(self, principal: Principal) -> tuple[Principal, ...]:
        """The caller as who comes without a key, and as who comes with each of the keys it sees."""
        users = {one.id: one for one in await self._edges.directory.users()}
        every = Resource("key", principal.workspace)
        sees_all = may(self._edges.authorizer, principal, Action.LIST, every)
        seen = await (self.all(principal) if sees_all else self.mine(principal))
        with_keys = (
            Principal(
                user=one.user,
                workspace=principal.workspace,
                name=users[one.user].name,
                key=Key(one.id, one.name, one.team, one.scopes, one.limits),
            )
            for one in seen
            if one.user in users
        )
        return (replace(principal, key=None), *with_keys)

    async def get(self, principal: Principal, key: KeyId) -> Credential:
        """Raises NotFound; also for the key of another that the caller may not see."""
        found = await self._find(principal, key)
        resource = Resource("key", principal.workspace, key, found.user)
        if not may(self._edges.authorizer, principal, Action.READ, resource):
            raise _unknown(key)
        return found

    async def _find(self, principal: Principal, key: KeyId) -> Credential:
        try:
            found = await self._edges.store.credential(principal.workspace, key)
        except NotFound:
            raise _unknown(key) from None
        if found.kind != CredentialKind.API_KEY or found.revoked_at is not None:
            raise _unknown(key)
        return found

    async def _required(self, principal: Principal, key: KeyId, action: Action) -> Credential:
        _by_hand(principal)
        found = await self.get(principal, key)
        resource = Resource("key", principal.workspace, key, found.user)
        require(self._edges.authorizer, principal, action, resource)
        return found

    async def _service_account(self, principal: Principal, holder: UserId) -> UserId:
        """Raises NotFound."""
        found = await self._edges.directory.user(holder)
        here = found.workspace == principal.workspace and found.removed_at is None
        if not here or found.kind is not Kind.SERVICE_ACCOUNT:
            raise NotFound(
                f"There is no service account {holder[:80]}. `podium service-accounts list` shows "
                "them."
            )
        return found.id

    async def change(
        self, principal: Principal, key: KeyId, change: Callable[[Terms], Terms]
    ) -> Credential:
        """Other terms, from the present ones; those have no life, and one that is given counts
        from now. Raises NotFound, Invalid, Conflict; Refused for who may not give terms.
        """
        seen = await self._required(principal, key, Action.READ)
        terms_of = Resource("terms", principal.workspace, key)
        require(self._edges.authorizer, principal, Action.CHANGE, terms_of)
        terms = change(Terms(seen.name, seen.team, seen.scopes, seen.limits))
        _check(terms)
        seconds = _life(terms.seconds)
        new = replace(
            seen,
            name=checked_name(terms.name),
            team=terms.team,
            scopes=terms.scopes,
            limits=terms.limits,
            expires_at=seen.expires_at if seconds is None else self._edges.clock.now() + seconds,
        )
        return await self._write(new, seen=seen)

    async def rotate(
        self, principal: Principal, key: KeyId, *, overlap: float = OVERLAP_SECONDS
    ) -> Issued:
        """A new secret for the same key; the present one works for `overlap` seconds more.

        One from before an earlier rotation ends at once. Raises NotFound, Invalid, Conflict where
        the key is changed at the same moment.
        """
        seen = await self._required(principal, key, Action.CHANGE)
        if overlap < 0:
            raise Invalid(f"The overlap needs 0 seconds or more, got {overlap}.")
        secret = new_secret(CredentialKind.API_KEY, self._edges.chance)
        new = replace(
            seen,
            secret_sha256=sha256(secret).hex(),
            hint=hint_of(secret),
            old_sha256=seen.secret_sha256,
            old_until=self._edges.clock.now() + overlap,
        )
        return Issued(await self._write(new, seen=seen), secret)

    async def disable(self, principal: Principal, key: KeyId) -> Credential:
        """It stops working until it is enabled. Raises NotFound."""
        seen = await self._required(principal, key, Action.CHANGE)
        at = self._edges.clock.now() if seen.disabled_at is None else seen.disabled_at
        return await self._write(replace(seen, disabled_at=at), seen=seen)

    async def enable(self, principal: Principal, key: KeyId) -> Credential:
        """Raises NotFound."""
        seen = await self._required(principal, key, Action.CHANGE)
        return await self._write(replace(seen, disabled_at=None), seen=seen)

    async def revoke(self, principal: Principal, key: KeyId) -> None:
        """It stops working for good. Raises NotFound."""
        found = await self._required(principal, key, Action.DELETE)
        await self._edges.store.revoke(found.user, key, self._edges.clock.now())
        self._edges.known.forget(key)

    async def _write(self, new: Credential, *, seen: Credential) -> Credential:
        await self._edges.store.change(new, seen=seen)
        self._edges.known.forget(new.id)
        return new

    def _may_give(self, principal: Principal, terms: Terms) -> None:
        """A team would pay for it, and share its limits; nobody gives themselves more than all."""
        beyond = terms.limits.over(self.defaults).beyond(self.defaults)
        wanted = [f"the team '{terms.team}'"] if terms.team else []
        wanted += [f"more than others have ({', '.join(beyond)})"] if beyond else []
        resource = Resource("terms", principal.workspace)
        if not wanted or may(self._edges.authorizer, principal, Action.CHANGE, resource):
            return
        raise Refused(
            f"{principal.name} may not give a key {' and '.join(wanted)}: that takes the right to "
            "change terms. Leave it out, or ask an admin."
        )


def _unknown(key: KeyId) -> NotFound:
    return NotFound(f"You have no API key {key}. `podium keys list` shows those you have.")


def _by_hand(principal: Principal) -> None:
    """A key that may do little must not make one that may do more."""
    if principal.key is not None and principal.key.is_restricted:
        raise Refused(
            f"The key '{principal.key.name}' has scopes, limits or a team, so that it may not make "
            "or change keys. Sign in, or use a key without them."
        )


def _check(terms: Terms) -> None:
    """Raises Invalid."""
    _check_scopes(terms.scopes)
    if terms.team and not _TEAM.fullmatch(terms.team):
        raise Invalid(
            f"'{terms.team[:40]}' is no name for a team. Use up to 80 letters, digits and . _ - / "
            ": after a letter or digit."
        )
    for name, value in terms.limits.given().items():
        if not 0 <= value < _TOO_MUCH:
            raise Invalid(f"The limit {name} needs 0 or more, got {value}.")


def _check_scopes(scopes: Scopes) -> None:
    if len(scopes.models) > _MOST_PATTERNS:
        raise Invalid(
            f"A key can name {_MOST_PATTERNS} models or patterns, got {len(scopes.models)}."
        )
    for pattern in scopes.models:
        if not _PATTERN.fullmatch(pattern):
            raise Invalid(
                f"'{pattern[:40]}' names no models. Write names as podium lists them, or patterns "
                "such as 'gpt-*'."
            )
    for operation in scopes.operations:
        if not _OPERATION.fullmatch(operation):
            raise Invalid(f"'{operation[:40]}' is no operation. Write chat or embeddings.")


def _life(seconds: float | None) -> float | None:
    if seconds is not None and seconds <= 0:
        raise Invalid(f"A key needs a life of more than 0 seconds, got {seconds}.")
    return seconds


def _live(found: Iterable[Credential]) -> tuple[Credential, ...]:
    keys = (one for one in found if one.kind == CredentialKind.API_KEY and one.revoked_at is None)
    return tuple(sorted(keys, key=lambda one: one.created_at, reverse=True))
