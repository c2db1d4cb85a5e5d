"""Doors to all servers of a cluster, which names them itself while a client works with it.

The client is given a door in the place of each name. Who comes through it is connected, by the same
rules as anybody: a cluster cannot send its clients to where they may not go.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Protocol, cast

import anyio

from podium.adapters.brokers.relay import LOOPBACK, Dial, Relay
from podium.kernel.errors import PodiumError, Refused


class Spawn(Protocol):
    def __call__(self, work: Callable[[], Coroutine[object, object, None]], /) -> None:
        """Let it run beside; it raises nothing."""
        ...


class Switchboard:
    def __init__(self, dial: Dial, spawn: Spawn, *, tls: bool) -> None:
        self._dial: Dial = dial
        self._tls: bool = tls
        self._loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self._doors: dict[tuple[str, int], socket.socket] = {}
        self._relays: set[Relay] = set()
        self._refused: PodiumError | None = None
        self._patience: asyncio.Timeout | None = None
        self._came: asyncio.Queue[tuple[socket.socket, str, int] | None] = asyncio.Queue()
        spawn(self._serve)

    @property
    def failure(self) -> PodiumError | None:
        """Why somebody was not connected, or a connection ended, where that was our own doing."""
        ended = (relay.failure for relay in self._relays)
        return self._refused or next((each for each in ended if each), None)

    def door(self, host: str, port: int) -> int:
        """The port of `LOOPBACK` that leads there."""
        door = self._doors.get((host, port))
        if door is None:
            door = socket.create_server((LOOPBACK, 0), backlog=16)
            door.setblocking(False)
            self._doors[host, port] = door
            self._loop.add_reader(door, self._accept, door, host, port)
        return cast("tuple[str, int]", door.getsockname())[1]

    @contextmanager
    def wanted(self) -> Generator[None]:
        """See `Relay`. Connections that come meanwhile are those of somebody who waits, too."""
        with ExitStack() as stack:
            for relay in self._relays:
                stack.enter_context(relay.wanted())
            yield

    def emptied(self) -> None:
        for relay in self._relays:
            relay.emptied()

    @asynccontextmanager
    async def patience(self, seconds: float) -> AsyncGenerator[None]:
        """For beginning to work with the cluster. Raises TimeoutError; at once where the cluster
        sends its client to where it may not go.
        """
        try:
            async with asyncio.timeout(seconds) as self._patience:
                yield
        finally:
            self._patience = None

    def close(self) -> None:
        for door in self._doors.values():
            _ = self._loop.remove_reader(door)
            door.close()
        self._doors.clear()
        for relay in self._relays:
            relay.close()
        self._came.put_nowait(None)

    def _accept(self, door: socket.socket, host: str, port: int) -> None:
        try:
            client = door.accept()[0]
        except OSError:  # it has gone again
            return
        client.setblocking(False)
        self._came.put_nowait((client, host, port))

    async def _serve(self) -> None:
        """Connect who comes, until it is closed."""
        try:
            async with anyio.create_task_group() as group:
                while (came := await self._came.get()) is not None:
                    _ = group.start_soon(self._connect, *came)
                group.cancel_scope.cancel()
        finally:
            while not self._came.empty():
                if (late := self._came.get_nowait()) is not None:
                    late[0].close()

    async def _connect(self, client: socket.socket, host: str, port: int) -> None:
        try:
            relay = await self._dial.adopt(client, host, port, tls=self._tls)
        except PodiumError as error:
            self._refused = error
            if isinstance(error, Refused) and self._patience is not None:
                self._patience.reschedule(self._loop.time())  # it will not change its mind
        except OSError:
            pass  # the client has gone again
        else:
            self._refused = None
            self._relays = {each for each in self._relays if not each.closed} | {relay}
