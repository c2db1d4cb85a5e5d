"""AMQP 0-9-1 (RabbitMQ), by aio-pika.

A channel that `is: queue` is a queue: published to by its name, consumed from together with others.
Any other is a routing key: published to the exchange of the binding, and consumed from a queue of
the subscription's own, which is bound to it. Messages are acknowledged one by one.
Source: AsyncAPI's AMQP bindings 0.3.0.
"""

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from podium.adapters.brokers.links import KEPT_SECONDS, Feed, Inbox, Link, Subscription, fingerprint
from podium.adapters.brokers.relay import LOOPBACK, Dial, Relay
from podium.kernel.errors import PodiumError, Refused, TimedOut, Unauthenticated, Unavailable
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.asyncapi.ports import Channel, Incoming, Outgoing, Source
from podium.workflows.calls.asyncapi.servers import PLACE
from podium.workflows.calls.bodies import as_object

if TYPE_CHECKING:
    from aio_pika.abc import (
        AbstractChannel,
        AbstractConnection,
        AbstractIncomingMessage,
        AbstractQueue,
    )

_PORT: Final = 5672
_TLS_PORT: Final = 5671
_HEARTBEAT: Final = 30
_TRANSIENT: Final = 1
_PERSISTENT: Final = 2
_GUEST: Final = "guest"
"""Who is let in where nobody says who comes: the default of RabbitMQ."""


class Amqp:
    def place(self, source: Source) -> str:
        """The virtual host: of the binding, else of the server's path, else the default one."""
        channel = source.target.channel
        named = _binding(channel, "queue" if _is_queue(channel) else "exchange").get("vhost")
        return named if isinstance(named, str) and named else source.target.server.path or "/"

    async def link(self, source: Source, dial: Dial) -> Link:
        link = await self._connected(source, dial)
        try:
            with link.translated():
                channel = await link.connection.channel(on_return_raises=True)
        except BaseException:
            await link.close()
            raise
        return AmqpPublisher(link, channel)

    async def feed(self, source: Source, dial: Dial, subscription: Subscription) -> Feed:
        name = subscription.name
        link = await self._connected(source, dial)
        try:
            with link.translated():
                return await _feed(link, source.target.channel, name)
        except BaseException:
            await link.close()
            raise

    async def _connected(self, source: Source, dial: Dial) -> "AmqpLink":
        import aio_pika  # noqa: PLC0415 - loaded when a workflow first speaks AMQP

        server, access = source.target.server, source.access
        port = server.port or (_TLS_PORT if server.tls else _PORT)
        relay = await dial(server.host, port, tls=server.tls)
        try:
            with _translated(relay):
                connection = await aio_pika.connect(
                    host=LOOPBACK,
                    port=relay.port,
                    login=access.username or _GUEST,
                    password=access.token or access.password or _GUEST,
                    virtualhost=self.place(source),
                    timeout=dial.seconds,
                    heartbeat=_HEARTBEAT,
                )
        except BaseException:
            relay.close()
            raise
        return AmqpLink(relay, connection)


@dataclass(frozen=True, slots=True)
class AmqpLink:
    relay: Relay
    connection: "AbstractConnection"

    def translated(self) -> AbstractContextManager[None]:
        return _translated(self.relay)

    async def close(self) -> None:
        with suppress(Exception):  # it may be broken already, in any way
            await self.connection.close()
        self.relay.close()


@dataclass(frozen=True, slots=True)
class AmqpPublisher:
    link: AmqpLink
    channel: "AbstractChannel"

    @property
    def is_open(self) -> bool:
        return not self.link.connection.is_closed and not self.channel.is_closed

    async def publish(self, channel: Channel, message: Outgoing) -> None:
        """A queue that is not there is an error; a routing key that leads nowhere is one where the
        binding says `mandatory`.
        """
        import aio_pika  # noqa: PLC0415 - loaded when a workflow first speaks AMQP

        operation, queue = channel.operation, _is_queue(channel)
        expiration, priority = operation.get("expiration"), operation.get("priority")
        mode = operation.get("deliveryMode")
        made = aio_pika.Message(
            message.body,
            headers=dict(message.headers),
            content_type=message.content_type,
            message_id=message.key,
            delivery_mode=_TRANSIENT if mode == _TRANSIENT else _PERSISTENT,
            priority=priority if isinstance(priority, int) else None,
            expiration=expiration / 1000 if isinstance(expiration, int) else None,
            type=_text(channel.message.get("messageType")),
            content_encoding=_text(channel.message.get("contentEncoding")),
        )
        exchange = "" if queue else _name(channel, "exchange")
        with self.link.translated():
            to = await self.channel.get_exchange(exchange, ensure=bool(exchange))
            key = _name(channel, "queue") or channel.address if queue else channel.address
            mandatory = queue or not exchange or operation.get("mandatory") is True
            _ = await to.publish(made, key, mandatory=mandatory)
        self.link.relay.emptied()

    async def close(self) -> None:
        await self.link.close()


