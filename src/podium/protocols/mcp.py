"""MCP: how a session begins. Which transport, and which version of the protocol.

Source: Model Context Protocol 2026-07-28, "Versioning and Compatibility", and the same of the
transports; 2025-11-25, "Lifecycle".
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Final, Protocol, TypeAlias

import anyio

from podium.adapters.http.errors import BrokenOff
from podium.kernel.errors import PodiumError, Refused, Unavailable
from podium.kernel.json import Json, JsonObject
from podium.protocols.callees import Callee, Callees, HttpRefusal
from podium.protocols.jsonrpc import Budget, Malformed
from podium.protocols.mcp_http import StreamableHttp
from podium.protocols.mcp_lines import LineChannel, Process
from podium.protocols.mcp_session import (
    HANDSHAKES,
    HEADER_MISMATCH,
    SERVER_INFO,
    STATELESS,
    HandshakeSession,
    StatelessSession,
    Wire,
)
from podium.protocols.mcp_sse import event_channel
from podium.workflows.calls.callee import CalleeFailed
from podium.workflows.calls.mcp import HttpServer, StdioServer, Visit

Session: TypeAlias = HandshakeSession | StatelessSession

_MISSING_CAPABILITY: Final = -32021
_UNSUPPORTED_VERSION: Final = -32022
_NO_TRANSPORT: Final = frozenset({400, 404, 405})
"""With these a server of 2024-11-05 answers a POST to the address of its events."""
_ERA: Final = range(400, 500)
_BUSY: Final = frozenset({408, 429})
_PROBE_SECONDS: Final = 5.0


class Processes(Protocol):
    """Starts servers; whoever has no such permission gives none."""

    def started(self, server: StdioServer, seconds: float) -> AbstractAsyncContextManager[Process]:
        """Raises Refused, NotFound, Invalid. The process ends with the block."""
        ...


class McpSessions:
    """The port McpServers. Without `processes` no server is started."""

    def __init__(self, callees: Callees, processes: Processes | None) -> None:
        self._callees: Callees = callees
        self._processes: Processes | None = processes

    @asynccontextmanager
    async def session(self, visit: Visit) -> AsyncGenerator[Session]:
        match visit.server:
            case HttpServer() as server:
                async with self._over_http(server, visit) as session:
                    yield session
            case StdioServer() as server:
                if self._processes is None:
                    raise Refused(
                        f"The MCP server '{server.command}' would be a process on this machine, "
                        "and podium.yaml does not allow it. Use the transport `http`, or add "
                        "mcp to processes.allow."
                    )
                async with self._processes.started(server, visit.allowance.seconds) as process:
                    budget = Budget(visit.allowance.max_bytes)
                    channel = LineChannel(process, server.command, budget)
                    yield await _agreed(Wire(channel), visit, patience=_PROBE_SECONDS)

    @asynccontextmanager
    async def _over_http(self, server: HttpServer, visit: Visit) -> AsyncGenerator[Session]:
        allowance = visit.allowance
        budget = Budget(allowance.max_bytes)
        callee = Callee(self._callees, server.endpoint, budget=budget, seconds=allowance.seconds)
        channel, head = StreamableHttp(callee, server.headers), dict[str, str]()
        async with AsyncExitStack() as stack:
            try:
                session = await _agreed(Wire(channel), visit, patience=allowance.seconds)
            except HttpRefusal as refusal:
                if refusal.status not in _NO_TRANSPORT:
                    raise
                session = await self._over_events(callee, visit, refusal=refusal, stack=stack)
            if isinstance(session, HandshakeSession):
                head = session.head
            try:
                yield session
            finally:
                await channel.close(head)

    async def _over_events(
        self, callee: Callee, visit: Visit, *, refusal: HttpRefusal, stack: AsyncExitStack
    ) -> Session:
        """With the transport of 2024-11-05. Where that is not it either, the first refusal
        says more than the second.
        """
        assert isinstance(visit.server, HttpServer)  # noqa: S101 - the caller took it apart
        opening = event_channel(callee, visit.server.endpoint.uri, visit.server.headers)
        try:
            channel = await stack.enter_async_context(opening)
        except (HttpRefusal, Malformed, BrokenOff) as failed:
            raise refusal from failed
        version = visit.version if visit.version in HANDSHAKES else HANDSHAKES[-1]
        return await _initialized(Wire(channel), visit, version)


async def _agreed(wire: Wire, visit: Visit, *, patience: float) -> Session:
    """From the version of the document to one that both sides speak. `patience` is how long, in
    seconds, a server may be silent to a question that it may not know.
    """
    if visit.version in STATELESS:
        return await _discovered(wire, visit, patience=patience)
    return await _shaken(wire, visit, visit.version)


async def _shaken(wire: Wire, visit: Visit, version: str) -> Session:
    """By a handshake; without one where the server refuses it, as one does that answered too late
    what it was asked before.
    """
    try:
        return await _initialized(wire, visit, version)
    except CalleeFailed as refused:
        try:
            return await _stateless(wire, visit, await _discovery(wire, visit))
        except (CalleeFailed, Unavailable) as failed:
            raise refused from failed


async def _discovered(wire: Wire, visit: Visit, *, patience: float) -> Session:
    """Anything but an answer of a stateless server means that a handshake is needed."""
    offered: Sequence[str] = HANDSHAKES
    answer: JsonObject | None = None
    with anyio.move_on_after(patience):
        try:
            answer = await _discovery(wire, visit)
        except CalleeFailed as failed:
            if failed.number in {HEADER_MISMATCH, _MISSING_CAPABILITY}:
                raise
            if failed.number == _UNSUPPORTED_VERSION:
                offered = _shared(_supported(failed.data), wire)
        except HttpRefusal as refusal:
            if refusal.status not in _ERA or refusal.status in _BUSY:
                raise
    if answer is None:
        return await _shaken(wire, visit, offered[-1])
    return await _stateless(wire, visit, answer)


async def _discovery(wire: Wire, visit: Visit) -> JsonObject:
    return await StatelessSession(wire, visit, version=STATELESS[-1]).request("server/discover", {})


async def _stateless(wire: Wire, visit: Visit, answer: JsonObject) -> Session:
    supported = answer.get("supportedVersions")
    if isinstance(supported, Sequence) and STATELESS[-1] in supported:
        meta = answer.get("_meta")
        info = meta.get(SERVER_INFO) if isinstance(meta, Mapping) else None
        server = _named(info, wire.who)
        return StatelessSession(wire, visit, version=STATELESS[-1], server=server)
    return await _initialized(wire, visit, _shared(supported, wire)[-1])


async def _initialized(wire: Wire, visit: Visit, version: str) -> HandshakeSession:
    asked: JsonObject = {
        "protocolVersion": version,
        "capabilities": {},
        "clientInfo": visit.client,
    }
    answer = await wire.ask("initialize", asked, {})
    agreed = answer.get("protocolVersion")
    if not isinstance(agreed, str) or agreed not in HANDSHAKES:
        raise _strange([agreed], wire)
    server = _named(answer.get("serverInfo"), wire.who)
    session = HandshakeSession(wire, visit, version=agreed, server=server)
    await wire.tell("notifications/initialized", session.head)
    return session


def _supported(data: Json) -> Json:
    return data.get("supported") if isinstance(data, Mapping) else None


def _shared(supported: Json, wire: Wire) -> Sequence[str]:
    """Versions with a handshake that both speak, the newest last. Raises CalleeFailed."""
    named = supported if isinstance(supported, Sequence) and not isinstance(supported, str) else ()
    found = [version for version in HANDSHAKES if version in named]
    if named and not found:
        raise _strange(named, wire)
    return found or HANDSHAKES


def _strange(versions: Sequence[Json], wire: Wire) -> PodiumError:
    theirs = ", ".join(str(version)[:40] for version in versions[:10])
    ours = ", ".join((*HANDSHAKES, *STATELESS))
    return CalleeFailed(f"'{wire.who}' speaks the MCP versions {theirs}; podium speaks {ours}.")


def _named(info: Json, who: str) -> str:
    match info:
        case {"name": str(name), "version": str(version)}:
            return f"{name[:100]} {version[:40]}"
        case _:
            return who
