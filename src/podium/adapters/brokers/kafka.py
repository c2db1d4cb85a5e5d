"""Kafka, by aiokafka.

A subscription is a group of consumers: the one of the binding, which others may share, or one of
its own, which begins with what comes after it was first opened. What was taken is committed when
it is acknowledged. A message has the run as its key, so that those of a run stay in order; or what
the extension `x-key-location` of the message's binding says.
Source: AsyncAPI's Kafka bindings 0.5.0.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias, cast

from podium.adapters.brokers.links import Feed, Link, Subscription
from podium.adapters.brokers.relay import LOOPBACK, Dial
from podium.adapters.brokers.switchboard import Spawn, Switchboard
from podium.kernel.errors import (
    Invalid,
    PodiumError,
    Refused,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from podium.workflows.calls.asyncapi.messages import places
from podium.workflows.calls.asyncapi.ports import Access, Channel, Incoming, Outgoing, Source

if TYPE_CHECKING:
    from aiokafka.abc import AbstractTokenProvider

_PORT: Final = 9092
_TLS_PORT: Final = 9093
_DAY: Final = 86_400_000
"""Milliseconds that a run may take for one message before its partition goes to others."""
_LOOK: Final = 0.05
_JOINING: Final = 20.0
"""Seconds in which a group hands out its partitions; it waits some to see who else comes."""
_FETCH_WAIT: Final = 500
"""Milliseconds; well below what a request may take."""
_KEY: Final = "idempotency-key"
_CONTENT_TYPE: Final = "content-type"
_SCRAM: Final[Mapping[str, str]] = {"scramSha256": "SCRAM-SHA-256", "scramSha512": "SCRAM-SHA-512"}


_Node: TypeAlias = tuple[int | str, str, int, str | None]
"""As aiokafka has a server: its number, host, port and rack."""


class _Cluster(Protocol):
    broker_metadata: Callable[[object], _Node | None]

    def partitions_for_topic(self, topic: str) -> set[int] | None: ...


class _Client(Protocol):
    cluster: _Cluster

    def add_topic(self, topic: str) -> Awaitable[object]: ...
    def force_metadata_update(self) -> Awaitable[object]: ...


class _Partition(NamedTuple):
    """As aiokafka has it."""

    topic: str
    partition: int


class _Producer(Protocol):
    client: _Client

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def send_and_wait(
        self, topic: str, value: bytes, *, key: bytes, headers: Sequence[tuple[str, bytes]]
    ) -> object: ...


class _Record(Protocol):
    topic: str
    partition: int
    offset: int
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class _Consumer(Protocol):
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def subscribe(self, topics: Sequence[str]) -> None: ...
    def assign(self, partitions: Sequence[_Partition]) -> None: ...
    async def committed(self, partition: _Partition) -> int | None: ...
    async def position(self, partition: _Partition) -> int: ...
    async def commit(self, offsets: Mapping[_Partition, int]) -> None: ...
    async def getone(self) -> _Record: ...


@dataclass(frozen=True, slots=True)
class Kafka:
    spawn: Spawn

    def place(self, source: Source) -> str:
        return source.target.server.protocol

    async def link(self, source: Source, dial: Dial) -> Link:
        from aiokafka import AIOKafkaProducer  # noqa: PLC0415 - loaded when Kafka is first spoken

        board, settings = self._board(source, dial)
        host = source.target.server.host
        make = cast("Callable[..., _Producer]", AIOKafkaProducer)
        producer = make(**settings, enable_idempotence=True, max_request_size=dial.max_bytes)
        _guard(producer.client.cluster, board)
        try:
            with _translated(host, board):
                async with board.patience(dial.seconds):
                    await producer.start()
        except BaseException:
            await _stopped(producer, board)
            raise
        return KafkaLink(host, board, producer)

    async def feed(self, source: Source, dial: Dial, subscription: Subscription) -> Feed:
        name = subscription.name
        from aiokafka import AIOKafkaConsumer  # noqa: PLC0415 - loaded when Kafka is first spoken

        topic = _topic(source.target.channel)
        if missing := places(topic):
            raise Invalid(
                f"Kafka has no wildcards: the topic {topic!r} needs {', '.join(missing)}."
            )
        board, settings = self._board(source, dial)
        make = cast("Callable[..., _Consumer]", AIOKafkaConsumer)
        shared = _group(source.target.channel)
        consumer = make(
            **settings,
            group_id=shared or name,
            enable_auto_commit=False,
            auto_offset_reset="latest",
            fetch_max_wait_ms=_FETCH_WAIT,
            fetch_max_bytes=dial.max_bytes,
            max_partition_fetch_bytes=dial.max_bytes,
            max_poll_interval_ms=_DAY,
        )
        client = cast("_Client", getattr(consumer, "_client"))  # noqa: B009 - it hides it
        _guard(client.cluster, board)
        feed = KafkaFeed(source.target.server.host, board, consumer)
        try:
            with feed.translated():
                if shared:
                    consumer.subscribe([topic])
                async with board.patience(_JOINING if shared else dial.seconds):
                    await consumer.start()
                if not shared:
                    await feed.begin(topic, client, dial.seconds)
        except BaseException:
            await feed.close()
            raise
        return feed

    def _board(self, source: Source, dial: Dial) -> tuple[Switchboard, "dict[str, object]"]:
        server = source.target.server
        board = Switchboard(dial, self.spawn, tls=server.tls)
        door = board.door(server.host, server.port or (_TLS_PORT if server.tls else _PORT))
        settings: dict[str, object] = {
            "bootstrap_servers": f"{LOOPBACK}:{door}",
            "client_id": "podium",
            "request_timeout_ms": int(dial.seconds * 1000),
            **_shown(source.access, source.target.server.security),
        }
        return board, settings


@dataclass(frozen=True, slots=True)
class KafkaLink:
    host: str
    board: Switchboard
    producer: _Producer

    @property
    def is_open(self) -> bool:
        """It connects again by itself, through the same doors."""
        return self.board.failure is None

    async def publish(self, channel: Channel, message: Outgoing) -> None:
        pairs = {
            _CONTENT_TYPE: message.content_type,
            **message.headers,
            _KEY: message.key,
        }
        headers = [(name, text.encode()) for name, text in pairs.items()]
        with _translated(self.host, self.board):
            _ = await self.producer.send_and_wait(
                _topic(channel), message.body, key=message.order.encode(), headers=headers
            )
        self.board.emptied()

    async def close(self) -> None:
        await _stopped(self.producer, self.board)


@dataclass
class KafkaFeed:
    host: str
    board: Switchboard
    consumer: _Consumer
    last: _Record | None = None

    def translated(self) -> AbstractContextManager[None]:
        return _translated(self.host, self.board)

    async def begin(self, topic: str, client: _Client, seconds: float) -> None:
        """All partitions for this one consumer: it need not wait for who else comes, nor after a
        crash for a server to notice it. Where it has never read, the place where it begins is
        committed at once: else it would begin elsewhere the next time.
        """
        at = _partitions()
        numbers = await _numbers(topic, client, seconds)
        partitions = [at(topic, number) for number in sorted(numbers)]
        self.consumer.assign(partitions)
        for partition in partitions:
            if await self.consumer.committed(partition) is None:
                begins = await self.consumer.position(partition)
                await self.consumer.commit({partition: begins})

    async def next(self) -> Incoming:
        with self.translated(), self.board.wanted():
            self.last = record = await self.consumer.getone()
        self.board.emptied()
        headers = {name: text.decode(errors="replace") for name, text in record.headers}
        _ = headers.pop(_KEY, "")
        kind = headers.pop(_CONTENT_TYPE, "")
        mark = f"{record.topic}:{record.partition}:{record.offset}"
        return Incoming(record.value or b"", mark, headers, content_type=kind, again=True)

    async def acknowledge(self) -> None:
        if self.last is not None:
            place = _partitions()(self.last.topic, self.last.partition)
            with self.translated():
                await self.consumer.commit({place: self.last.offset + 1})
            self.last = None

    async def close(self) -> None:
        await _stopped(self.consumer, self.board)

    async def leave(self) -> None:
        """Servers forget a group of their own accord."""
        await self.close()


class _Stopping(Protocol):
    async def stop(self) -> None: ...


async def _stopped(client: _Stopping, board: Switchboard) -> None:
    with suppress(Exception):  # it may be broken already, in any way
        await client.stop()
    board.close()


def _guard(cluster: _Cluster, board: Switchboard) -> None:
    """Give the client doors in the place of the names that the cluster gives it."""
    from aiokafka.structs import BrokerMetadata  # noqa: PLC0415 - loaded when Kafka is spoken

    named = cluster.broker_metadata
    make = cast("Callable[[int | str, str, int, str | None], _Node]", BrokerMetadata)

    def behind_a_door(node: object) -> _Node | None:
        found = named(node)
        if found is None:
            return None
        number, host, port, rack = found
        return make(number, LOOPBACK, board.door(host, port), rack)

    cluster.broker_metadata = behind_a_door


def _topic(channel: Channel) -> str:
    return str(channel.bindings.get("topic") or channel.address)


def _group(channel: Channel) -> str:
    """The binding's group: its id, or the first that its schema allows; empty where it has none."""
    given = channel.operation.get("groupId")
    if isinstance(given, Mapping):
        choices = given.get("enum")
        listed = choices if isinstance(choices, Sequence) and choices else [given.get("const")]
        given = listed[0]
    return given if isinstance(given, str) else ""


