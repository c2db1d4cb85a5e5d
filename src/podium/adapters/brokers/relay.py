"""A door on loopback through which a broker's client reaches one server, and nothing else.

The client libraries resolve names, connect, and read as much as a server sends. Here that is in
our hands, in the same way for all of them: the address is checked and connected to, TLS holds the
server to its name, and bytes are bounded. A message that is larger than it may be ends the
connection; messages that nobody takes stay with the server, which is not read from meanwhile.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from podium.adapters.addresses import addresses
from podium.adapters.http.egress import Egress
from podium.adapters.http.errors import ConnectFailed
from podium.kernel.errors import LimitReached, TimedOut

LOOPBACK: Final = "127.0.0.1"
_MINUTE: Final = 60.0
_EACH_MINUTE: Final = 100_000
"""Bytes that may come without any message: what a client and a server say to each other."""
_SLACK: Final = 1_000_000
_MOMENT: Final = 1.0
_LONGEST_LINE: Final = 65_536
_FULL: Final = "its messages are not taken"
_SLOW: Final = "the other end is not read from"
_ALONE: Final = "nobody is at the other end yet"


Greeting: TypeAlias = Callable[[bytes], bytes]
"""What the client is told instead of a server's first line."""


@dataclass(frozen=True, slots=True)
class Far:
    """The server. `tls` is None for a connection without."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    greets: Greeting | None = None


@dataclass(frozen=True, slots=True)
class Dial:
    """How servers may be reached; a message has `max_bytes` at most."""

    egress: Egress
    trust: ssl.SSLContext
    max_bytes: int
    seconds: float = 10.0

    async def __call__(
        self, host: str, port: int, *, tls: bool, greets: Greeting | None = None
    ) -> "Relay":
        """`greets`: the server speaks first, and TLS begins behind its first line.

        Raises ConnectFailed, EgressRefused, TimedOut.
        """
        relay = await self._connected(Far(host, port, self.trust if tls else None, greets))
        await relay.listen()
        return relay

    async def adopt(self, client: socket.socket, host: str, port: int, *, tls: bool) -> "Relay":
        """For a client that has come already. Raises as a call does."""
        try:
            relay = await self._connected(Far(host, port, self.trust if tls else None))
            await relay.adopt(client)
        except BaseException:
            client.close()
            raise
        return relay

    async def _connected(self, far: Far) -> "Relay":
        relay = Relay(far, self.max_bytes)
        try:
            async with asyncio.timeout(self.seconds):
                await relay.connect(self.egress)
        except BaseException as error:
            relay.close()
            if isinstance(error, TimeoutError):
                said = f"'{far.host}' did not let anybody connect within {self.seconds:g} s."
                raise TimedOut(said) from error
            raise
        return relay


class Relay:
    """One connection to a server. While somebody waits for what it says (`wanted`), too many bytes
    are one message that is too large; otherwise they are several that have time.
    """

    def __init__(self, far: Far, max_bytes: int) -> None:
        self.far: Far = far
        self._wanted: bool = True
        self._max_bytes: int = max_bytes
        self._loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self._since: float = self._loop.time()
        self._bytes: int = 0
        self._failure: LimitReached | None = None
        self._doubts: asyncio.TimerHandle | None = None
        self._greeting: bytes = b""
        self._door: asyncio.Server | None = None
        self._near_end: _End = _End(self._client_sent, self._left)
        self._far_end: _End = _End(self._server_sent, self._left)

    @property
    def port(self) -> int:
        """On `LOOPBACK`, for the first that comes. Raises ConnectFailed."""
        if self._door is None:
            raise ConnectFailed(f"The connection to '{self.far.host}' is closed.")
        return cast("tuple[str, int]", self._door.sockets[0].getsockname())[1]

    @property
    def closed(self) -> bool:
        return self._far_end.ended or self._near_end.ended

    @property
    def failure(self) -> LimitReached | None:
        """Why the connection ended, where that was our own doing."""
        return self._failure

    @contextmanager
    def wanted(self) -> Generator[None]:
        """Inside, somebody waits for a message; from then on nobody does outside."""
        self._wanted = True
        self._doubt()
        try:
            yield
        finally:
            self._wanted = False

    def emptied(self) -> None:
        """All that has come was taken out of the connection."""
        self._bytes = 0
        self._since = self._loop.time()
        self._far_end.let_go(_FULL)

    def taken(self, size: int) -> None:
        """A message of so many bytes was taken out, and others wait behind it."""
        self._bytes = max(self._bytes - size, 0)
        if self._bytes <= self._max_bytes:
            self._far_end.let_go(_FULL)

    async def connect(self, egress: Egress) -> None:
        await self._connect(await addresses(self.far.host, self.far.port, egress))

    async def listen(self) -> None:
        self._door = await self._loop.create_server(self._accepted, LOOPBACK, 0, backlog=1)

    async def adopt(self, client: socket.socket) -> None:
        _ = await self._loop.connect_accepted_socket(self._accepted, client)

    def close(self) -> None:
        if self._doubts is not None:
            self._doubts.cancel()
        self._close_door()
        self._far_end.close()
        self._near_end.close()

    async def _connect(self, found: Sequence[str]) -> None:
        far = self.far
        self._far_end.hold(_ALONE)
        for left, address in zip(range(len(found) - 1, -1, -1), found, strict=True):
            try:
                await self._reach(address)
            except ssl.SSLError as error:
                said = f"Cannot connect to '{far.host}': TLS failed ({error.reason or error})."
                raise ConnectFailed(said) from error
            except OSError as error:
                if not left:
                    reason = error.strerror or str(error)
                    said = f"Cannot connect to '{far.host}:{far.port}': {reason}."
                    raise ConnectFailed(said) from error
            else:
                return

    async def _reach(self, address: str) -> None:
        far = self.far
        if far.tls is not None and far.greets is not None:
            await self._greeted(address, far.tls, far.greets)
            return
        _ = await self._loop.create_connection(
            lambda: self._far_end,
            address,
            far.port,
            ssl=far.tls,
            server_hostname=None if far.tls is None else far.host,
        )

    async def _greeted(self, address: str, tls: ssl.SSLContext, greets: Greeting) -> None:
        plain, first = await self._loop.create_connection(_FirstLine, address, self.far.port)
        try:
            self._greeting = greets(await first.line)
            secured = await self._loop.start_tls(
                plain, self._far_end, tls, server_hostname=self.far.host
            )
        except BaseException:
            plain.close()
            raise
        if secured is None:
            raise ConnectionError("it left")
        self._far_end.connection_made(secured)  # asyncio does not tell it here

    def _accepted(self) -> asyncio.Protocol:
        _ = self._loop.call_soon(self._close_door)  # asyncio needs it open until it has accepted
        if self._near_end.peer is not None:
            return _Refusing()
        self._near_end.peer, self._far_end.peer = self._far_end, self._near_end
        self._near_end.first = self._greeting + self._near_end.first
        self._far_end.let_go(_ALONE)
        if self._far_end.ended:
            self._near_end.close()
        return self._near_end

    def _client_sent(self, data: bytes) -> None:
        self._far_end.write(data)

    def _server_sent(self, data: bytes) -> None:
        now = self._loop.time()
        minutes = int((now - self._since) / _MINUTE)
        if minutes:
            self._since = now
            self._bytes = max(self._bytes - minutes * _EACH_MINUTE, 0)
        self._bytes += len(data)
        self._near_end.write(data)
        if self._is_full():
            self._far_end.hold(_FULL)
            self._doubt()

    def _is_full(self) -> bool:
        return self._bytes > 2 * self._max_bytes + _SLACK

    def _doubt(self) -> None:
        """Is that one message without end? The client may only need a moment to see several."""
        if self._wanted and self._is_full() and self._doubts is None:
            self._doubts = self._loop.call_later(_MOMENT, self._judge)

    def _judge(self) -> None:
        self._doubts = None
        if self._wanted and self._is_full():
            self._failure = LimitReached(
                f"'{self.far.host}' sends a message of more than {self._max_bytes:,} bytes."
            )
            self.close()

    def _left(self) -> None:
        """What has been said still arrives."""
        self._close_door()
        self._far_end.close()
        self._near_end.close()

    def _close_door(self) -> None:
        if self._door is not None:
            self._door.close()
            self._door = None


class _End(asyncio.Protocol):
    """One side. It is read from unless there is a reason not to."""

    def __init__(self, received: Callable[[bytes], None], left: Callable[[], None]) -> None:
        self.peer: _End | None = None
        self.first: bytes = b""
        self.ended: bool = False
        self._received: Callable[[bytes], None] = received
        self._left: Callable[[], None] = left
        self._transport: asyncio.Transport | None = None
        self._reasons: set[str] = set()
        self._closed: bool = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = made = cast("asyncio.Transport", transport)
        if self._reasons:
            made.pause_reading()
            # uvloop begins to read behind this in any case.
            _ = asyncio.get_running_loop().call_soon(self._stand_still)
        if self.first:
            made.write(self.first)
        if self._closed:
            made.close()

    def _stand_still(self) -> None:
        if self._transport is not None and self._reasons:
            self._transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        self._received(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        self.ended = True
        self._left()

    def pause_writing(self) -> None:
        if self.peer is not None:
            self.peer.hold(_SLOW)

    def resume_writing(self) -> None:
        if self.peer is not None:
            self.peer.let_go(_SLOW)

    def hold(self, reason: str) -> None:
        if self._transport is not None and not self._reasons:
            self._transport.pause_reading()
        self._reasons.add(reason)

    def let_go(self, reason: str) -> None:
        if reason in self._reasons:
            self._reasons.discard(reason)
            if self._transport is not None and not self._reasons:
                self._transport.resume_reading()

    def write(self, data: bytes) -> None:
        if self._transport is None:
            self.first += data
        elif not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        self._closed = True
        if self._transport is not None:
            self._transport.close()


class _FirstLine(asyncio.Protocol):
    """What a server says before anything else."""

    def __init__(self) -> None:
        self.line: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._said: bytes = b""

    def data_received(self, data: bytes) -> None:
        self._said += data
        if self.line.done():
            return
        if b"\n" in self._said:
            self.line.set_result(self._said.partition(b"\n")[0])
        elif len(self._said) > _LONGEST_LINE:
            self.line.set_exception(ConnectionError("its first line does not end"))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.line.done():
            self.line.set_exception(exc or ConnectionError("it left before it said anything"))


class _Refusing(asyncio.Protocol):
    """For whoever comes to a door that is about to close."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
