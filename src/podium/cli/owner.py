"""The owner of a state folder signs in with the token of the process that serves it."""

import hmac
from dataclasses import dataclass, replace
from typing import cast

from podium.bootstrap import Podium
from podium.identity.issuing import Issued
from podium.identity.principal import Principal
from podium.identity.service import Identity


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

    def known(self, secret: str) -> Principal | None:
        if hmac.compare_digest(secret.encode(errors="replace"), self.token.encode()):
            return self.owner
        return self.inner.known(secret)

    async def authenticate(self, secret: str, *, address: str = "") -> Principal:
        return self.known(secret) or await self.inner.authenticate(secret, address=address)

    async def enter(self, principal: Principal, wanted: str) -> Principal:
        return await self.inner.enter(principal, wanted)

    async def invite(self, principal: Principal, role: str) -> Issued:
        return await self.inner.invite(principal, role)

    async def offer(self, invitation: str) -> str:
        return await self.inner.offer(invitation)

    async def accept(self, invitation: str, name: str) -> Issued:
        return await self.inner.accept(invitation, name)

    async def leave(self, session: str) -> None:
        await self.inner.leave(session)