def _partitions() -> "Callable[[str, int], _Partition]":
    from aiokafka import TopicPartition  # noqa: PLC0415 - loaded when Kafka is first spoken

    return cast("Callable[[str, int], _Partition]", TopicPartition)


async def _numbers(topic: str, client: _Client, seconds: float) -> set[int]:
    """Of a topic's partitions. Raises Unavailable where there is no such topic."""
    _ = await client.add_topic(topic)
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (found := client.cluster.partitions_for_topic(topic)) is None:
                await asyncio.sleep(_LOOK)
                _ = await client.force_metadata_update()
            return found
    raise Unavailable(f"There is no topic {topic!r} (Kafka).", details={"status": 404})


def _shown(access: Access, security: Sequence[str]) -> dict[str, object]:
    """How a client shows who it is. TLS is the door's business, so SASL alone is left here."""
    if access.token:
        how = {"sasl_mechanism": "OAUTHBEARER", "sasl_oauth_token_provider": _token(access.token)}
        return {"security_protocol": "SASL_PLAINTEXT", **how}
    if not access.username:
        return {}
    mechanism = next((_SCRAM[each] for each in security if each in _SCRAM), "PLAIN")
    return {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": mechanism,
        "sasl_plain_username": access.username,
        "sasl_plain_password": access.password,
    }