async def _feed(link: AmqpLink, channel: Channel, name: str) -> "AmqpFeed":
    """One message at a time: the next one comes when this one is acknowledged."""
    opened = await link.connection.channel(publisher_confirms=False)
    _ = await opened.set_qos(prefetch_count=1)
    exchange = _name(channel, "exchange")
    if _is_queue(channel) or not exchange:
        queue = await opened.get_queue(_name(channel, "queue") or channel.address)
        own = False
    else:
        expires: dict[str, int] = {"x-expires": KEPT_SECONDS * 1000}
        queue = await opened.declare_queue(name, durable=True, arguments=dict(expires))
        key = PLACE.sub("*", channel.address)
        _ = await queue.bind(await opened.get_exchange(exchange), key)
        own = True
    feed = AmqpFeed(link, queue, own=own)
    await feed.open(opened)
    return feed


class AmqpFeed:
    def __init__(self, link: AmqpLink, queue: "AbstractQueue", *, own: bool) -> None:
        self._link: AmqpLink = link
        self._queue: AbstractQueue = queue
        self._own: bool = own
        self._inbox: Inbox = Inbox(link.relay)
        self._last: AbstractIncomingMessage | None = None
        self._tag: str = ""

    async def open(self, channel: "AbstractChannel") -> None:
        _ = channel.close_callbacks.add(self._closed)
        self._tag = await self._queue.consume(self._arrived)

    async def next(self) -> Incoming:
        return await self._inbox.next()

    async def acknowledge(self) -> None:
        if self._last is not None:
            with self._link.translated():
                await self._last.ack()
            self._last = None

    async def close(self) -> None:
        await self._link.close()

    async def leave(self) -> None:
        if self._own:
            with suppress(PodiumError), self._link.translated():
                _ = await self._queue.cancel(self._tag)
                _ = await self._queue.delete(if_unused=False, if_empty=False)
        await self.close()

    async def _arrived(self, message: "AbstractIncomingMessage") -> None:
        self._last = message
        headers = {name: _shown(value) for name, value in message.headers.items()}
        mark = fingerprint(message.message_id, headers, message.body)
        self._inbox.put(
            Incoming(
                message.body,
                mark,
                headers,
                content_type=message.content_type or "",
                correlation_id=message.correlation_id or "",
                again=message.redelivered is True,
            )
        )

    def _closed(self, _channel: object, error: BaseException | None) -> None:
        self._inbox.fail(_failure(self._link.relay, error))


@contextmanager
def _translated(relay: Relay) -> Generator[None]:
    """Turns aio-pika's errors into podium's. Whatever came, a relay that failed is the reason."""
    from aiormq.exceptions import AMQPError  # noqa: PLC0415 - loaded with aio-pika

    try:
        yield
    except (AMQPError, ConnectionError, TimeoutError, RuntimeError, EOFError) as error:
        raise _failure(relay, error) from error


def _failure(relay: Relay, error: BaseException | None) -> PodiumError:
    return relay.failure or _said(relay.far.host, error)


def _said(host: str, error: BaseException | None) -> PodiumError:
    from aiormq import exceptions as known  # noqa: PLC0415 - loaded with aio-pika

    match error:
        case known.ProbableAuthenticationError() | known.AuthenticationError():
            return Unauthenticated(f"'{host}' does not know these credentials (AMQP).")
        case known.ChannelAccessRefused() | known.ConnectionNotAllowed():
            return Refused(f"'{host}' refuses: {error}")
        case known.ChannelNotFoundEntity():
            return Unavailable(f"'{host}' says: {error}", details={"status": 404})
        case known.DeliveryError():
            said = f"'{host}' has no queue for this message, so nobody would have got it."
            return Unavailable(said, details={"status": 404})
        case TimeoutError():
            return TimedOut(f"'{host}' did not answer in time (AMQP).")
        case _:
            return Unavailable(f"The connection to '{host}' broke (AMQP): {error!r}")


def _is_queue(channel: Channel) -> bool:
    return channel.bindings.get("is") == "queue"


def _binding(channel: Channel, kind: str) -> JsonObject:
    return as_object(channel.bindings.get(kind))


def _name(channel: Channel, kind: str) -> str:
    """Of the queue or exchange that the binding describes; empty where it has none."""
    return str(_binding(channel, kind).get("name") or "")


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _shown(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
