"""All brokers that runs of this process speak to."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Self, TypeAlias, TypeVar

import anyio
from anyio.abc import TaskGroup

from podium.adapters.brokers.amqp import Amqp
from podium.adapters.brokers.consumers import PATIENCE, Consumer, broken
from podium.adapters.brokers.kafka import Kafka
from podium.adapters.brokers.links import (
    Feed,
    Link,
    Publishes,
    Subscribes,
    Subscription,
    subscription_name,
)
from podium.adapters.brokers.mqtt import Mqtt
from podium.adapters.brokers.nats import Nats
from podium.adapters.brokers.redis import RedisDriver
from podium.adapters.brokers.relay import Dial
from podium.adapters.brokers.websocket import WebSocket
from podium.kernel.errors import Invalid, PodiumError, TimedOut, Unavailable
from podium.workflows.calls.asyncapi.ports import (
    Access,
    Channel,
    Outgoing,
    Received,
    Source,
)

IDLE: Final = 60.0
"""Seconds after which a connection for publishing is closed that nobody uses."""
FORSAKEN: Final = 600.0
"""Seconds after which a subscription is closed that nobody asks for the next message."""
AGAIN: Final = 5.0
"""Seconds in which a server sends a message again that was not acknowledged."""
_SWEEP: Final = 5.0
_PATIENTLY: Final = 3
"""Times as long as a connection may take a subscription may take."""
_TURNS: Final = 3
"""Of the event loop, until sockets that were closed are."""

_LIBRARIES: Final = ("aio_pika", "aiokafka", "aiormq", "mqtt", "nats")
"""What their loggers say of a server that does not answer, a run's error says better."""

T = TypeVar("T")
_Key: TypeAlias = tuple[str, str, int | None, bool, str, Access]
Opens: TypeAlias = Callable[[], Awaitable[Source]]


@dataclass(slots=True)
class _Kept:
    """A connection for publishing. Whoever comes while it is being made waits."""

    lock: anyio.Lock = field(default_factory=anyio.Lock)
    link: Link | None = None
    users: int = 0
    used_at: float = 0.0


