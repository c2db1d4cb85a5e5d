"""Subscriptions that stay open between the steps of the run that they belong to."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import anyio

from podium.adapters.brokers.links import Feed
from podium.kernel.errors import PodiumError, Unavailable
from podium.workflows.calls.asyncapi.ports import Channel, Incoming

PATIENCE: Final = 30.0
"""Seconds in which a connection that broke is made again before the run hears of it."""
LAST_WORDS: Final = 5.0
"""Seconds in which a subscription takes its leave of the server."""
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0

Opening = Callable[[str], Awaitable[tuple[Channel, Feed]]]
"""Opens the subscription, behind the message with that mark."""


class Consumer:
    """One subscription: `run` fetches, `next` hands over.

    There is one message at a time. It stays until whoever has it says that it is recorded, which is
    when the next one is asked for: so no message is lost where a wait is cut short, and after a
    crash the server, which was told nothing, sends it again.

    A connection that breaks is made again for `patience` seconds. The first one of a subscription
    that has had no message yet has to succeed at once.
    """

    def __init__(self, opening: Opening, after: str, *, patience: float = PATIENCE) -> None:
        self.scope: anyio.CancelScope = anyio.CancelScope()
        self.used_at: float = anyio.current_time()
        self.waiters: int = 0
        self.ended: bool = False
        self._opening: Opening = opening
        self._patience: float = patience
        self._bears: float = patience if after else 0.0
        self._after: str = after
        self._channel: Channel = Channel("")
        self._current: Incoming | None = None
        self._handed: bool = False
        self._failure: PodiumError | None = None
        self._over: bool = False
        self._fruitful: bool = False
        self._arrived: anyio.Event = anyio.Event()
        self._released: anyio.Event = anyio.Event()
        self._finished: anyio.Event = anyio.Event()

    async def next(self, after: str) -> tuple[Channel, Incoming]:
        """Raises what the subscription failed with."""
        self.waiters += 1
        try:
            while True:
                if self._current is not None and self._is_done_with(self._current, after):
                    self._release()
                if self._current is not None:
                    self._handed = True
                    return self._channel, self._current
                if self._failure is not None:
                    raise self._failure
                self._arrived = anyio.Event()
                await self._arrived.wait()
        finally:
            self.waiters -= 1
            self.used_at = anyio.current_time()

    async def arrived(self) -> None:
        """Until there is a message, or none will come."""
        while self._current is None and not self.ended:
            self._arrived = anyio.Event()
            await self._arrived.wait()

    async def leave(self, after: str) -> None:
        """Acknowledge the message `after` where it is the one that was handed over, and end."""
        self._over = True
        if self._current is not None and self._is_done_with(self._current, after):
            self._release()
        else:
            self.scope.cancel()
        with anyio.move_on_after(LAST_WORDS):
            await self._finished.wait()

    async def run(self) -> None:
        """Until it has ended; raises nothing."""
        try:
            with self.scope:
                await self._kept_up()
        except PodiumError as error:
            self._failure = error
        except Exception as bug:  # noqa: BLE001 - the edge: a library's bug ends one subscription, no more
            self._failure = broken("", bug)
        finally:
            self.ended = True
            self._current = None
            if self._failure is None:
                self._failure = Unavailable("The subscription was closed. Try again.")
            self._arrived.set()
            self._finished.set()

    def _is_done_with(self, message: Incoming, after: str) -> bool:
        """A message that was handed over, or that a server sends again which heard of no end."""
        return message.mark == after and (self._handed or message.again)

    def _release(self) -> None:
        self._current = None
        self._handed = False
        self._released.set()

    async def _kept_up(self) -> None:
        """Connect again where a connection broke, for as long as patience lasts. It is whole again
        after a message, and after a connection that has held for as long.
        """
        pause, since = _FIRST_PAUSE, anyio.current_time()
        while not self._over:
            opened = anyio.current_time()
            try:
                await self._connected()
            except Unavailable:
                now, self._current = anyio.current_time(), None
                if self._fruitful or now - opened > self._patience:
                    pause, since = _FIRST_PAUSE, now
                if self._over or now - since >= self._bears:
                    raise
                await anyio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    async def _connected(self) -> None:
        self._fruitful = False
        self._channel, feed = await self._opening(self._after)
        self._bears = self._patience
        await self._fetched(feed)

    async def _fetched(self, feed: Feed) -> None:
        try:
            while not self._over:
                message = await feed.next()
                self._released = anyio.Event()
                self._current, self._handed, self._fruitful = message, False, True
                self._arrived.set()
                await self._released.wait()
                await feed.acknowledge()
                self._after = message.mark
        finally:
            with anyio.move_on_after(LAST_WORDS, shield=True), suppress(PodiumError):
                await (feed.leave() if self._over else feed.close())


def broken(host: str, bug: Exception) -> Unavailable:
    """What a client library raised that it does not say it raises."""
    to = f"to '{host}' " if host else ""
    return Unavailable(f"The connection {to}broke: {type(bug).__name__}: {str(bug)[:200]}")
