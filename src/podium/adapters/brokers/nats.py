"""NATS, by nats-py.

Where a stream of JetStream stores the channel's subject, publishing waits for the stream's word,
and a subscription reads from the stream with a consumer of its own, one message at a time,
acknowledged one by one. Elsewhere NATS hands a message to who listens just then, and that is all.
Source: AsyncAPI's NATS bindings 0.1.0.
"""

import json
from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, cast

from podium.adapters.brokers.links import KEPT_SECONDS, Feed, Inbox, Link, Subscription, fingerprint
from podium.adapters.brokers.relay import LOOPBACK, Dial, Relay
from podium.kernel.errors import (
    Invalid,
    PodiumError,
    Refused,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from podium.workflows.calls.asyncapi.ports import Channel, Incoming, Outgoing, Source
from podium.workflows.calls.asyncapi.servers import PLACE

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.js.client import JetStreamContext

_PORT: Final = 4222
_LOOK: Final = 5.0
"""Seconds after which a feed that waits looks whether it is still connected."""
_ACK_SECONDS: Final = 30.0
_CONTENT_TYPE: Final = "Content-Type"


class _JetStreams(Protocol):
    def jetstream(self, *, timeout: float) -> "JetStreamContext": ...


class _Listen(Protocol):
    async def __call__(
        self, subject: str, *, queue: str, cb: "Callable[[Msg], Awaitable[None]]"
    ) -> object: ...


class Nats:
    def place(self, source: Source) -> str:
        return source.target.server.protocol

    async def link(self, source: Source, dial: Dial) -> Link:
        return await self._connected(source, dial)

    async def feed(self, source: Source, dial: Dial, subscription: Subscription) -> Feed:
        name = subscription.name
        link = await self._connected(source, dial)
        channel = source.target.channel
        subject = PLACE.sub("*", channel.address)
        queue = str(channel.operation.get("queue") or "")
        try:
            with link.translated():
                stream = await link.stream(subject)
                if stream is None:
                    return await _listening(link, subject, queue)
                return await _reading(link, subject, stream, durable=queue or name, own=not queue)
        except BaseException:
            await link.close()
            raise

    async def _connected(self, source: Source, dial: Dial) -> "NatsLink":
        from nats.aio.client import Client  # noqa: PLC0415 - loaded when NATS is first spoken

        server, access = source.target.server, source.access
        relay = await dial(server.host, server.port or _PORT, tls=server.tls, greets=plain_greeting)
        client = Client()
        link = NatsLink(relay, client, Inbox(relay))
        try:
            with link.translated():
                await client.connect(
                    f"nats://{LOOPBACK}:{relay.port}",
                    error_cb=link.failed,
                    closed_cb=link.closed,
                    name="podium",
                    allow_reconnect=False,
                    connect_timeout=int(dial.seconds) or 1,
                    user=access.username or None,
                    password=access.password or None,
                    token=access.token or None,
                )
        except BaseException:
            await link.close()
            raise
        return link


def plain_greeting(line: bytes) -> bytes:
    """A server's first line, as if the client need not speak TLS: the relay does it for it.

    Raises Invalid for a line that no NATS server sends.
    """
    word, _, text = line.partition(b" ")
    try:
        info = cast("object", json.loads(text))
    except (ValueError, RecursionError):
        info = None
    if word != b"INFO" or not isinstance(info, dict):
        raise Invalid("The server does not begin as NATS servers do. Check its protocol and port.")
    said = cast("dict[str, object]", info)
    said |= {"tls_required": False, "tls_available": False, "tls_verify": False}
    return b"INFO " + json.dumps(said).encode() + b"\r\n"


@dataclass
class NatsLink:
    relay: Relay
    client: "Client"
    inbox: Inbox
    streams: dict[str, str | None] = field(default_factory=dict[str, str | None])
    reason: Exception | None = None

    @property
    def is_open(self) -> bool:
        return self.client.is_connected

    async def failed(self, error: Exception) -> None:
        self.reason = error

    async def closed(self) -> None:
        self.inbox.fail(_failure(self.relay, self.reason))

    def translated(self) -> AbstractContextManager[None]:
        return _translated(self)

    def jetstream(self) -> "JetStreamContext":
        return cast("_JetStreams", self.client).jetstream(timeout=2)

    async def stream(self, subject: str) -> str | None:
        """The stream that stores a subject; None where none does."""
        from nats.errors import Error  # noqa: PLC0415 - loaded with the client

        if subject not in self.streams:
            found: str | None = None
            # Without JetStream, or without the right to ask for it, there is no answer.
            with suppress(Error):
                found = await self.jetstream().find_stream_name_by_subject(subject)
            self.streams[subject] = found
        return self.streams[subject]

    async def publish(self, channel: Channel, message: Outgoing) -> None:
        headers = {
            _CONTENT_TYPE: message.content_type,
            **message.headers,
            "Nats-Msg-Id": message.key,  # a stream stores a message of the same name once
        }
        subject = channel.address
        with self.translated():
            if await self.stream(subject) is None:
                await self.client.publish(subject, message.body, headers=headers)
                await self.client.flush()
            else:
                _ = await self.jetstream().publish(subject, message.body, headers=headers)
        self.relay.emptied()

    async def close(self) -> None:
        with suppress(Exception):  # it may be broken already, in any way
            await self.client.close()
        self.relay.close()


async def _listening(link: NatsLink, subject: str, queue: str) -> "Listening":
    async def arrived(message: "Msg") -> None:
        link.inbox.put(_incoming(message, fingerprint(message.subject, message.data)))

    listen = cast("_Listen", link.client.subscribe)
    _ = await listen(subject, queue=queue, cb=arrived)
    await link.client.flush()
    return Listening(link)


@dataclass(frozen=True, slots=True)
class Listening:
    """Messages as they pass by."""

    link: NatsLink

    async def next(self) -> Incoming:
        return await self.link.inbox.next()

    async def acknowledge(self) -> None:
        """NATS itself knows of no acknowledging."""

    async def close(self) -> None:
        await self.link.close()

    async def leave(self) -> None:
        await self.link.close()


async def _reading(
    link: NatsLink, subject: str, stream: str, *, durable: str, own: bool
) -> "Reading":
    """From when the subscription was first opened; `durable` is the consumer's name."""
    from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy  # noqa: PLC0415 - see above

    begins = await _unacknowledged(link, stream, durable) if own else None
    consumer = ConsumerConfig(
        deliver_policy=DeliverPolicy.NEW if begins is None else DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=begins,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=_ACK_SECONDS,
        max_ack_pending=1 if own else None,
        inactive_threshold=KEPT_SECONDS if own else None,
    )
    subscription = await link.jetstream().pull_subscribe(subject, durable, stream, consumer)
    return Reading(link, subscription, (stream, durable) if own else None)


async def _unacknowledged(link: NatsLink, stream: str, durable: str) -> int | None:
    """Where a consumer goes on that another process left with a message: the server would wait
    for that one's time to pass, so a new consumer takes its place, from that message on.
    """
    from nats.js.errors import NotFoundError  # noqa: PLC0415 - loaded with the client

    known = link.jetstream()
    try:
        info = await known.consumer_info(stream, durable)
    except NotFoundError:
        return None
    if not info.num_ack_pending or info.ack_floor is None:
        return None
    _ = await known.delete_consumer(stream, durable)
    return info.ack_floor.stream_seq + 1


@dataclass
class Reading:
    """Messages that a stream keeps; `consumer` is what it keeps of the subscription's own."""

    link: NatsLink
    subscription: "JetStreamContext.PullSubscription"
    consumer: tuple[str, str] | None
    last: "Msg | None" = None

    async def next(self) -> Incoming:
        while True:
            relay = self.link.relay
            with self.link.translated(), suppress(TimeoutError), relay.wanted():
                (self.last,) = await self.subscription.fetch(1, timeout=_LOOK)
                relay.emptied()
                about = self.last.metadata
                mark = f"{about.stream}:{about.sequence.stream}"
                return _incoming(self.last, mark, again=True)
            if not self.link.is_open:
                raise _failure(self.link.relay, self.link.reason)

    async def acknowledge(self) -> None:
        if self.last is not None:
            with self.link.translated():
                _ = await self.last.ack_sync(timeout=_LOOK)
            self.last = None

    async def close(self) -> None:
        await self.link.close()

    async def leave(self) -> None:
        if self.consumer is not None:
            with suppress(PodiumError), self.link.translated():
                _ = await self.link.jetstream().delete_consumer(*self.consumer)
        await self.close()


def _incoming(message: "Msg", mark: str, *, again: bool = False) -> Incoming:
    headers = dict(message.headers or {})
    kind = headers.pop(_CONTENT_TYPE, "")
    return Incoming(message.data, mark, headers, content_type=kind, again=again)


@contextmanager
def _translated(link: NatsLink) -> Generator[None]:
    """Turns nats-py's errors into podium's."""
    from nats.errors import Error  # noqa: PLC0415 - loaded with the client

    try:
        yield
    except (Error, TimeoutError, OSError, EOFError, ValueError) as error:
        raise _failure(link.relay, error) from error


def _failure(relay: Relay, error: Exception | None) -> PodiumError:
    from nats import errors as known  # noqa: PLC0415 - loaded with the client

    host, said = relay.far.host, str(error or "it was closed")
    if relay.failure is not None:
        return relay.failure
    match error:
        case known.BadSubjectError():
            return Invalid(f"'{host}' has no such subject: {said} (NATS).")
        case TimeoutError():
            return TimedOut(f"'{host}' did not answer in time (NATS).")
        case _ if isinstance(error, known.AuthorizationError) or "authorization" in said.lower():
            return Unauthenticated(f"'{host}' does not know these credentials (NATS).")
        case _ if "permissions violation" in said.lower():
            return Refused(f"'{host}' refuses: {said[:200]} (NATS).")
        case _:
            return Unavailable(f"The connection to '{host}' broke (NATS): {said[:200]}")
