"""The machine's brokers, a Kafka that lives inside of librdkafka, and what tests ask of them."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from ssl import create_default_context

from confluent_kafka import Producer
from tests.pace import HANGS

from podium.adapters.brokers.brokers import Brokers
from podium.adapters.brokers.relay import Dial
from podium.adapters.http.egress import Egress
from podium.kernel.json import JsonObject
from podium.workflows.calls.asyncapi.ports import (
    Access,
    Channel,
    Outgoing,
    Received,
    Server,
    Source,
    Target,
)

LOCAL = "127.0.0.1"


@dataclass(frozen=True)
class Kind:
    """A way to send messages, and what it promises.

    `opens` is how many seconds a subscription takes until it sees what is published. `keeps`: what
    acknowledged comes again, and what comes while nobody listens is kept.
    """

    name: str
    protocol: str
    port: int
    bindings: JsonObject
    keeps: bool = True
    headers: bool = True


KINDS = [
    Kind("amqp queue", "amqp", 5672, {"is": "queue"}),
    Kind("amqp topic", "amqp", 5672, {"exchange": {"name": "amq.topic"}}),
    Kind("mqtt", "mqtt", 1883, {}, headers=False),
    Kind("mqtt5", "mqtt5", 1883, {}),
    Kind("nats", "nats", 4222, {}, keeps=False),
    Kind("jetstream", "nats", 4222, {}),
    Kind("redis", "redis", 6379, {}, keeps=False, headers=False),
    Kind("redis stream", "redis", 6379, {"x-type": "stream"}),
    Kind("kafka", "kafka", 0, {}),
]


@lru_cache
def kafka() -> tuple[Producer, int]:
    """Two servers that speak Kafka's protocol: a part of librdkafka, for tests such as these."""
    cluster = Producer({"test.mock.num.brokers": 2, "bootstrap.servers": "-", "log_level": 0})
    first = next(iter(cluster.list_topics(timeout=HANGS).brokers.values()))
    return cluster, first.port


def source(kind: Kind, address: str, access: Access | None = None) -> Source:
    server = Server("test", kind.protocol, LOCAL, kind.port or kafka()[1], tls=False)
    return Source(Target(server, Channel(address, kind.bindings)), access or Access())


def at(source: Source, **changes: object) -> Source:
    """The same, at another server."""
    return replace(
        source, target=replace(source.target, server=replace(source.target.server, **changes))
    )


def message(text: str, key: str = "run_1:/do/x", **headers: str) -> Outgoing:
    return Outgoing(text.encode(), headers, "application/json", key, "run_1")


@asynccontextmanager
async def brokers(
    egress: Egress | None = None, max_bytes: int = 1_000_000, seconds: float = HANGS / 2
) -> AsyncGenerator[Brokers]:
    dial = Dial(egress or Egress.anywhere(), create_default_context(), max_bytes, seconds=seconds)
    async with Brokers(dial) as opened:
        yield opened


@dataclass
class Reader:
    """A run that subscribes: it asks for one message after the other and records each."""

    brokers: Brokers
    source: Source
    key: str = ""
    after: str = ""

    def __post_init__(self) -> None:
        self.key = self.key or f"run_1:/do/{self.source.target.channel.address}"

    async def ask(self, seconds: float = HANGS / 2) -> Received | None:
        """Without recording what comes."""

        return await self.brokers.next(self.key, self._opening, seconds=seconds, after=self.after)

    async def _opening(self) -> Source:
        return self.source

    async def next(self, seconds: float = HANGS / 2) -> str | None:
        received = await self.ask(seconds)
        if received is None:
            return None
        self.after = received.message.mark
        return received.message.body.decode()

    async def begun(self) -> "Reader":
        """Subscribed, with nothing there yet."""
        for _ in range(100):
            assert await self.ask(0.2) is None
            consumer = self.brokers._consumers[self.key]  # noqa: SLF001 - nobody else need know
            if consumer._channel == self.source.target.channel:  # noqa: SLF001 - as above
                return self
        raise AssertionError("it is still not subscribed")

    async def close(self) -> None:
        await self.brokers.close(self.key, self._opening, after=self.after)


Prepare = Callable[[Kind, str], Awaitable[None]]
