"""A token that is fetched: once for all who need it, and anew shortly before it ends.

The tokens of `workflows/calls/authentication` belong to documents and follow OAuth 2.0 in every
detail that an author may write; what providers of models ask for is a form and a name.
"""

from collections.abc import Mapping
from typing import Final, Protocol

import anyio

from podium.adapters.http.client import HttpRequest
from podium.gateway.errors import Failure, UpstreamFailed
from podium.gateway.models import Outcome
from podium.kernel.json import Json, JsonObject
from podium.protocols.bodies import json_object
from podium.protocols.credentials.means import Means
from podium.protocols.endpoints import no_key
from podium.protocols.refusals import clean

_SLACK: Final = 60.0
"""Seconds before its end that a token is no longer used, or a tenth of its life if that is less."""
_UNKNOWN_LIFE: Final = 300.0
_YOUNG: Final = 30.0
"""A token that is refused so soon after it was fetched was not worth fetching again."""
_OK: Final = 200


class CannotShow(Exception):
    """What a grant is made of cannot be used: a file, a key. The text says what to do."""


class Grant(Protocol):
    """What is shown to get a token."""

    @property
    def missing(self) -> str:
        """Variables that have to be set; empty where nothing is missing."""
        ...

    async def asked(self, means: Means) -> HttpRequest:
        """Raises CannotShow."""
        ...


class Token:
    """The port Credential over a grant."""

    def __init__(self, grant: Grant, means: Means) -> None:
        self._grant: Grant = grant
        self._means: Means = means
        self._lock: anyio.Lock = anyio.Lock()
        self._text: str = ""
        self._ends: float = 0.0
        self._since: float = 0.0

    @property
    def missing(self) -> str:
        return self._grant.missing

    @property
    def sent(self) -> str:
        return self._text

    async def head(self, provider: str, asked: HttpRequest) -> Mapping[str, str]:
        """Whoever comes while a token is being fetched waits for that one."""
        del asked
        if not self._valid():
            async with self._lock:
                if not self._valid():
                    await self._fetch(provider)
        return {"Authorization": f"Bearer {self._text}"}

    def refused(self, head: Mapping[str, str]) -> bool:
        """Another token that came meanwhile stays."""
        if head.get("Authorization") != f"Bearer {self._text}":
            return True
        if self._means.clock.monotonic() - self._since < _YOUNG:
            return False
        self._ends = 0.0
        return True

    def _valid(self) -> bool:
        return bool(self._text) and self._means.clock.monotonic() < self._ends

    async def _fetch(self, provider: str) -> None:
        if self._grant.missing:
            raise no_key(provider, self._grant.missing)
        began = self._means.clock.monotonic()
        try:
            answer = await self._means.fetched(await self._grant.asked(self._means))
        except CannotShow as cannot:
            raise _no_token(provider, str(cannot)) from cannot
        body = json_object(answer.body) or {}
        given = body.get("access_token")
        text = given if isinstance(given, str) and given.isprintable() else ""
        if answer.status != _OK or not text:
            said = f"its token endpoint answered {answer.status}: {_said(body) or 'no token'}"
            raise _no_token(provider, said)
        self._text, self._since = text, began
        life = _life(body)
        self._ends = began + life - min(_SLACK, life / 10)


def _life(body: JsonObject) -> float:
    """Seconds; some write them as text."""
    given = body.get("expires_in")
    try:
        return (
            max(0.0, min(float(given), 86_400.0)) if isinstance(given, int | float | str) else 300
        )
    except ValueError:
        return _UNKNOWN_LIFE


def _said(body: JsonObject) -> str:
    """OAuth's description of an error, or IBM's."""
    for key in ("error_description", "errorMessage", "message", "error"):
        value: Json = body.get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def _no_token(provider: str, said: str) -> UpstreamFailed:
    message = clean(f"Provider '{provider}' gets no token: {said.rstrip('.')}.", "")
    advice = " Check its credentials and what they may do."
    return UpstreamFailed(Failure(Outcome.STATUS, message + advice, 401, "no_token"))
