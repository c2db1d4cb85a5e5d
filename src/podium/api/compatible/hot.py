"""uvicorn's protocol for HTTP/1.1, which answers the model addresses itself.

A request to one of them does not become an ASGI scope, a task of messages and a stack of
middleware: it is read, answered and written here. Everything else, and every request that is out
of the ordinary (HTTP/1.0, `Expect`, one that comes before the last one is answered) goes the usual
way, on the same port and the same connections, to the same addresses.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Final, cast, final

from fastapi import FastAPI
from httptools import HttpRequestParser
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from podium.api.bodies import too_large
from podium.api.compatible.addresses import BY_PATH, Address
from podium.api.compatible.answering import Answering
from podium.api.compatible.exchange import (
    EVENTS,
    Incoming,
    Outgoing,
    RawHeaders,
    Streamed,
    Whole,
    held,
)
from podium.api.edge import SEALED
from podium.kernel.errors import PodiumError

_ADDRESSES: Final[Mapping[bytes, Address]] = {
    path.encode(): address for path, address in BY_PATH.items()
}
_DRAIN_SECONDS: Final = 60.0
"""How long a caller may leave a stream unread before it is left."""
_LINGER_SECONDS: Final = 3.0
_LOOK_SECONDS: Final = 1.0
_MOST_READING_SECONDS: Final = 60.0
"""For a whole request: who sends a byte now and then is let go."""
_MOST_HEAD: Final = 65_536
_TOO_LARGE: Final = "the head of the request is too large"
"""What is raised the parser hands to uvicorn, which answers 400 and ends the connection."""
_FIELD: Final = 32
"""What a header field costs besides its bytes (as RFC 9113, 6.5.2 counts)."""

_STATUS_LINES: Final = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}
_STATUS_LINES[499] = b"HTTP/1.1 499 Client Gone\r\n"
_SEALS: Final = b"".join(b"%b: %b\r\n" % (name.encode(), v.encode()) for name, v in SEALED)
_STREAMS: Final = b"content-type: %b; charset=utf-8\r\nx-accel-buffering: no\r\n" % EVENTS.encode()
_CLOSES: Final = b"connection: close\r\n"


_NO_FIELDS: Final = RawHeaders(())


@final
class HotProtocol(HttpToolsProtocol):
    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        *,
        answering: Answering,
        sweeper: "Sweeper",
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._answering: Answering = answering
        self._sweeper: Sweeper = sweeper
        self._address: Address | None = None
        """Of the request that is being read, where it is answered here."""
        self._fields: RawHeaders = _NO_FIELDS
        self._parser: HttpRequestParser = cast("HttpRequestParser", self.parser)
        self._body: list[bytes] = []
        self._size: int = 0
        self._head_size: int = 0
        self._task: asyncio.Task[None] | None = None
        self._read: bool = True
        """Whether the request under way has come to its end."""
        self._last: bool = False
        """Whether the connection ends with the answer that is under way."""
        self.reading_since: float | None = self.loop.time()
        """On the loop's clock; None while no request is being read."""
        self.idle_since: float | None = None
        """None while a request is under way, or where uvicorn looks after it itself."""

    # What the parser says. What comes while an answer is under way is dropped: either the rest of
    # a body that is too large, or a request sent too early, and the connection ends either way.

    def on_message_begin(self) -> None:
        if self._task is not None:
            self._last = True
            self.flow.pause_reading()
            return
        self.url = b""
        self.headers = []
        self._address = None
        self._head_size = 0
        self._read = False
        self.reading_since, self.idle_since = self.loop.time(), None

    def on_url(self, url: bytes) -> None:
        if self._task is None:
            self.url += url
            self._head_size += len(url)
            if self._head_size > _MOST_HEAD:
                raise ValueError(_TOO_LARGE)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._task is None:
            self.headers.append((name.lower(), value))
            self._head_size += len(name) + len(value) + _FIELD
            if self._head_size > _MOST_HEAD:
                raise ValueError(_TOO_LARGE)

    def on_headers_complete(self) -> None:
        if self._task is not None:
            return
        self._address = self._hot_address()
        if self._address is not None:
            self._body, self._size = [], 0
            return
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._task is not None:
            return
        if self._address is None:
            super().on_body(body)
            return
        self._size += len(body)
        self._body.append(body)
        if self._size > self._answering.most:
            self._begin(self._address)

    def on_message_complete(self) -> None:
        self.reading_since, self._read = None, True
        if self._task is not None:
            return
        if self._address is None:
            super().on_message_complete()
        else:
            self._begin(self._address)

    # What the connection says.

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._sweeper.watch(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._task is not None:
            _ = self._task.cancel()
            # One that never began does not take itself out.
            self._task.add_done_callback(self.tasks.discard)
        self._sweeper.forget(self)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        if self._task is None:
            super().shutdown()
        else:
            self._last = True

    # The answer.

    def _hot_address(self) -> Address | None:
        """An earlier request that went the usual way may still be waiting for its answer."""
        address = _ADDRESSES.get(self.url) or _ADDRESSES.get(self.url.partition(b"?")[0])
        if address is None:
            return None
        parser, fields = self._parser, RawHeaders(self.headers)
        usual = (
            parser.get_method() != b"POST"
            or parser.get_http_version() != "1.1"
            or _is_under_way(self.cycle)
            or "expect" in fields
        )
        self._fields = fields
        return None if usual else address

    def _begin(self, address: Address) -> None:
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self._body = []
        self._last = self._last or not self._parser.should_keep_alive()
        scheme, client = cast("str", self.scheme), self.client[0] if self.client else ""
        incoming = Incoming(address, self._fields, body, scheme, client)
        # As uvicorn does for its own: the server waits for these tasks when it ends.
        self._task = self.loop.create_task(self._serve(incoming))
        self.tasks.add(self._task)

    async def _serve(self, incoming: Incoming) -> None:
        task = self._task
        try:
            if self._size > self._answering.most:
                self._last = True
                refusal = too_large(self._answering.most)
                outgoing: Outgoing = self._answering.refused(incoming.address, refusal)
            else:
                outgoing = await self._answering.answer(incoming)
            match outgoing:
                case Whole() as whole:
                    self._write_whole(whole)
                case Streamed() as streamed:
                    await self._write_stream(streamed)
        finally:
            self._task = None
            self.tasks.discard(cast("asyncio.Task[None]", task))
        self._answered()

    def _write_whole(self, whole: Whole) -> None:
        head = self._head(whole.status, whole.headers)
        kind = whole.content_type.encode()
        self.transport.write(
            b"%bcontent-type: %b\r\ncontent-length: %d\r\n\r\n%b"
            % (head, kind, len(whole.body), whole.body)
        )

    async def _write_stream(self, streamed: Streamed) -> None:
        head = self._head(200, streamed.headers)
        self.transport.write(b"%b%btransfer-encoding: chunked\r\n\r\n" % (head, _STREAMS))
        async with held(streamed.stream) as stream:
            try:
                async for piece in stream:
                    self.transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                    if self.flow.write_paused:
                        async with asyncio.timeout(_DRAIN_SECONDS):
                            await self.flow.drain()
            except PodiumError as error:
                said = self._answering.broken_off(streamed.address, error)
                self.transport.write(b"%x\r\n%b\r\n" % (len(said), said))
            except Exception as raised:  # noqa: BLE001 - the process's edge
                _ = self._answering.cut_off(streamed.address, raised)
                self.transport.abort()
                return
        self.transport.write(b"0\r\n\r\n")

    def _head(self, status: int, headers: Mapping[str, str]) -> bytes:
        fields = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        start = self._sweeper.start(status, self.server_state.default_headers)
        return b"%b%b%b" % (start, fields.encode("latin-1"), _CLOSES if self._last else b"")

    def _answered(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self._last:
            self._leave()
            return
        self.idle_since = self.loop.time()

    def _leave(self) -> None:
        """A caller that is still sending would lose the answer if its bytes met a closed door."""
        if self._read:
            self.transport.close()
        else:
            self._address = None
            _ = self.loop.call_later(_LINGER_SECONDS, self.transport.close)


def _is_under_way(cycle: RequestResponseCycle | None) -> bool:
    return cycle is not None and not cycle.response_complete


@final
class Sweeper:
    """What the connections of one server have in common: who has been idle for too long, or takes
    too long to send a request, is let go; and the beginnings of heads, which change once a second.

    It looks at all of them now and then, as a timer for each request costs more than the request's
    own headers.
    """

    def __init__(self) -> None:
        self._watched: set[HotProtocol] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._dated: object = None
        self._starts: dict[int, bytes] = {}

    def watch(self, protocol: HotProtocol) -> None:
        self._watched.add(protocol)
        if self._timer is None:
            self._timer = protocol.loop.call_later(_LOOK_SECONDS, self._look, protocol.loop)

    def forget(self, protocol: HotProtocol) -> None:
        self._watched.discard(protocol)
        if not self._watched and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def start(self, status: int, dated: list[tuple[bytes, bytes]]) -> bytes:
        """Status line, date, and what every answer carries. uvicorn makes `dated` each second."""
        if self._dated is not dated:
            self._dated, self._starts = dated, {}
        start = self._starts.get(status)
        if start is None:
            fields = b"".join([b"%b: %b\r\n" % pair for pair in dated])
            start = self._starts[status] = _STATUS_LINES[status] + fields + _SEALS
        return start

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for protocol in tuple(self._watched):
            idle, reading = protocol.idle_since, protocol.reading_since
            if idle is not None and now - idle > protocol.timeout_keep_alive:
                protocol.transport.close()
            elif reading is not None and now - reading > _MOST_READING_SECONDS:
                protocol.transport.abort()
        self._timer = loop.call_later(_LOOK_SECONDS, self._look, loop)


def hot(app: FastAPI) -> Callable[..., asyncio.Protocol]:
    """For uvicorn's `http`: the protocol that answers the model addresses of this application."""
    answering = cast("Answering", app.state.answering)
    return partial(HotProtocol, answering=answering, sweeper=Sweeper())
