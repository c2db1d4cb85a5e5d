"""Servers, channels and messages as values, and what the outside must do with them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from podium.kernel.json import Json, JsonObject

SPOKEN: Final = ("amqp", "http", "kafka", "mqtt", "mqtt5", "nats", "redis", "ws")
"""The protocols in which messages are exchanged, by the names that a task uses."""


@dataclass(frozen=True, slots=True)
class Server:
    """`protocol` is one of `SPOKEN`. Without a `port` it is the protocol's usual one. `path` is
    what stands behind host and port, without slashes at its ends. `bindings` are the protocol's,
    `security` the types of the security schemes that the server takes.
    """

    name: str
    protocol: str
    host: str
    port: int | None
    tls: bool
    path: str = ""
    bindings: JsonObject = field(default_factory=dict[str, Json])
    security: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """`address` holds `{name}` where it has a parameter that nobody gives a value. The bindings are
    the protocol's own, of channel, operation and message. `correlations` are runtime expressions
    that say where a message has its correlation id.
    """

    address: str
    bindings: JsonObject = field(default_factory=dict[str, Json])
    operation: JsonObject = field(default_factory=dict[str, Json])
    message: JsonObject = field(default_factory=dict[str, Json])
    content_type: str = "application/json"
    correlations: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Target:
    server: Server
    channel: Channel


@dataclass(frozen=True, slots=True)
class Access:
    """What is shown to a server: a user with a password, or a token; empty is nothing."""

    username: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """`key` is the idempotency key. Messages of the same `order` stay in their order, where a
    protocol keeps several orders.
    """

    body: bytes
    headers: Mapping[str, str]
    content_type: str
    key: str
    order: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it came. `mark` tells it from the one before it on the same channel; `again`
    says that a message with this mark may have come before.
    """

    body: bytes
    mark: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    content_type: str = ""
    correlation_id: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """What a subscription reads from."""

    target: Target
    access: Access


@dataclass(frozen=True, slots=True)
class Received:
    channel: Channel
    message: Incoming


class Brokers(Protocol):
    async def publish(self, source: Source, message: Outgoing, *, seconds: float) -> None:
        """Answers when the server has it, as far as the protocol tells.

        Raises Unavailable, TimedOut, Refused, Unauthenticated, Invalid (what the protocol cannot
        do), LimitReached.
        """
        ...

    async def next(
        self,
        key: str,
        opening: Callable[[], Awaitable[Source]],
        *,
        seconds: float,
        after: str,
    ) -> Received | None:
        """The message behind the one with the mark `after`; None where none comes in that time.

        `key` names the subscription; it is opened where it is not, and stays open. The message
        `after` is acknowledged now, not before: whoever asks has recorded it. Raises as `publish`.
        """
        ...

    async def close(
        self, key: str, opening: Callable[[], Awaitable[Source]], *, after: str
    ) -> None:
        """Acknowledge the message `after`, and leave. Where another process took it, and died
        before it could say so, it is asked for once more. Raises nothing.
        """
        ...

    def suspend(self, key: str) -> None:
        """Leave at once, and acknowledge nothing: somebody may come back."""
        ...
