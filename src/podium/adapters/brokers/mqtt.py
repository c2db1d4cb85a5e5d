"""MQTT 3.1.1 and 5, by aiomqtt.

Messages go with QoS 1 unless the binding says otherwise, so that the server answers for them. A
subscription is a persistent session of its own: the server keeps what comes while nobody listens,
and what is not acknowledged comes again.
Source: AsyncAPI's MQTT bindings 0.2.0.
"""

import asyncio
from collections.abc import AsyncIterator, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, cast

from podium.adapters.brokers.links import KEPT_SECONDS, Feed, Link, Subscription, fingerprint
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
    from aiomqtt import Client, Message
    from paho.mqtt.properties import Properties

_PORT: Final = 1883
_TLS_PORT: Final = 8883
_FAILURES: Final = 128
"""Reason codes from here on are failures."""
_UNKNOWN: Final = frozenset({4, 5, 134, 135})
"""Codes that a server gives who does not know a client's credentials, of both versions."""
_REASON: Final = 3
_KEY: Final = "idempotency-key"
_PACKET_SLACK: Final = 65_536


class _Code(Protocol):
    value: int


class _Paho(Protocol):
    """The client below aiomqtt, for what aiomqtt has no word for."""

    on_publish: object

    def manual_ack_set(self, on: bool) -> None: ...
    def ack(self, mid: int, qos: int) -> int: ...


class Mqtt:
    def place(self, source: Source) -> str:
        return source.target.server.protocol

    async def link(self, source: Source, dial: Dial) -> Link:
        link = await _connected(source, dial, _Session(None, clean=True))
        link.watch()
        return link

    async def feed(self, source: Source, dial: Dial, subscription: Subscription) -> Feed:
        name = subscription.name
        link = await _connected(source, dial, _Session(name, clean=False))
        qos = _qos(source.target.channel)
        topic = PLACE.sub("+", source.target.channel.address)
        try:
            with link.translated():
                codes = await link.client.subscribe(topic, qos)
            _check(codes, link.relay.far.host, topic)
        except BaseException:
            await link.close()
            raise
        return MqttFeed(link, topic, source, dial, name)


@dataclass(frozen=True, slots=True)
class _Session:
    """Without a name the server makes one up."""

    name: str | None
    clean: bool


async def _connected(source: Source, dial: Dial, session: _Session) -> "MqttLink":
    from aiomqtt import Client, ProtocolVersion  # noqa: PLC0415 - loaded when MQTT is first spoken
    from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY  # noqa: PLC0415 - loaded with it

    server, access = source.target.server, source.access
    five = server.protocol == "mqtt5"
    port = server.port or (_TLS_PORT if server.tls else _PORT)
    relay = await dial(server.host, port, tls=server.tls)
    client = Client(
        LOOPBACK,
        relay.port,
        username=access.username or None,
        password=access.token or access.password or None,
        identifier=session.name,
        protocol=ProtocolVersion.V5 if five else ProtocolVersion.V311,
        clean_session=None if five else session.clean,
        clean_start=session.clean if five else MQTT_CLEAN_START_FIRST_ONLY,
        properties=_connecting(session, dial) if five else None,
        timeout=dial.seconds,
    )
    link = MqttLink(relay, client, five=five)
    if not session.clean:
        link.paho.manual_ack_set(True)
    try:
        with link.translated():
            _ = await client.__aenter__()
    except BaseException:
        relay.close()
        raise
    return link


def _connecting(session: _Session, dial: Dial) -> "Properties":
    return _properties(
        "CONNECT",
        SessionExpiryInterval=0 if session.clean else KEPT_SECONDS,
        ReceiveMaximum=1,
        MaximumPacketSize=dial.max_bytes + _PACKET_SLACK,
    )


def _properties(packet: str, **values: object) -> "Properties":
    from paho.mqtt.packettypes import PacketTypes  # noqa: PLC0415 - loaded with aiomqtt
    from paho.mqtt.properties import Properties  # noqa: PLC0415 - loaded with aiomqtt

    made = Properties(cast("int", getattr(PacketTypes, packet)))
    for name, value in values.items():
        setattr(made, name, value)
    return made


