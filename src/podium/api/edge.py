"""Around every request: is the host ours, what if all goes wrong, which headers go out."""

import logging
from typing import Final, cast
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from podium.api import errors
from podium.api.errors import Misdirected
from podium.kernel.errors import PodiumError

_log: Final = logging.getLogger("podium.api")

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

_NOTHING_LOADS: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Content-Security-Policy", _NOTHING_LOADS),
    ("Cache-Control", "no-store"),
)


class Edge:
    """The edge of the process: nothing that is raised inside goes further than here."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app: ASGIApp = app
        self._hosts: frozenset[str] = LOOPBACK | {host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = False

        async def sealed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS:
                    _ = headers.setdefault(name, value)
            await send(message)

        try:
            self._check_host(scope)
            await self._app(scope, receive, sealed)
        except PodiumError as error:
            if not started:
                return await errors.answer(error, scope)(scope, receive, sealed)
            _log.warning("%s broke off: %s", scope["path"], error.message)
        except Exception as raised:  # noqa: BLE001 - the process's edge
            response = errors.crash(raised, scope)
            if not started:
                return await response(scope, receive, sealed)
        return None

    def _check_host(self, scope: Scope) -> None:
        """Against DNS rebinding: a page of evil.example that resolves to 127.0.0.1 says so here.

        Health answers any host: probes call addresses, and it tells nothing.
        """
        if cast("str", scope["path"]).startswith("/health/"):
            return
        given = Headers(scope=scope).get("host", "")
        if _hostname(given) not in self._hosts:
            raise Misdirected(
                "This podium does not answer to that host name. Call it by the address it prints "
                "at its start, or let your administrator add the name."
            )


def _hostname(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""
