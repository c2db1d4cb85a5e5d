"""What each protocol does: a link publishes, a feed hands out messages one at a time."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Final, Protocol

from podium.adapters.brokers.relay import Dial, Relay
from podium.kernel.errors import PodiumError
from podium.workflows.calls.asyncapi.ports import Channel, Incoming, Outgoing, Source

KEPT_SECONDS: Final = 86_400
"""How long a server keeps what a run that does not come back has subscribed to."""


class Link(Protocol):
    """A connection for publishing."""

    @property
    def is_open(self) -> bool: ...

    async def publish(self, channel: Channel, message: Outgoing) -> None:
        """Answers when the server says that it has it, as far as the protocol tells."""
        ...

    async def close(self) -> None: ...


class Feed(Protocol):
    """A subscription. A message that is not acknowledged comes again in a later feed of the same
    name, where the protocol knows of acknowledging.
    """

    async def next(self) -> Incoming: ...

    async def acknowledge(self) -> None:
        """The last message has been recorded."""
        ...

    async def close(self) -> None:
        """The server keeps what comes meanwhile, where the protocol knows of keeping."""
        ...

    async def leave(self) -> None:
        """Nobody comes back: the server need not keep anything. Closes as well."""
        ...


@dataclass(frozen=True, slots=True)
class Subscription:
    """`name` is the same for the same subscription, in every process; `after` is the mark of the
    last message that was acknowledged, empty where there is none.
    """

    name: str
    after: str = ""


class Publishes(Protocol):
    """All raise Unavailable, TimedOut, Refused, Unauthenticated, Invalid, LimitReached."""

    def place(self, source: Source) -> str:
        """What besides server and access makes a connection for publishing another one."""
        ...

    async def link(self, source: Source, dial: Dial) -> Link: ...


class Subscribes(Protocol):
    async def feed(self, source: Source, dial: Dial, subscription: Subscription) -> Feed:
        """Raises as `Publishes`."""
        ...


class Inbox:
    """Messages that a client library pushes, taken one at a time; also how its connection ended."""

    def __init__(self, relay: Relay) -> None:
        self._relay: Relay = relay
        self._queue: asyncio.Queue[Incoming | PodiumError] = asyncio.Queue()

    def put(self, message: Incoming) -> None:
        self._queue.put_nowait(message)

    def fail(self, error: PodiumError) -> None:
        self._queue.put_nowait(error)

    async def next(self) -> Incoming:
        """Raises what the connection ended with."""
        with self._relay.wanted():
            found = await self._queue.get()
        if isinstance(found, PodiumError):
            self._queue.put_nowait(found)
            raise found
        if self._queue.empty():
            self._relay.emptied()
        else:
            self._relay.taken(len(found.body))
        return found


def subscription_name(key: str) -> str:
    """23 characters, which every MQTT server takes as the name of a client."""
    return f"podium-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def fingerprint(*parts: object) -> str:
    """Of a message that has no name of its own."""
    text = "\x00".join(map(repr, parts))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