@dataclass
class MqttLink:
    relay: Relay
    client: "Client"
    five: bool
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    refused: int = 0

    @property
    def is_open(self) -> bool:
        return not self.relay.closed

    @property
    def paho(self) -> _Paho:
        return cast("_Paho", getattr(self.client, "_client"))  # noqa: B009 - aiomqtt hides it

    def watch(self) -> None:
        """Note how the server answers a message; aiomqtt says only that it did."""
        known = cast("_Published", self.paho.on_publish)

        def answered(*given: object) -> None:
            self.refused = max(self.refused, cast("_Code", given[_REASON]).value)
            known(*given)

        self.paho.on_publish = answered

    def translated(self) -> AbstractContextManager[None]:
        return _translated(self.relay)

    async def publish(self, channel: Channel, message: Outgoing) -> None:
        if message.headers and not self.five:
            names = ", ".join(message.headers)
            raise Invalid(f"MQTT 3.1.1 has no headers, and the message has {names}. Use mqtt5.")
        operation = channel.operation
        expiry = channel.operation.get("messageExpiryInterval")
        expires = {"MessageExpiryInterval": expiry} if isinstance(expiry, int) else {}
        pairs = [*message.headers.items(), (_KEY, message.key)]
        properties = (
            _properties("PUBLISH", ContentType=message.content_type, UserProperty=pairs, **expires)
            if self.five
            else None
        )
        async with self.turn:
            self.refused = 0
            with self.translated():
                await self.client.publish(
                    channel.address,
                    message.body,
                    _qos(channel),
                    operation.get("retain") is True,
                    properties,
                )
        self.relay.emptied()
        _check([self.refused], self.relay.far.host, channel.address)

    async def close(self) -> None:
        with suppress(Exception):  # it may be broken already, in any way
            await self.client.__aexit__(None, None, None)
        self.relay.close()


class _Published(Protocol):
    """With client, user data, message id, reason code, properties."""

    def __call__(self, *given: object) -> None: ...


@dataclass
class MqttFeed:
    link: MqttLink
    topic: str
    source: Source
    dial: Dial
    name: str
    last: "Message | None" = None
    begun: bool = False

    async def next(self) -> Incoming:
        """The first message may be one that the server sends again."""
        waiting, relay = self.link.client.messages, self.link.relay
        with self.link.translated(), relay.wanted():
            self.last = message = await anext(cast("AsyncIterator[Message]", waiting))
        if len(waiting):
            relay.taken(len(message.payload))
        else:
            relay.emptied()
        again, self.begun = not self.begun, True
        headers = _headers(message)
        mark = fingerprint(message.mid, str(message.topic), message.payload)
        return Incoming(
            message.payload,
            mark,
            {name: text for name, text in headers.items() if name != _KEY},
            content_type=str(_property(message, "ContentType") or ""),
            correlation_id=_text(_property(message, "CorrelationData")),
            again=again and message.qos > 0,
        )

    async def acknowledge(self) -> None:
        if self.last is not None:
            _ = self.link.paho.ack(self.last.mid, self.last.qos)
            self.last = None

    async def close(self) -> None:
        await self.link.close()

    async def leave(self) -> None:
        """A clean session takes the place of the one that the server keeps, and ends at once."""
        await self.link.close()
        with suppress(PodiumError):
            link = await _connected(self.source, self.dial, _Session(self.name, clean=True))
            await link.close()


def _qos(channel: Channel) -> int:
    given = channel.operation.get("qos")
    return given if isinstance(given, int) and given in {0, 1, 2} else 1


def _property(message: "Message", name: str) -> object:
    return cast("object", getattr(message.properties, name, None))


def _headers(message: "Message") -> Mapping[str, str]:
    pairs = cast("Sequence[tuple[str, str]] | None", _property(message, "UserProperty"))
    return dict(pairs or ())


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value or "")


def _check(codes: object, host: str, topic: str) -> None:
    """Raises Refused for a reason code that is a failure."""
    for each in cast("Sequence[int | _Code]", codes):
        if (each if isinstance(each, int) else each.value) >= _FAILURES:
            raise Refused(f"'{host}' refuses '{topic}': {each} (MQTT).")


@contextmanager
def _translated(relay: Relay) -> Generator[None]:
    """Turns aiomqtt's errors into podium's."""
    from aiomqtt import MqttError  # noqa: PLC0415 - loaded when MQTT is first spoken

    try:
        yield
    except (MqttError, OSError, ValueError) as error:
        raise _failure(relay, error) from error


def _failure(relay: Relay, error: Exception) -> PodiumError:
    from aiomqtt import exceptions as known  # noqa: PLC0415 - loaded when MQTT is first spoken

    host = relay.far.host
    if relay.failure is not None:
        return relay.failure
    match error:
        case known.MqttConnectError(rc=code) if _number(code) in _UNKNOWN:
            return Unauthenticated(f"'{host}' does not know these credentials (MQTT).")
        case ValueError():
            return Invalid(f"'{host}' cannot be sent this message: {error} (MQTT).")
        case _ if "timed out" in str(error):
            return TimedOut(f"'{host}' did not answer in time (MQTT).")
        case _:
            return Unavailable(f"The connection to '{host}' broke (MQTT): {error}")


def _number(code: object) -> int:
    return code if isinstance(code, int) else cast("_Code", code).value
