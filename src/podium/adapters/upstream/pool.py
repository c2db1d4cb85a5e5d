"""The connections to one origin: the last one used is used first, and no more than allowed."""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import final

from podium.adapters.http.errors import Phase
from podium.adapters.upstream.connection import Connection
from podium.adapters.upstream.dial import Dialer
from podium.adapters.upstream.exchange import Exchange, too_slow
from podium.adapters.upstream.target import Origin
from podium.kernel.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Keeping:
    """`connections` is for each origin. A connection rests `idle` seconds at most, and is not used
    again once it is `age` seconds old, so that a change of addresses is followed.
    """

    connections: int = 500
    idle: float = 60.0
    age: float = 600.0


_FAREWELL = 100
"""Turns of the loop within which it closes what was dropped."""


class _Place:
    """The right to open a connection."""


_PLACE = _Place()


@final
class Pool:
    """Every connection that is open or being opened takes one of `connections` places. Who finds
    none waits, in order; a connection that comes free goes to the first of them.
    """

    def __init__(self, origin: Origin, dialer: Dialer, keeping: Keeping) -> None:
        self._origin: Origin = origin
        self._dialer: Dialer = dialer
        self._keeping: Keeping = keeping
        self._loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._taken: int = 0
        self._waiters: deque[asyncio.Future[Connection | _Place]] = deque()
        self._closed: bool = False
        self._retired: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing is open."""
        return not self._open

    def retire(self) -> None:
        """Nobody comes any more: what rests is closed now, the others when their exchange ends."""
        self._retired = True
        self.forget()

    def rest(self) -> Connection | None:
        """A connection that was used before, if there is one."""
        idle = self._idle
        while idle:
            connection = idle.pop()
            if connection.rested_well():
                return connection
            connection.drop()
        return None

    async def connect(self, exchange: Exchange) -> Connection:
        """A new connection, or one that came free while there was no place for a new one.

        Raises ConnectFailed, EgressRefused, DeadlinePassed.
        """
        ends = exchange.connect_by()
        timeout = asyncio.timeout_at(ends)
        try:
            async with timeout:
                return await self._connect()
        except TimeoutError as late:
            if not timeout.expired():
                raise
            total = exchange.ends <= ends
            times = exchange.timeouts
            seconds = times.total if total else times.connect
            phase = Phase.TOTAL if total else Phase.CONNECT
            raise too_slow(self._origin.host, phase, seconds) from late

    def forget(self) -> None:
        """Close the connections that rest: one of them was found closed."""
        while self._idle:
            self._idle.pop().drop()

    async def close(self) -> None:
        self._closed = True
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_exception(Unavailable("The HTTP client is being closed."))
        for connection in list(self._open):
            connection.drop()
        for _ in range(_FAREWELL):
            if self._open:
                await asyncio.sleep(0)

    # What connections tell

    def rested(self, connection: Connection) -> None:
        now, keeping = self._loop.time(), self._keeping
        old_at = connection.born + keeping.age
        if now >= old_at or self._retired:
            connection.drop()
            return
        connection.rest(now, min(now + keeping.idle, old_at))
        if not self._waiters or not self._hand_on(connection):
            self._idle.append(connection)

    def ended(self, connection: Connection) -> None:
        if connection not in self._open:
            return  # it never came to be
        self._open.remove(connection)
        with suppress(ValueError):
            self._idle.remove(connection)
        self._leave()

    async def _connect(self) -> Connection:
        while self._taken >= self._keeping.connections:
            match await self._turn():
                case Connection() as connection:
                    if connection.open:
                        return connection
                case _Place():
                    return await self._dial()
        self._taken += 1
        return await self._dial()

    async def _dial(self) -> Connection:
        """The place is taken already."""
        connection = Connection(self, self._loop)
        try:
            await self._dialer.dial(self._origin, connection)
        except BaseException:
            self._leave()
            raise
        self._open.add(connection)
        if self._closed:
            connection.drop()
            raise Unavailable("The HTTP client is being closed.")
        return connection

    async def _turn(self) -> "Connection | _Place":
        waiter: asyncio.Future[Connection | _Place] = self._loop.create_future()
        self._waiters.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.cancelled():
                with suppress(ValueError):
                    self._waiters.remove(waiter)
            else:
                self._give_back(waiter.result())
            raise

    def _give_back(self, unused: "Connection | _Place") -> None:
        match unused:
            case Connection() as connection:
                if connection.open:
                    self.rested(connection)
            case _Place():
                self._leave()

    def _leave(self) -> None:
        """Give a place free."""
        if not self._hand_on(_PLACE):
            self._taken -= 1

    def _hand_on(self, what: "Connection | _Place") -> bool:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(what)
                return True
        return False
