"""Tokens of authorization servers: fetched once for all who need one, kept until shortly before
they end.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Protocol

import anyio

from podium.kernel.clock import Chance, Clock
from podium.kernel.errors import Unauthenticated
from podium.workflows.calls.authentication.assertions import Moment
from podium.workflows.calls.authentication.grants import (
    Endpoints,
    Granted,
    discovered,
    discovery,
    endpoints,
    granted,
    hold_to_issuers,
    introspected,
    introspection_request,
    issuer,
    token_request,
)
from podium.workflows.calls.authentication.policies import OAuth2
from podium.workflows.calls.requests import HttpAnswer, Request

KEPT = 1_000
"""Policies whose tokens are remembered; the one that was not used for longest goes first."""
SLACK = 30.0
"""Seconds before its end that a token is no longer used, or a tenth of its life if that is less."""
UNKNOWN_LIFE = 300.0
DISCOVERY_LIFE = 3600.0
MAX_BYTES = 1_048_576


class Ask(Protocol):
    async def __call__(self, request: Request, max_bytes: int) -> HttpAnswer:
        """One request, without redirects, in the time that is left."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """`fresh` is true where it was fetched for this call."""

    text: str = field(repr=False)
    fresh: bool


@dataclass(slots=True)
class _Kept:
    """What is known for one policy. Ends are moments of the monotonic clock."""

    lock: anyio.Lock = field(default_factory=anyio.Lock)
    token: str = field(default="", repr=False)
    ends: float = 0.0
    refresh: str = field(default="", repr=False)
    endpoints: Endpoints | None = None
    endpoints_end: float = 0.0


class Tokens:
    def __init__(self, clock: Clock, chance: Chance) -> None:
        self._clock: Clock = clock
        self._chance: Chance = chance
        self._kept: OrderedDict[OAuth2, _Kept] = OrderedDict()

    async def token(self, policy: OAuth2, ask: Ask) -> Token:
        """Whoever comes while one is being fetched waits for that one.

        Raises Unauthenticated, Unavailable, Invalid.
        """
        kept = self._of(policy)
        async with kept.lock:
            if kept.token and self._clock.monotonic() < kept.ends:
                return Token(kept.token, fresh=False)
            places = await self._endpoints(policy, kept, ask)
            found = await self._fetched(policy, kept, places, ask=ask)
            kept.token, kept.refresh = found.token, found.refresh or kept.refresh
            kept.ends = self._clock.monotonic() + _useful(found.seconds)
            return Token(kept.token, fresh=True)

    def forget(self, policy: OAuth2, token: str) -> None:
        """A service refused it. Another one that came meanwhile stays."""
        kept = self._kept.get(policy)
        if kept is not None and kept.token == token:
            kept.token = ""

    def _of(self, policy: OAuth2) -> _Kept:
        kept = self._kept.setdefault(policy, _Kept())
        self._kept.move_to_end(policy)
        if len(self._kept) > KEPT:
            _ = self._kept.popitem(last=False)
        return kept

    async def _endpoints(self, policy: OAuth2, kept: _Kept, ask: Ask) -> Endpoints:
        if not policy.discovered:
            return endpoints(policy)
        now = self._clock.monotonic()
        if kept.endpoints is None or now >= kept.endpoints_end:
            answer = await ask(discovery(policy.authority), MAX_BYTES)
            kept.endpoints = discovered(policy, answer)
            kept.endpoints_end = now + DISCOVERY_LIFE
        return kept.endpoints

    async def _fetched(
        self, policy: OAuth2, kept: _Kept, places: Endpoints, *, ask: Ask
    ) -> Granted:
        request = token_request(policy, places.token, refresh=kept.refresh, moment=self._moment())
        try:
            found = granted(policy, await ask(request, MAX_BYTES), places.token)
        except Unauthenticated:
            kept.refresh = ""  # the document's own is tried next
            raise
        if policy.issuers:
            hold_to_issuers(policy, await self._issuer(policy, found.token, places, ask=ask))
        return found

    async def _issuer(self, policy: OAuth2, token: str, places: Endpoints, *, ask: Ask) -> str:
        """What the token says; or its server, where it says nothing and the server can be asked."""
        said = issuer(token)
        if said or not places.introspection:
            return said
        request = introspection_request(policy, places.introspection, token, moment=self._moment())
        return introspected(await ask(request, MAX_BYTES), places.introspection)

    def _moment(self) -> Moment:
        return Moment(self._clock.now(), self._chance.token(16).hex())


def _useful(seconds: float | None) -> float:
    life = UNKNOWN_LIFE if seconds is None else max(seconds, 0.0)
    return life - min(SLACK, life / 10)
