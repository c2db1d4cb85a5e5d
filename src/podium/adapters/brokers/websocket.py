"""WebSockets, by aiohttp: each message is a text, in both directions, and nothing is acknowledged.

The channel's address is the path of the connection.
"""

import ssl
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, cast

import aiohttp

from podium.adapters.brokers.links import Feed, Link, Subscription, fingerprint
from podium.adapters.brokers.relay import Dial
from podium.adapters.http.egress import GuardedResolver, GuardedSockets
from podium.adapters.http.errors import EgressRefused
from podium.adapters.http.exchange import translated
from podium.kernel.errors import (
    Invalid,
    LimitReached,
    PodiumError,
    Unavailable,
)
from podium.workflows.calls.asyncapi.http import address, authorization, refused
from podium.workflows.calls.asyncapi.ports import Channel, Incoming, Outgoing, Source

_HEARTBEAT: Final = 30.0
_TOO_LARGE: Final = 1009
_DATA: Final = frozenset({aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY})


class WebSocket:
    def place(self, source: Source) -> str:
        """A connection is for one channel."""
        return address(source.target)

    async def link(self, source: Source, dial: Dial) -> Link:
        return await self._connected(source, dial)

    async def feed(self, source: Source, dial: Dial, subscription: Subscription) -> Feed:
        _ = subscription  # a server keeps nothing for anybody
        return await self._connected(source, dial)

    async def _connected(self, source: Source, dial: Dial) -> "Socket":
        server = source.target.server
        number = ":" in server.host or server.host.replace(".", "").isdigit()
        if number and not dial.egress.allows(server.host):
            raise EgressRefused(dial.egress.refusal(server.host))
        session = aiohttp.ClientSession(connector=_connector(dial, dial.trust), trust_env=False)
        url = address(source.target).replace("http", "ws", 1)
        try:
            with translated(server.host), _shaking_hands(server.host):
                opened = await session.ws_connect(
                    url,
                    headers=authorization(source.access),
                    max_msg_size=dial.max_bytes,
                    heartbeat=_HEARTBEAT,
                )
        except BaseException:
            await session.close()
            raise
        return Socket(server.host, session, opened, dial.max_bytes)


@contextmanager
def _shaking_hands(host: str) -> Generator[None]:
    try:
        yield
    except aiohttp.WSServerHandshakeError as error:
        raise refused(host, error.status) from error


def _connector(dial: Dial, trust: ssl.SSLContext) -> aiohttp.TCPConnector:
    return aiohttp.TCPConnector(
        limit=1,
        ssl=trust,
        resolver=GuardedResolver(dial.egress),
        socket_factory=GuardedSockets(dial.egress),
    )


@dataclass(frozen=True, slots=True)
class Socket:
    """A connection, which publishes or hands out."""

    host: str
    session: aiohttp.ClientSession
    socket: aiohttp.ClientWebSocketResponse
    max_bytes: int

    @property
    def is_open(self) -> bool:
        return not self.socket.closed

    async def publish(self, channel: Channel, message: Outgoing) -> None:
        if message.headers:
            names = ", ".join(message.headers)
            raise Invalid(f"{channel.address}: a WebSocket has no headers, and it has {names}.")
        with translated(self.host):
            await self.socket.send_str(message.body.decode())

    async def next(self) -> Incoming:
        while True:
            with translated(self.host):
                message = await self.socket.receive()
            data = cast("object", message.data)
            if message.type in _DATA and isinstance(data, str | bytes):
                body = data.encode() if isinstance(data, str) else data
                return Incoming(body, fingerprint(body))
            if self.socket.closed:
                raise self._ended()

    def _ended(self) -> PodiumError:
        if self.socket.close_code == _TOO_LARGE:
            said = f"'{self.host}' sends a message of more than {self.max_bytes:,} bytes."
            return LimitReached(said)
        return Unavailable(f"'{self.host}' closed the connection ({self.socket.close_code}).")

    async def acknowledge(self) -> None:
        """WebSockets know of no acknowledging."""

    async def close(self) -> None:
        with suppress(aiohttp.ClientError, OSError, TimeoutError):
            _ = await self.socket.close()
        await self.session.close()

    async def leave(self) -> None:
        await self.close()
