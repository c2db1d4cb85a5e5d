"""Redis, by redis-py: its publish and subscribe, or its streams.

AsyncAPI's binding for Redis is empty, so a channel that is a stream says it by extensions of the
binding: `x-type: stream`, and `x-group` for a group of consumers that others share. In a stream an
entry has the fields `payload` and `headers`, both JSON; without it a message is its payload alone.
"""

import json
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias, cast

from podium.adapters.brokers.links import Feed, Link, Subscription, fingerprint
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
    from redis.asyncio import Redis

_PORT: Final = 6379
_BLOCK: Final = 5_000
"""Milliseconds after which a feed that waits asks anew."""
_CONFIRM: Final = 10.0
_PAYLOAD: Final = "payload"
_HEADERS: Final = "headers"
_KEY: Final = "idempotency-key"


_Reconnect: TypeAlias = "Callable[[], Awaitable[RedisLink]]"
_Read: TypeAlias = "Sequence[tuple[bytes, Sequence[tuple[bytes, Mapping[bytes, bytes] | None]]]]"


class _PubSub(Protocol):
    async def subscribe(self, *names: str) -> None: ...
    async def psubscribe(self, *patterns: str) -> None: ...
    async def get_message(
        self,
        ignore_subscribe_messages: bool,
        timeout: float | None,  # noqa: ASYNC109 - redis-py's
    ) -> Mapping[str, object] | None: ...
    async def aclose(self) -> None: ...


class _Subscribes(Protocol):
    def pubsub(self) -> _PubSub: ...


class RedisDriver:
    def place(self, source: Source) -> str:
        """The number of the database: the path of the server."""
        return source.target.server.path or "0"

    async def link(self, source: Source, dial: Dial) -> Link:
        return await self._connected(source, dial, single=True)

    async def feed(self, source: Source, dial: Dial, subscription: Subscription) -> Feed:
        name = subscription.name
        channel = source.target.channel
        stream = _is_stream(channel)
        link = await self._connected(source, dial, single=stream)
        try:
            with link.translated():
                if stream:
                    reconnect = partial(self._connected, source, dial, single=True)
                    return await _reading(link, channel, name, reconnect=reconnect)
                return await _listening(link, channel.address)
        except BaseException:
            await link.close()
            raise

    async def _connected(self, source: Source, dial: Dial, *, single: bool) -> "RedisLink":
        from redis.asyncio import Redis  # noqa: PLC0415 - loaded when Redis is first spoken
        from redis.asyncio.retry import Retry  # noqa: PLC0415 - loaded with it
        from redis.backoff import NoBackoff  # noqa: PLC0415 - loaded with it

        server, access, database = source.target.server, source.access, self.place(source)
        if not database.isdecimal():
            raise Invalid(f"'{database}' is no number of a Redis database. Write it as the path.")
        relay = await dial(server.host, server.port or _PORT, tls=server.tls)
        client = Redis(
            host=LOOPBACK,
            port=relay.port,
            db=int(database),
            username=access.username or None,
            password=access.token or access.password or None,
            protocol=2,
            single_connection_client=single,
            socket_connect_timeout=dial.seconds,
            retry=Retry(NoBackoff(), 0),
        )
        return RedisLink(relay, client)


@dataclass(frozen=True, slots=True)
class RedisLink:
    relay: Relay
    client: "Redis"

    @property
    def is_open(self) -> bool:
        return not self.relay.closed

    def translated(self) -> AbstractContextManager[None]:
        return _translated(self.relay)

    async def command(self, *parts: str | bytes | int) -> object:
        run = cast("_Command", self.client.execute_command)
        return await run(*parts)

    async def publish(self, channel: Channel, message: Outgoing) -> None:
        self.relay.emptied()
        with self.translated():
            if _is_stream(channel):
                headers = json.dumps({_KEY: message.key, **message.headers})
                _ = await self.command(
                    "XADD", channel.address, "*", _PAYLOAD, message.body, _HEADERS, headers
                )
                return
            if message.headers:
                names = ", ".join(message.headers)
                said = f"Redis has no headers, and the message has {names}."
                raise Invalid(f"{said} Use a stream, or put them into the payload.")
            _ = await self.command("PUBLISH", channel.address, message.body)

    async def close(self) -> None:
        with suppress(Exception):  # it may be broken already, in any way
            await self.client.aclose()
        self.relay.close()


class _Command(Protocol):
    async def __call__(self, *parts: str | bytes | int) -> object: ...


async def _listening(link: RedisLink, address: str) -> "Listening":
    pubsub = cast("_Subscribes", cast("object", link.client)).pubsub()
    pattern = PLACE.sub("*", address)
    await (pubsub.subscribe(address) if pattern == address else pubsub.psubscribe(pattern))
    _ = await pubsub.get_message(ignore_subscribe_messages=True, timeout=_CONFIRM)
    return Listening(link, pubsub)


