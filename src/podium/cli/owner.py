"""The owner of a state folder signs in with the token of the process that serves it."""

import hmac
from dataclasses import dataclass, replace
from typing import cast

from podium.bootstrap import Podium
from podium.identity.ports import Credential
from podium.identity.principal import Principal, Role
from podium.identity.service import Identity, Issued
from podium.kernel.ids import KeyId


def with_owner(podium: Podium, token: str) -> Podium:
    """The same podium, whose identity knows the token besides keys and sessions."""
    return replace(
        podium,
        identity=cast("Identity", cast("object", _Identity(podium.identity, podium.local, token))),
    )


@dataclass(frozen=True, slots=True)
class _Identity:
    """Passes everything on but the one secret that it knows itself."""

    inner: Identity
    owner: Principal
    token: str

    async def authenticate(self, secret: str) -> Principal:
        if hmac.compare_digest(secret.encode(), self.token.encode()):
            return self.owner
        return await self.inner.authenticate(secret)

    async def invite(self, principal: Principal, role: Role) -> Issued:
        return await self.inner.invite(principal, role)

    async def offer(self, invitation: str) -> Role:
        return await self.inner.offer(invitation)

    async def accept(self, invitation: str, name: str) -> Issued:
        return await self.inner.accept(invitation, name)

    async def leave(self, session: str) -> None:
        await self.inner.leave(session)

    async def create_key(
        self, principal: Principal, name: str, *, seconds: float | None = None
    ) -> Issued:
        return await self.inner.create_key(principal, name, seconds=seconds)

    async def keys(self, principal: Principal) -> tuple[Credential, ...]:
        return await self.inner.keys(principal)

    async def revoke_key(self, principal: Principal, key: KeyId) -> None:
        await self.inner.revoke_key(principal, key)
