"""Around every request: is the host ours, what if all goes wrong, which headers go out."""

import ipaddress
import logging
import re
from collections.abc import Mapping
from typing import Final, cast

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from podium.api import errors
from podium.api.context import DOOR, PODIUM
from podium.api.door import Door
from podium.api.errors import Misdirected
from podium.api.ports import Podium
from podium.kernel.errors import PodiumError

_log: Final = logging.getLogger("podium.api")

_HOST: Final = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d*)?")
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

_NOTHING_LOADS: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SEALED: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Content-Security-Policy", _NOTHING_LOADS),
    ("Cache-Control", "no-store"),
)
"""What every answer carries."""

_MOST_KNOWN: Final = 256


class Hosts:
    """Against DNS rebinding: a page of evil.example that resolves to 127.0.0.1 says so here."""

    def __init__(self, door: Door) -> None:
        self._names: frozenset[str] = LOOPBACK | {host.lower() for host in door.hosts}
        self._any_address: bool = door.any_address
        self._known: set[str] = set()

    def check(self, host: str) -> None:
        """`host` as the header has it. Raises Misdirected."""
        if host in self._known:
            return
        name = _hostname(host)
        if name not in self._names and not (self._any_address and _is_address(name)):
            raise Misdirected(
                "This podium does not answer to that host name. Call it by the address it prints "
                "at its start, or let your administrator add the name to server.allowed_hosts."
            )
        if len(self._known) < _MOST_KNOWN:
            self._known.add(host)


class Edge:
    """The edge of the process: nothing that is raised inside goes further than here."""

    def __init__(self, app: ASGIApp, podium: Podium, door: Door) -> None:
        self._app: ASGIApp = app
        self._hosts: Hosts = Hosts(door)
        self._given: Mapping[str, object] = {PODIUM: podium, DOOR: door}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        scope.update(self._given)
        sealed = _Sealed(send)
        try:
            self._check_host(scope)
            return await self._app(scope, receive, sealed)
        except PodiumError as error:
            response = errors.answer(error, scope)
        except Exception as raised:  # noqa: BLE001 - the process's edge
            response = errors.crash(raised, scope)
        if sealed.started:
            _log.warning("An answer of %s broke off", cast("str", scope["path"]))
            return None
        return await response(scope, receive, sealed)

    def _check_host(self, scope: Scope) -> None:
        """Health answers any host: probes call addresses, and it tells nothing."""
        if not cast("str", scope["path"]).startswith("/health/"):
            self._hosts.check(Headers(scope=scope).get("host", ""))


class _Sealed:
    """Sends with the headers that every answer carries."""

    def __init__(self, send: Send) -> None:
        self._send: Send = send
        self.started: bool = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            for name, value in SEALED:
                _ = headers.setdefault(name, value)
        await self._send(message)


def _hostname(host: str) -> str:
    """The name or address of a Host header; "" for what is neither."""
    found = _HOST.fullmatch(host.lower())
    return "" if found is None else (found[1] or found[2]).rstrip(".")


def _is_address(host: str) -> bool:
    try:
        _ = ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
