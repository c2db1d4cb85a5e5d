"""A request with its policy: sent, and where the first answer asks for it, sent once more."""

import base64
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Protocol

from podium.kernel.clock import Chance, Clock
from podium.kernel.errors import Invalid
from podium.workflows.calls.authentication.digest import Asked, Challenge, answer, challenge
from podium.workflows.calls.authentication.policies import (
    Basic,
    Bearer,
    Digest,
    OAuth2,
    Policy,
)
from podium.workflows.calls.authentication.tokens import Ask, Tokens
from podium.workflows.calls.requests import HttpAnswer, Request
from podium.workflows.calls.uris import origin, target

UNAUTHORIZED = 401
_SPACES_KEPT = 1_000


class Exchange(Protocol):
    """What one call may send."""

    async def __call__(self, request: Request) -> HttpAnswer: ...

    async def token(self, request: Request, max_bytes: int) -> HttpAnswer: ...


@dataclass(frozen=True, slots=True)
class Answered:
    """`sent` is the request as it went out last, credentials and all."""

    sent: Request
    answer: HttpAnswer


@dataclass(slots=True)
class _Space:
    """A place that gave a challenge, and how often its nonce has been answered."""

    challenge: Challenge
    count: int = 0


class Authentication:
    def __init__(self, clock: Clock, chance: Chance) -> None:
        self._chance: Chance = chance
        self._tokens: Tokens = Tokens(clock, chance)
        self._spaces: OrderedDict[tuple[tuple[str, str, int], Digest], _Space] = OrderedDict()

    async def send(self, request: Request, policy: Policy | None, exchange: Exchange) -> Answered:
        """Raises what the exchange does, and Unauthenticated where there is no token to be had."""
        match policy:
            case None:
                return Answered(request, await exchange(request))
            case Digest():
                return await self._by_digest(request, policy, exchange)
            case OAuth2():
                return await self._by_token(request, policy, exchange)
            case Basic() | Bearer():
                sent = request.having("Authorization", plain(policy))
                return Answered(sent, await exchange(sent))

    async def authorization(self, policy: Policy, ask: Ask) -> str:
        """The value of an Authorization header, for protocols that have no answers to react to.

        Raises Invalid for digest, which needs a challenge; Unauthenticated, Unavailable.
        """
        match policy:
            case Basic() | Bearer():
                return plain(policy)
            case OAuth2():
                return f"Bearer {(await self._tokens.token(policy, ask)).text}"
            case Digest():
                raise Invalid("Digest authentication is HTTP's alone. Use basic, bearer or oauth2.")

    async def _by_token(self, request: Request, policy: OAuth2, exchange: Exchange) -> Answered:
        """A kept token that is refused is forgotten, and a new one tried once."""
        token = await self._tokens.token(policy, exchange.token)
        sent = request.having("Authorization", f"Bearer {token.text}")
        answered = Answered(sent, await exchange(sent))
        if answered.answer.status != UNAUTHORIZED or token.fresh:
            return answered
        self._tokens.forget(policy, token.text)
        token = await self._tokens.token(policy, exchange.token)
        sent = request.having("Authorization", f"Bearer {token.text}")
        return Answered(sent, await exchange(sent))

    async def _by_digest(self, request: Request, login: Digest, exchange: Exchange) -> Answered:
        """With the last challenge of this place, if there was one; a new challenge is answered
        once. A challenge of another origin, behind a redirect, is none of ours.
        """
        place = origin(request.url), login
        known = self._spaces.get(place)
        sent = self._answering(request, login, known) if known else request.without("Authorization")
        found = await exchange(sent)
        given = challenge(found.headers.get("www-authenticate", ""))
        if found.status != UNAUTHORIZED or given is None:
            return Answered(sent, found)
        again = _behind(request, found)
        if origin(again.url) != origin(request.url):
            return Answered(sent, found)
        space = self._spaces[place] = _Space(given)
        if len(self._spaces) > _SPACES_KEPT:
            _ = self._spaces.popitem(last=False)
        sent = self._answering(again, login, space)
        return Answered(sent, await exchange(sent))

    def _answering(self, request: Request, login: Digest, space: _Space) -> Request:
        space.count += 1
        asked = Asked(request.method, target(request.url), request.body or b"")
        cnonce = self._chance.token(16).hex()
        value = answer(space.challenge, login, asked, count=space.count, cnonce=cnonce)
        return request.having("Authorization", value)


def plain(policy: Basic | Bearer) -> str:
    match policy:
        case Basic(username=username, password=password):
            pair = base64.b64encode(f"{username}:{password}".encode()).decode()
            return f"Basic {pair}"
        case Bearer(token=token):
            return f"Bearer {token}"


def _behind(request: Request, found: HttpAnswer) -> Request:
    """The request that was answered last: a redirect may have changed address and method."""
    url, method = found.url or request.url, found.method or request.method
    if method == request.method:
        return replace(request, url=url)
    return replace(request, url=url, method=method, body=None).without("Content-Type")