class Brokers:
    """Works while it is entered."""

    def __init__(
        self,
        dial: Dial,
        feeds: Mapping[str, Subscribes] | None = None,
        *,
        patience: float = PATIENCE,
    ) -> None:
        """`feeds` are further protocols to subscribe in; `patience` is that of a `Consumer`."""
        self._dial: Dial = dial
        self._patience: float = patience
        spoken = {
            "amqp": Amqp(),
            "kafka": Kafka(self._spawn),
            "mqtt": Mqtt(),
            "mqtt5": Mqtt(),
            "nats": Nats(),
            "redis": RedisDriver(),
            "ws": WebSocket(),
        }
        self._publishing: Mapping[str, Publishes] = spoken
        self._feeds: Mapping[str, Subscribes] = {**spoken, **(feeds or {})}
        self._links: dict[_Key, _Kept] = {}
        self._consumers: dict[str, Consumer] = {}
        self._group: TaskGroup | None = None
        self._stack: AsyncExitStack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for library in _LIBRARIES:
            logging.getLogger(library).setLevel(logging.CRITICAL)
        self._group = await self._stack.enter_async_context(anyio.create_task_group())
        _ = self._group.start_soon(self._swept)
        return self

    async def __aexit__(self, *_: object) -> None:
        """What was raised inside goes on as it is: the tasks of the group raise nothing."""
        if self._group is not None:
            self._group.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            for kept in self._links.values():
                if kept.link is not None:
                    await kept.link.close()
            for _turn in range(_TURNS):
                await asyncio.sleep(0)
        self._links.clear()
        await self._stack.aclose()

    async def publish(self, source: Source, message: Outgoing, *, seconds: float) -> None:
        driver, server = _speaker(source, self._publishing), source.target.server
        place = (server.protocol, server.host, server.port, server.tls)
        kept = self._links.setdefault((*place, driver.place(source), source.access), _Kept())
        kept.users += 1
        try:
            async with asyncio.timeout(seconds):
                link = await self._opened(kept, driver, source)
                await link.publish(source.target.channel, message)
        except TimeoutError as late:
            await self._dropped(kept)
            said = f"'{server.host}' did not take the message within {seconds:g} s."
            raise TimedOut(said) from late
        except (Unavailable, asyncio.CancelledError):
            await self._dropped(kept)
            raise
        except PodiumError:
            raise
        except Exception as bug:
            await self._dropped(kept)
            raise broken(server.host, bug) from bug
        finally:
            kept.users -= 1
            kept.used_at = anyio.current_time()

    async def next(
        self, key: str, opening: Opens, *, seconds: float, after: str
    ) -> Received | None:
        consumer = self._consumers.get(key)
        if consumer is None or consumer.ended:
            consumer = self._consumers[key] = self._begun(key, opening, after)
        with anyio.move_on_after(seconds):
            return Received(*await consumer.next(after))
        return None

    async def close(self, key: str, opening: Opens, *, after: str) -> None:
        consumer = self._consumers.pop(key, None)
        if consumer is None or consumer.ended:
            if not after:
                return
            consumer = self._begun(key, opening, after)
            with anyio.move_on_after(AGAIN):
                await consumer.arrived()
        await consumer.leave(after)

    def _begun(self, key: str, opening: Opens, after: str) -> Consumer:
        opens = partial(self._feed, key, opening)
        consumer = Consumer(opens, after, patience=self._patience)
        self._spawn(consumer.run)
        return consumer

    def suspend(self, key: str) -> None:
        consumer = self._consumers.pop(key, None)
        if consumer is not None:
            consumer.scope.cancel()

    async def _feed(self, key: str, opening: Opens, after: str) -> tuple[Channel, Feed]:
        source = await opening()
        subscription = Subscription(subscription_name(key), after)
        speaker, host = _speaker(source, self._feeds), source.target.server.host
        try:
            async with asyncio.timeout(_PATIENTLY * self._dial.seconds):
                feed = await speaker.feed(source, self._dial, subscription)
        except TimeoutError as late:
            raise TimedOut(f"'{host}' did not take the subscription in time.") from late
        return source.target.channel, feed

    async def _opened(self, kept: _Kept, driver: Publishes, source: Source) -> Link:
        async with kept.lock:
            if kept.link is not None and not kept.link.is_open:
                await self._dropped(kept)
            if kept.link is None:
                kept.link = await driver.link(source, self._dial)
            return kept.link

    async def _dropped(self, kept: _Kept) -> None:
        """What broke, or was left in the middle of something, is not used again."""
        link, kept.link = kept.link, None
        if link is not None:
            with anyio.CancelScope(shield=True):
                await link.close()

    def _spawn(self, work: Callable[[], Coroutine[object, object, None]]) -> None:
        if self._group is None:
            raise Unavailable("podium speaks to no brokers any more: it is being stopped.")
        _ = self._group.start_soon(work)

    async def _swept(self) -> None:
        """Close what nobody uses."""
        while True:
            await anyio.sleep(_SWEEP)
            now = anyio.current_time()
            for key, kept in list(self._links.items()):
                if not kept.users and now - kept.used_at > IDLE:
                    del self._links[key]
                    with suppress(PodiumError):
                        await self._dropped(kept)
            for key, consumer in list(self._consumers.items()):
                if consumer.ended or (not consumer.waiters and now - consumer.used_at > FORSAKEN):
                    self.suspend(key)


def _speaker(source: Source, spoken: Mapping[str, T]) -> T:
    """Raises Invalid for a protocol that cannot be used like this."""
    protocol = source.target.server.protocol
    if protocol not in spoken:
        raise Invalid(f"podium cannot do this over {protocol}. It can over {', '.join(spoken)}.")
    return spoken[protocol]
