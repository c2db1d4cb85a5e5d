"""Responses: whole, or piece by piece."""

from collections.abc import Iterator, Mapping
from typing import final

from podium.adapters.http.errors import TooLarge
from podium.adapters.upstream.encoding import Undoing, coding_of
from podium.adapters.upstream.exchange import Exchange, Goal


@final
class Headers(Mapping[str, str]):
    """`raw` is what came: lower-case names, the values of repeated ones joined by `, `.

    As a mapping it is text: UTF-8 where it is that, otherwise ISO 8859-1 (RFC 9110, 5.5).
    """

    __slots__ = ("raw",)

    def __init__(self, raw: dict[bytes, bytes]) -> None:
        self.raw: dict[bytes, bytes] = raw

    def __getitem__(self, name: str) -> str:
        return _text(self.raw[name.lower().encode()])

    def __iter__(self) -> Iterator[str]:
        return (_text(name) for name in self.raw)

    def __len__(self) -> int:
        return len(self.raw)


@final
class Response:
    """The whole of it."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, exchange: Exchange) -> None:
        """Raises BrokenOff, TooLarge: what is encoded is undone."""
        body = exchange.taken()
        if b"content-encoding" in exchange.headers:
            body = _undone(exchange, body)
        self.status: int = exchange.status
        self.headers: Headers = Headers(exchange.headers)
        self.body: bytes = body


@final
class ResponseStream:
    """Close it, whether it has ended or not; or `async with`."""

    __slots__ = ("_exchange", "_undoing", "_unfolded", "headers", "status")

    def __init__(self, exchange: Exchange) -> None:
        """Raises BrokenOff for a coding that is not understood."""
        self._exchange: Exchange = exchange
        self._undoing: Undoing | None = None
        self._unfolded: Iterator[bytes] = iter(())
        host = exchange.target.origin.host
        if coding_of(exchange.headers, host):
            self._undoing = Undoing(host)
        self.status: int = exchange.status
        self.headers: Headers = Headers(_plain(exchange) if self._undoing else exchange.headers)

    async def read(self) -> bytes:
        """Some bytes as they came; empty at the end. Raises DeadlinePassed, BrokenOff."""
        exchange = self._exchange
        if self._undoing is not None:
            return await self._read_undone(self._undoing)
        if not exchange.pieces:
            await exchange.until(Goal.PIECE)
        return exchange.taken()

    async def whole(self, max_bytes: int) -> bytes:
        """The rest of the body. Raises TooLarge, DeadlinePassed, BrokenOff."""
        exchange = self._exchange
        if self._undoing is not None:
            return await self._whole_undone(max_bytes)
        exchange.bound(max_bytes)
        await exchange.until(Goal.END)
        return exchange.taken()

    def close(self) -> None:
        """A response that has not ended takes its connection with it, at once."""
        self._exchange.close()

    async def __aenter__(self) -> "ResponseStream":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    async def _read_undone(self, undoing: Undoing) -> bytes:
        exchange = self._exchange
        while not (piece := next(self._unfolded, b"")):
            if not exchange.pieces:
                await exchange.until(Goal.PIECE)
            encoded = exchange.taken()
            if not encoded:
                undoing.end()
                return b""
            self._unfolded = undoing.feed(encoded)
        return piece

    async def _whole_undone(self, max_bytes: int) -> bytes:
        pieces: list[bytes] = []
        size = 0
        while piece := await self.read():
            pieces.append(piece)
            size += len(piece)
            if size > max_bytes:
                self.close()
                raise _too_large(self._exchange, max_bytes)
        return b"".join(pieces)


def _undone(exchange: Exchange, body: bytes) -> bytes:
    host, most = exchange.target.origin.host, exchange.most
    if not coding_of(exchange.headers, host):
        return body
    undoing = Undoing(host)
    pieces: list[bytes] = []
    size = 0
    for piece in undoing.feed(body):
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise _too_large(exchange, most)
    undoing.end()
    exchange.headers = _plain(exchange)
    return b"".join(pieces)


def _plain(exchange: Exchange) -> dict[bytes, bytes]:
    """Without what was true of the encoded body alone."""
    gone = {b"content-encoding", b"content-length"}
    return {name: value for name, value in exchange.headers.items() if name not in gone}


def _too_large(exchange: Exchange, most: int) -> TooLarge:
    host = exchange.target.origin.host
    return TooLarge(f"The response of '{host}' is larger than {most:,} bytes.")


def _text(value: bytes) -> str:
    value = value.rstrip()
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
