"""Every request is a unit of the audit trail.

What was decided in it and is not stored yet is stored before it is answered.
"""

import re
import secrets
from collections.abc import Iterable
from typing import Final, Protocol

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from podium.api.signin import visit
from podium.kernel.audit import UNKNOWN, Deed, Origin, Outcome, Unit, unit
from podium.kernel.errors import Refused, Unauthenticated

_TRACE: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
"""W3C Trace Context, `traceparent`."""


class Told(Protocol):
    async def keep(self, deeds: Iterable[Deed]) -> None:
        """Store them. Raises Unavailable."""
        ...


class Audited:
    """Raises Unavailable where the trail cannot be written: nothing is answered untold."""

    def __init__(self, app: ASGIApp, told: Told) -> None:
        self._app: ASGIApp = app
        self._told: Told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        with unit(_origin(scope)) as here:
            telling = _Telling(send, here, self._told)
            try:
                await self._app(scope, receive, telling)
            except (Refused, Unauthenticated) as refused:
                if not here.denied and not _is_question(refused, scope):
                    here.decided(_refusal(refused, scope, here))
                raise
            finally:
                await self._told.keep(here.take())


class _Telling:
    """Sends nothing before what happened is stored."""

    def __init__(self, send: Send, here: Unit, told: Told) -> None:
        self._send: Send = send
        self._here: Unit = here
        self._told: Told = told

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._told.keep(self._here.take())
        await self._send(message)


def _origin(scope: Scope) -> Origin:
    trace = _TRACE.fullmatch(Headers(scope=scope).get("traceparent", ""))
    return Origin(
        actor=UNKNOWN,
        source=visit(scope).address,
        request=f"req_{secrets.token_hex(12)}",
        trace=trace[1] if trace else "",
    )


def _is_question(refused: Refused | Unauthenticated, scope: Scope) -> bool:
    """Who shows nothing at all is asked to sign in: that denies nobody anything."""
    headers = Headers(scope=scope)
    shown = any(name in headers for name in ("authorization", "x-api-key", "cookie"))
    return isinstance(refused, Unauthenticated) and not shown


def _refusal(refused: Refused | Unauthenticated, scope: Scope, here: Unit) -> Deed:
    """What no policy has told: a secret that nobody has, a page of another site, a key's scope."""
    asked = visit(scope)
    return Deed(
        action="api.request" if isinstance(refused, Refused) else "session.create",
        kind="api",
        id=f"{asked.method} {asked.path}"[:200],
        outcome=Outcome.DENIED,
        policy=refused.code,
        origin=here.origin,
    )
