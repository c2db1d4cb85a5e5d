"""Subscribing over HTTP: a response that does not end, of events or of lines of JSON.

Events (text/event-stream) have ids by which a stream is taken up again where it broke; lines
(application/x-ndjson, application/jsonl) are what comes while somebody listens.
"""

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Final, Protocol

from podium.adapters.brokers.links import Feed, Subscription, fingerprint
from podium.adapters.brokers.relay import Dial
from podium.adapters.http.client import HttpRequest
from podium.adapters.http.exchange import Timeouts
from podium.kernel.errors import LimitReached, TimedOut, Unavailable
from podium.protocols.sse import EventReader, NotEvents
from podium.workflows.calls.asyncapi.http import address, authorization, refused
from podium.workflows.calls.asyncapi.ports import Incoming, Source

EVENTS: Final = "text/event-stream"
LINES: Final = frozenset({"application/x-ndjson", "application/jsonl", "application/ndjson"})
_ACCEPT: Final = ", ".join([EVENTS, *sorted(LINES)])
_OK: Final = 200
_SILENCE: Final = 86_400.0
"""Seconds without a byte after which a stream counts as broken."""
_PATIENT: Final = Timeouts(10.0, _SILENCE, _SILENCE, 1e9)


class Stream(Protocol):
    """A response whose body is read piece by piece."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    async def read(self) -> bytes: ...


class Streaming(Protocol):
    def stream(
        self, asked: HttpRequest, timeouts: Timeouts
    ) -> AbstractAsyncContextManager[Stream]: ...


class Reader(Protocol):
    """Makes messages of pieces."""

    def feed(self, piece: bytes) -> Iterator[Incoming]:
        """Raises Unavailable for bytes that are no such stream, LimitReached."""
        ...


@dataclass(frozen=True, slots=True)
class MessageStreams:
    client: Streaming

    async def feed(self, source: Source, dial: Dial, subscription: Subscription) -> Feed:
        target, stack = source.target, AsyncExitStack()
        headers = {"Accept": _ACCEPT, **authorization(source.access)}
        if subscription.after:
            headers["Last-Event-ID"] = subscription.after
        request = HttpRequest("GET", address(target), headers)
        host = target.server.host
        try:
            async with asyncio.timeout(dial.seconds):
                stream = await stack.enter_async_context(self.client.stream(request, _PATIENT))
            reader = _reader(stream, host, dial.max_bytes)
        except BaseException as error:
            await stack.aclose()
            if isinstance(error, TimeoutError):
                said = f"'{host}' did not answer within {dial.seconds:g} s."
                raise TimedOut(said) from error
            raise
        return StreamFeed(host, stream, stack, reader=reader)


def _reader(stream: Stream, host: str, max_bytes: int) -> Reader:
    if stream.status != _OK:
        raise refused(host, stream.status)
    media = stream.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == EVENTS:
        return Events(host, EventReader(max_bytes))
    if media in LINES:
        return Lines(host, max_bytes)
    raise Unavailable(
        f"'{host}' answers with {media or 'nothing said'} and not with a stream of messages. "
        f"podium reads {_ACCEPT}."
    )


class StreamFeed:
    """What has been read and not handed out waits here; it is less than a piece."""

    def __init__(self, host: str, stream: Stream, stack: AsyncExitStack, *, reader: Reader) -> None:
        self._host: str = host
        self._stream: Stream = stream
        self._stack: AsyncExitStack = stack
        self._reader: Reader = reader
        self._read: deque[Incoming] = deque()

    async def next(self) -> Incoming:
        while not self._read:
            piece = await self._stream.read()
            if not piece:
                raise Unavailable(f"'{self._host}' ended the stream of messages.")
            self._read.extend(self._reader.feed(piece))
        return self._read.popleft()

    async def acknowledge(self) -> None:
        """A stream is taken up behind the id of the last event; the server is told nothing."""

    async def close(self) -> None:
        await self._stack.aclose()

    async def leave(self) -> None:
        await self.close()


@dataclass(frozen=True, slots=True)
class Events:
    host: str
    reader: EventReader

    def feed(self, piece: bytes) -> Iterator[Incoming]:
        try:
            for event in self.reader.feed(piece):
                body = event.data.encode()
                mark = self.reader.last_id or fingerprint(body)
                headers = {"event": event.name}
                yield Incoming(body, mark, headers, again=bool(self.reader.last_id))
        except NotEvents as error:
            raise Unavailable(f"'{self.host}' sends no stream of events: {error}.") from error


class Lines:
    def __init__(self, host: str, max_bytes: int) -> None:
        self._host: str = host
        self._most: int = max_bytes
        self._open: list[bytes] = []
        self._size: int = 0

    def feed(self, piece: bytes) -> Iterator[Incoming]:
        *whole, rest = piece.split(b"\n")
        for line in whole:
            body = b"".join([*self._open, line]).strip()
            self._open, self._size = [], 0
            if body:
                yield Incoming(body, fingerprint(body))
        self._open.append(rest)
        self._size += len(rest)
        if self._size > self._most:
            raise LimitReached(f"'{self._host}' sends a message of more than {self._most:,} bytes.")
