"""One stream that several read, each at its own speed and from its beginning.

The source is read as fast as the fastest reader wants. All pieces are held for those who join
later, and for the cache, up to a limit; beyond it nobody joins any more, and who reads more slowly
than the others by so much is cut off. Alone, a reader may take its time.
"""

from collections import deque
from dataclasses import dataclass, field

import anyio

from podium.gateway.caching.ports import Source
from podium.kernel.errors import Unavailable

AHEAD = 65_536
"""Bytes that are read before anybody wants them."""

_CLOSING = 5.0
_TOO_SLOW = (
    "This stream was read too slowly, and others who share it do not wait. "
    "Ask again with Cache-Control: no-store, which shares none."
)


@dataclass(slots=True, eq=False)
class Broadcast:
    """`limit` is in bytes. Positions count the pieces of the whole stream."""

    source: Source
    limit: int
    _pieces: deque[bytes] = field(default_factory=deque[bytes])
    _begin: int = 0
    _held: int = 0
    _read: int = 0
    """Bytes that came from the source."""
    _wanted: int = 0
    """Bytes that the fastest reader has taken."""
    _ended: bool = False
    _error: Exception | None = None
    _changed: anyio.Event = field(default_factory=anyio.Event)
    _readers: "set[Reader]" = field(default_factory=set["Reader"])

    @property
    def joinable(self) -> bool:
        """Whether it still has its beginning."""
        return self._begin == 0 and self._read <= self.limit

    @property
    def whole(self) -> bytes | None:
        """All of it, where it came to its end and is within the limit."""
        if not self._ended or self._error is not None or not self.joinable:
            return None
        return b"".join(self._pieces)

    def join(self) -> "Reader":
        reader = Reader(self)
        self._readers.add(reader)
        return reader

    async def pump(self) -> None:
        """Reads the source to its end. What goes wrong there, each reader raises."""
        self._error = Unavailable("The stream was ended before it was whole. Ask again.")
        try:
            async for piece in self.source:
                self._take(piece)
                while self._read - self._wanted > AHEAD:
                    await self._changed.wait()
            self._error = None
        except Exception as broken:  # noqa: BLE001 - each reader raises it
            self._error = broken
        finally:
            self._ended = True
            self._tell()
            with anyio.move_on_after(_CLOSING, shield=True):
                await self.source.aclose()

    def _take(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._held += len(piece)
        self._read += len(piece)
        if self._read > self.limit:
            self._drop()
        self._tell()

    def _drop(self) -> None:
        """What all have read; and where that is not enough, what the slowest have not."""
        slowest = min((reader.at for reader in self._readers), default=self._begin)
        while self._pieces and (self._begin < slowest or self._is_crowded()):
            self._held -= len(self._pieces.popleft())
            self._begin += 1

    def _is_crowded(self) -> bool:
        return self._held > self.limit + AHEAD and len(self._readers) > 1

    @property
    def _end(self) -> int:
        return self._begin + len(self._pieces)

    async def next(self, reader: "Reader") -> bytes:
        """Raises StopAsyncIteration at the end, what the source raised, or Unavailable."""
        while True:
            if reader.at < self._begin:
                raise Unavailable(_TOO_SLOW)
            if reader.at < self._end:
                return self._hand(reader)
            if self._ended:
                raise StopAsyncIteration if self._error is None else self._error
            await self._changed.wait()

    def _hand(self, reader: "Reader") -> bytes:
        piece = self._pieces[reader.at - self._begin]
        reader.at += 1
        reader.taken += len(piece)
        if reader.taken > self._wanted:
            self._wanted = reader.taken
            self._tell()
        if self._read > self.limit:
            self._drop()
        return piece

    def leave(self, reader: "Reader") -> None:
        self._readers.discard(reader)

    def _tell(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()


@dataclass(slots=True, eq=False)
class Reader:
    """One of those who read, by how many pieces and bytes it has."""

    broadcast: Broadcast
    at: int = 0
    taken: int = 0
