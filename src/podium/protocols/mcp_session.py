"""A session with an MCP server over any transport, once it is settled which version is spoken."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Final, Protocol

from podium.kernel.json import Json, JsonObject
from podium.protocols import jsonrpc, mcp_headers
from podium.protocols.jsonrpc import Malformed
from podium.protocols.mcp_headers import NotMirrorable
from podium.workflows.calls.callee import CalleeFailed
from podium.workflows.calls.mcp import NAMES, VERSIONS, Visit

STATELESS: Final = ("2026-07-28",)
"""Versions without a handshake: each request says all that has to be known."""
HANDSHAKES: Final = tuple(version for version in VERSIONS if version not in STATELESS)
HEADER_MISMATCH: Final = -32020
_IDEMPOTENCY: Final = "podium/idempotency-key"
_META: Final = "io.modelcontextprotocol/"
SERVER_INFO: Final = f"{_META}serverInfo"
_MOST_PAGES: Final = 100


class Channel(Protocol):
    """How messages reach a server. `mirrors`: it has headers that repeat parts of the message."""

    @property
    def who(self) -> str: ...
    @property
    def mirrors(self) -> bool: ...

    async def exchange(self, message: JsonObject, head: Mapping[str, str]) -> JsonObject:
        """The response to a request, whatever it says. Raises Unavailable, LimitReached."""
        ...

    async def tell(self, message: JsonObject, head: Mapping[str, str]) -> None:
        """What has no response."""
        ...


class Wire:
    """Numbers the requests of one channel and reads the responses."""

    def __init__(self, channel: Channel) -> None:
        self._channel: Channel = channel
        self._numbers: count[int] = count(1)
        self.who: str = channel.who
        self.mirrors: bool = channel.mirrors

    async def ask(self, method: str, given: JsonObject, head: Mapping[str, str]) -> JsonObject:
        """The result. Raises CalleeFailed, Malformed, and what the channel raises."""
        number = next(self._numbers)
        message = await self._channel.exchange(jsonrpc.request(number, method, given), head)
        result = jsonrpc.result(message, number, self.who)
        if not isinstance(result, Mapping):
            raise Malformed(f"'{self.who}' answers {method} with a result that is no object.")
        return result

    async def tell(self, method: str, head: Mapping[str, str]) -> None:
        await self._channel.tell(jsonrpc.notification(method), head)


class HandshakeSession:
    """Of a version up to 2025-11-25, after `initialize`."""

    def __init__(self, wire: Wire, visit: Visit, *, version: str, server: str) -> None:
        self._wire: Wire = wire
        self._visit: Visit = visit
        self.version: str = version
        self.server: str = server

    @property
    def head(self) -> dict[str, str]:
        return {"MCP-Protocol-Version": self.version}

    async def request(self, method: str, given: JsonObject) -> JsonObject:
        head = {**self.head, **_keyed(method, self._visit)}
        return await self._wire.ask(method, _with_meta(given, _noted(method, self._visit)), head)


class StatelessSession:
    """Of a version since 2026-07-28."""

    def __init__(self, wire: Wire, visit: Visit, *, version: str, server: str = "") -> None:
        self._wire: Wire = wire
        self._visit: Visit = visit
        self.version: str = version
        self.server: str = server

    async def request(self, method: str, given: JsonObject) -> JsonObject:
        """A tool may want some parameters in headers too; that is found out when it says so."""
        try:
            result = await self._ask(method, given, {})
        except CalleeFailed as failed:
            if failed.number != HEADER_MISMATCH or method != "tools/call":
                raise
            mirrored = await self._mirrored(given)
            if not mirrored:
                raise
            result = await self._ask(method, given, mirrored)
        return self._without_broken(result) if method == "tools/list" else result

    async def _ask(self, method: str, given: JsonObject, more: Mapping[str, str]) -> JsonObject:
        head: dict[str, str] = {}
        if self._wire.mirrors:
            name = given.get(NAMES[method]) if method in NAMES else None
            head = {**mcp_headers.standard(method, self.version, name), **more}
        meta: JsonObject = {
            f"{_META}protocolVersion": self.version,
            f"{_META}clientInfo": self._visit.client,
            f"{_META}clientCapabilities": {},
        }
        noted = {**_noted(method, self._visit), **meta}
        head = {**head, **_keyed(method, self._visit)}
        return await self._wire.ask(method, _with_meta(given, noted), head)

    async def _mirrored(self, given: JsonObject) -> dict[str, str]:
        """The headers of a tool's marked parameters; none where the server does not list it."""
        cursor: JsonObject = {}
        for _ in range(_MOST_PAGES):
            page = await self._ask("tools/list", cursor, {})
            for tool in _tools(page):
                if tool.get("name") == given.get("name"):
                    return _headers(tool, given.get("arguments"), self._wire.who)
            following = page.get("nextCursor")
            if not isinstance(following, str) or cursor == {"cursor": following}:
                break
            cursor = {"cursor": following}
        return {}

    def _without_broken(self, page: JsonObject) -> JsonObject:
        """A tool whose marks make no sense cannot be called over HTTP: it must not be listed."""
        tools = page.get("tools")
        if not self._wire.mirrors or not isinstance(tools, Sequence) or isinstance(tools, str):
            return page
        return {**page, "tools": [tool for tool in tools if _callable(tool)]}


def _callable(tool: Json) -> bool:
    try:
        _ = mcp_headers.mirrored(tool.get("inputSchema") if isinstance(tool, Mapping) else None)
    except NotMirrorable:
        return False
    return True


def _tools(page: JsonObject) -> Sequence[JsonObject]:
    tools = page.get("tools")
    found = tools if isinstance(tools, Sequence) and not isinstance(tools, str) else ()
    return [tool for tool in found if isinstance(tool, Mapping)]


def _headers(tool: JsonObject, arguments: Json, who: str) -> dict[str, str]:
    try:
        return mcp_headers.from_arguments(mcp_headers.mirrored(tool.get("inputSchema")), arguments)
    except NotMirrorable as bad:
        said = f"'{who}' wants parameters of the tool '{tool.get('name')}' in headers, but {bad}."
        raise Malformed(said) from bad


def _with_meta(given: JsonObject, ours: JsonObject) -> JsonObject:
    if not ours:
        return given
    theirs = given.get("_meta")
    return {**given, "_meta": {**(theirs if isinstance(theirs, Mapping) else {}), **ours}}


def _noted(method: str, visit: Visit) -> JsonObject:
    return {_IDEMPOTENCY: visit.key} if method == "tools/call" else {}


def _keyed(method: str, visit: Visit) -> dict[str, str]:
    return {"Idempotency-Key": visit.key} if method == "tools/call" else {}
