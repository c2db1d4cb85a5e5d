"""One connection: one exchange at a time, nothing in between."""

import asyncio
import select
from typing import Protocol, cast, final

from podium.adapters.upstream.deadline import Deadline
from podium.adapters.upstream.exchange import Exchange

_ONE_WRITE = 65_536
"""Bytes. A larger body is not copied to stand behind its head."""
_LOOK_AFTER = 1.0
"""Seconds of rest after which the socket is looked at before it is used again."""


class Owner(Protocol):
    """The pool, as a connection sees it."""

    def rested(self, connection: "Connection") -> None:
        """Its exchange has ended well: it can be used again."""
        ...

    def ended(self, connection: "Connection") -> None:
        """It is closed. Told once."""
        ...


@final
class Connection(asyncio.Protocol):
    """Made by a pool, opened by the loop. `used` counts the exchanges that it has begun."""

    __slots__ = (
        "_deadline",
        "_exchange",
        "_loop",
        "_owner",
        "_paused",
        "_rests_since",
        "_transport",
        "born",
        "used",
    )

    def __init__(self, owner: Owner, loop: asyncio.AbstractEventLoop) -> None:
        self._owner: Owner = owner
        self._loop: asyncio.AbstractEventLoop = loop
        self._transport: asyncio.Transport | None = None
        self._exchange: Exchange | None = None
        self._paused: bool = False
        self._rests_since: float = 0.0
        self._deadline: Deadline = Deadline(loop, self._late)
        self.born: float = loop.time()
        self.used: int = 0

    @property
    def open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def begin(self, exchange: Exchange) -> None:
        """Send its request. Where the connection is closed already the exchange says so."""
        transport = self._transport
        self._exchange = exchange
        self.used += 1
        exchange.begun(self)
        if transport is None or transport.is_closing():
            self._over(None)
        elif len(exchange.body) < _ONE_WRITE:
            transport.write(exchange.head + exchange.body)
        else:
            transport.writelines((exchange.head, exchange.body))

    def rest(self, now: float, until: float) -> None:
        """Nobody needs it; it closes at `until`. Both are on the loop's clock."""
        self._rests_since = now
        self._deadline.move(until)

    def rested_well(self) -> bool:
        """Whether it can still be used: what the loop has not yet seen of the other side's
        leaving, the socket knows.
        """
        now, transport = self._loop.time(), self._transport
        if transport is None or transport.is_closing() or now >= self._deadline.at:
            return False
        return now - self._rests_since < _LOOK_AFTER or not self._readable()

    def _readable(self) -> bool:
        if self._transport is None:
            return True
        poll = select.poll()
        socket = cast("_Socket", self._transport.get_extra_info("socket"))
        poll.register(socket.fileno(), select.POLLIN)
        return bool(poll.poll(0))

    # What an exchange may do

    def move_deadline(self, at: float) -> None:
        self._deadline.move(at)

    def resume(self) -> None:
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()

    def drop(self) -> None:
        """Close at once, also in the middle of an exchange."""
        exchange, self._exchange = self._exchange, None
        self._deadline.cancel()
        if self._transport is not None:
            self._transport.abort()
        if exchange is not None:
            exchange.lost(ConnectionAbortedError())

    # What the loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        exchange = self._exchange
        if exchange is None:
            self.drop()  # nobody asked
            return
        exchange.feed(data)
        if exchange.complete or exchange.error is not None:
            self._end(exchange)
        elif exchange.flooded and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        self._over(None)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._over(exc)
        self._owner.ended(self)

    def _end(self, exchange: Exchange) -> None:
        transport = self._transport
        self._exchange = None
        if exchange.error is not None or not exchange.reusable or transport is None:
            self.drop()
        elif transport.get_write_buffer_size():
            self.drop()  # answered before the whole request was sent
        else:
            if self._paused:
                self.resume()
            self._owner.rested(self)

    def _over(self, error: Exception | None) -> None:
        exchange = self._exchange
        if exchange is not None:
            exchange.lost(error)
        self.drop()

    def _late(self) -> None:
        if self._exchange is None:
            self.drop()
        else:
            self._exchange.late()


class _Socket(Protocol):
    def fileno(self) -> int: ...