def _token(text: str) -> "AbstractTokenProvider":
    from aiokafka.abc import AbstractTokenProvider  # noqa: PLC0415 - loaded when it is spoken

    class Given(AbstractTokenProvider):
        async def token(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride] - as it says itself
            return text

    return Given()


@contextmanager
def _translated(host: str, board: Switchboard) -> Generator[None]:
    """Turns aiokafka's errors into podium's."""
    from aiokafka import errors as known  # noqa: PLC0415 - loaded when Kafka is first spoken

    try:
        yield
    except (known.KafkaError, known.ConsumerStoppedError, OSError, AssertionError) as error:
        raise board.failure or _said(host, error) from error


def _said(host: str, error: Exception) -> PodiumError:
    from aiokafka import errors as known  # noqa: PLC0415 - loaded when Kafka is first spoken

    said = str(error)[:200]
    match error:
        case known.AuthenticationFailedError() | known.UnsupportedSaslMechanismError():
            return Unauthenticated(f"'{host}' does not know these credentials (Kafka): {said}")
        case known.TopicAuthorizationFailedError() | known.GroupAuthorizationFailedError():
            return Refused(f"'{host}' refuses: {said} (Kafka).")
        case known.KafkaTimeoutError() | known.RequestTimedOutError() | TimeoutError():
            return TimedOut(f"'{host}' did not answer in time (Kafka).")
        case known.InvalidTopicError() | known.MessageSizeTooLargeError():
            return Invalid(f"'{host}' cannot be sent this message: {said} (Kafka).")
        case _:
            return Unavailable(f"The connection to '{host}' broke (Kafka): {said}")
