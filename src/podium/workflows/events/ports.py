"""What events need from outside, and what the interpreter needs of events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from podium.identity.principal import Principal
from podium.kernel.ids import RunId, UserId, WorkspaceId
from podium.kernel.json import Json
from podium.workflows.events.cloudevents import Event
from podium.workflows.events.filters import Filter, Interest, Match


@dataclass(frozen=True, slots=True)
class Stored:
    """An event of a workspace; `serial` is its number there, in the order of arrival."""

    serial: int
    workspace: WorkspaceId
    owner: UserId
    event: Event
    received_at: float


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of an event: `fresh` is False where it had been published before; `runs` are those
    that were told, or started.
    """

    stored: Stored
    fresh: bool
    runs: tuple[RunId, ...] = ()


@dataclass(frozen=True, slots=True)
class Subscription:
    """One filter of somebody who waits: a run at `path`, or a schedule.

    Filters that were registered together have the same `subscriber`, `path` and `since`, a moment
    that tells them from those of an earlier time.
    """

    workspace: WorkspaceId
    subscriber: str
    path: str
    position: int
    filter: Filter
    since: float
    serial: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """What a run waits for at `path`. `looks_back` says for each filter from which moment on events
    count that have come before; None: from now on. Those in `skip`, by serial, do not count.
    """

    run: RunId
    path: str
    filters: Sequence[Filter]
    looks_back: Sequence[float | None]
    skip: frozenset[int] = frozenset()


class Events(Protocol):
    """What a run may do with events. Each may be done again after a crash, to the same end."""

    async def publish(self, principal: Principal, event: Event) -> Receipt:
        """Hand it to all who wait for it, once for each source and id."""
        ...

    async def subscribe(self, principal: Principal, wish: Wish) -> float:
        """From now on (the moment is answered) events that pass are sent to the run, on the topic
        `path`: {"serial", "event", "matches"}. In place of what it waited for there before.
        """
        ...

    async def unsubscribe(self, run: RunId, path: str) -> None:
        """The run waits no more at `path` and below it."""
        ...


class Send(Protocol):
    """The engine's side of it."""

    async def send(self, run: RunId, topic: str, message: Json, *, key: str) -> None:
        """Once for each `key`. Raises NotFound, Unavailable."""
        ...


class Trigger(Protocol):
    """What a schedule does with an event that its filters let pass."""

    async def triggered(
        self, schedule: str, stored: Stored, matches: Sequence[Match]
    ) -> Sequence[RunId]:
        """The runs that it started. An event that comes again starts nothing a second time."""
        ...


class EventStore(Protocol):
    async def add(
        self, principal: Principal, event: Event, *, at: float
    ) -> tuple[Stored, bool, Mapping[str, Interest]]:
        """Store it once for each source and id; whether it is new; and the interests, by digest,
        that events of its type may meet. Without any it counts as routed.
        """
        ...

    async def keep_keys(self, stored: Stored, keys: Mapping[str, str]) -> None:
        """The event's key for each interest, for those who look back."""
        ...

    async def waiting(
        self, workspace: WorkspaceId, places: Mapping[str, str], *, after: int, limit: int
    ) -> Sequence[Subscription]:
        """Who waits at these places (key by interest), without runs that have ended; by serial,
        those above `after`.
        """
        ...

    async def routed(self, serials: Sequence[int]) -> None:
        """All who wait were told."""
        ...

    async def unrouted(self, *, before: float, limit: int) -> Sequence[Stored]:
        """Events that came before that moment and were not handed on to the end."""
        ...

    async def interests(self, stored: Stored) -> Mapping[str, Interest]:
        """Those that events of its type may meet, by digest."""
        ...

    async def subscribe(self, wanted: Sequence[Subscription]) -> Mapping[str, float]:
        """Put all of one subscriber and path in place of what was there. Answers since when
        each interest, by digest, is known: keys of events before that were not kept.
        """
        ...

    async def unsubscribe(self, subscriber: str, path: str) -> None:
        """All at that path and below it; "" means everywhere."""
        ...

    async def since(
        self, workspace: WorkspaceId, type: str, *, at: float, after: int, limit: int
    ) -> Sequence[Stored]:
        """Events of the type ("" for any) from that moment on, by serial, those above `after`."""
        ...

    async def kept(
        self, workspace: WorkspaceId, place: tuple[str, str], *, at: float, limit: int
    ) -> Sequence[Stored]:
        """Events from that moment on whose key for an interest (its digest, the key) was kept."""
        ...

    async def prune(self, *, before: float, limit: int) -> int:
        """Forget events that came before that moment, and who waited for nothing any more. How
        many events those were.
        """
        ...