@dataclass(frozen=True, slots=True)
class Listening:
    """Messages as they pass by."""

    link: RedisLink
    pubsub: _PubSub

    async def next(self) -> Incoming:
        while True:
            with self.link.translated(), self.link.relay.wanted():
                message = await self.pubsub.get_message(
                    ignore_subscribe_messages=True, timeout=None
                )
            self.link.relay.emptied()  # what nobody reads stays in the connection
            body = None if message is None else message.get("data")
            if isinstance(body, bytes):
                return Incoming(body, fingerprint(body))

    async def acknowledge(self) -> None:
        """Redis knows of no acknowledging outside of streams."""

    async def close(self) -> None:
        with suppress(Exception):  # it may be broken already, in any way
            await self.pubsub.aclose()
        await self.link.close()

    async def leave(self) -> None:
        await self.close()


async def _reading(
    link: RedisLink, channel: Channel, name: str, *, reconnect: "_Reconnect"
) -> "Reading":
    from redis.exceptions import ResponseError  # noqa: PLC0415 - loaded with the client

    shared = channel.bindings.get("x-group")
    group = shared if isinstance(shared, str) and shared else name
    try:
        _ = await link.command("XGROUP", "CREATE", channel.address, group, "$", "MKSTREAM")
    except ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):
            raise
    return Reading(link, channel.address, group, name, reconnect if group == name else None)


@dataclass
class Reading:
    """Entries of a stream: first the one that was not acknowledged, then the new ones. `reconnect`
    is there where the group is the subscription's own.
    """

    link: RedisLink
    stream: str
    group: str
    consumer: str
    reconnect: "_Reconnect | None"
    last: bytes | None = None
    behind: str = "0"

    async def next(self) -> Incoming:
        while True:
            with self.link.translated(), self.link.relay.wanted():
                found = await self.link.command(
                    *("XREADGROUP", "GROUP", self.group, self.consumer),
                    *("COUNT", 1, "BLOCK", _BLOCK, "STREAMS", self.stream, self.behind),
                )
            self.link.relay.emptied()
            entry = _entry(found)
            if entry is None:
                self.behind = ">"
                continue
            self.last, fields = entry
            if fields is not None:
                return _incoming(self.last, fields)
            await self.acknowledge()

    async def acknowledge(self) -> None:
        if self.last is not None:
            with self.link.translated():
                _ = await self.link.command("XACK", self.stream, self.group, self.last)
            self.last = None

    async def close(self) -> None:
        await self.link.close()

    async def leave(self) -> None:
        """By another connection: this one may be in the middle of waiting for an entry."""
        await self.close()
        if self.reconnect is not None:
            with suppress(PodiumError):
                link = await self.reconnect()
                with link.translated():
                    _ = await link.command("XGROUP", "DESTROY", self.stream, self.group)
                await link.close()


def _entry(found: object) -> tuple[bytes, Mapping[bytes, bytes] | None] | None:
    """Of an answer to XREADGROUP; without fields where the entry was deleted meanwhile."""
    streams = cast("_Read", found or [])
    return next((entry for _, entries in streams for entry in entries), None)


def _incoming(entry: bytes, fields: Mapping[bytes, bytes]) -> Incoming:
    """An entry that others wrote has fields of its own: all of them are the payload then."""
    body = fields.get(_PAYLOAD.encode())
    if body is None:
        shown = {_decoded(name): _decoded(value) for name, value in fields.items()}
        return Incoming(json.dumps(shown).encode(), entry.decode(), again=True)
    headers = _read(fields.get(_HEADERS.encode(), b"{}"))
    shown = {name: text for name, text in headers.items() if name != _KEY}
    return Incoming(body, entry.decode(), shown, again=True)


def _read(text: bytes) -> Mapping[str, str]:
    try:
        value = cast("object", json.loads(text))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(value, Mapping):
        return {}
    return {str(name): str(each) for name, each in cast("Mapping[str, object]", value).items()}


def _decoded(value: bytes) -> str:
    return value.decode(errors="replace")


def _is_stream(channel: Channel) -> bool:
    return channel.bindings.get("x-type") == "stream"


@contextmanager
def _translated(relay: Relay) -> Generator[None]:
    """Turns redis-py's errors into podium's."""
    from redis.exceptions import RedisError  # noqa: PLC0415 - loaded when Redis is first spoken

    try:
        yield
    except (RedisError, OSError) as error:
        raise _failure(relay, error) from error


def _failure(relay: Relay, error: Exception) -> PodiumError:
    from redis import exceptions as known  # noqa: PLC0415 - loaded when Redis is first spoken

    host = relay.far.host
    if relay.failure is not None:
        return relay.failure
    match error:
        case known.NoPermissionError():
            return Refused(f"'{host}' refuses: {error} (Redis).")
        case known.TimeoutError() | TimeoutError():
            return TimedOut(f"'{host}' did not answer in time (Redis).")
        case _ if isinstance(error, known.AuthenticationError) or str(error).startswith("NOAUTH"):
            return Unauthenticated(f"'{host}' does not know these credentials (Redis).")
        case known.ResponseError() if not isinstance(error, known.ConnectionError):
            return Unavailable(f"'{host}' says: {error} (Redis).", details={"status": 400})
        case _:
            return Unavailable(f"The connection to '{host}' broke (Redis): {error}")
