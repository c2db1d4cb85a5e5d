"""The use cases of the cache: a whole answer, a stream, a purge.

It is handed the work of asking the upstream, and does that work only where it has no answer: for
equal requests at most once at a time. What is about the caller alone, as its limits, is no part of
that work: others may share what comes of it, also its errors.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar, Generic, TypeVar

import msgspec

from podium.gateway.caching.broadcast import Broadcast
from podium.gateway.caching.entries import Entry, Key, Part
from podium.gateway.caching.fitness import may_be_asked, may_be_kept
from podium.gateway.caching.flights import Flight, Flights
from podium.gateway.caching.keys import Asked, key_of, owner
from podium.gateway.caching.ports import CacheStore, Form, Source
from podium.gateway.caching.rules import CacheMode, CacheRule, CacheScope, CacheStatus
from podium.gateway.caching.similar import Similar, Sought
from podium.gateway.caching.streams import Passage, Replay
from podium.gateway.models import Usage
from podium.gateway.requests import Reply
from podium.governance.access import Action, Authorizer, Resource, require
from podium.identity.principal import Principal
from podium.kernel.clock import Clock
from podium.kernel.errors import LimitReached, TimedOut, Unavailable

T = TypeVar("T")

_EVENTS = 4
"""A stream takes many times the bytes of its answer; so many times `max_bytes` are held of one."""


class NotCached(TimedOut):
    """With a status as RFC 9111 has it for `only-if-cached`."""

    code: ClassVar[str] = "not_cached"


class Ticket:
    """What the work may say about its answer."""

    __slots__: tuple[str, ...] = ("dropped", "purges")

    def __init__(self, purges: int = 0) -> None:
        self.dropped: bool = False
        self.purges: int = purges
        """How many there had been when the answer was asked for."""

    def drop(self) -> None:
        """The answer must not be kept, as one that a guard has refused or changed."""
        self.dropped = True


@dataclass(frozen=True, slots=True)
class Served(Generic[T]):
    """`age` is in seconds. `saved` are the tokens of an answer that cost nothing; None where it was
    asked for, or where they are unknown. Those of a shared stream it says itself at its end.
    `score` is the cosine of the question that was answered, 1 where it is the same.
    """

    value: T
    status: CacheStatus
    age: float = 0.0
    saved: Usage | None = None
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of this process, since it began. `served` says how often each route was answered how.

    `entries` and `bytes` are what is kept now; None where that is not in this process's memory.
    """

    served: Mapping[str, Mapping[CacheStatus, int]]
    entries: int | None
    bytes: int | None


Ask = Callable[[Ticket], Awaitable[Reply]]
Open = Callable[[Ticket], Awaitable[Source]]


@dataclass(frozen=True, slots=True)
class CacheEdges:
    """`forms` are by protocol; in one that has none, streams are not kept. Without `similar`,
    semantic is exact.
    """

    store: CacheStore
    clock: Clock
    authorizer: Authorizer
    forms: Mapping[str, Form] = field(default_factory=dict[str, Form])
    similar: Similar | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    """An entry that was found, and whether its time is over. `score` is 1 for an equal request."""

    entry: Entry
    age: float
    stale: bool
    score: float = 1.0


class Cache:
    """Works while `serving`."""

    def __init__(self, edges: CacheEdges) -> None:
        self._edges: CacheEdges = edges
        self._answers: Flights[Reply] = Flights()
        self._streams: Flights[Broadcast] = Flights()
        self._served: dict[tuple[str, str], Counter[CacheStatus]] = {}
        self._purges: int = 0

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._answers.serving())
            await stack.enter_async_context(self._streams.serving())
            yield

    async def answer(self, asked: Asked, ask: Ask) -> Served[Reply]:
        """Raises NotCached, and what `ask` raises."""
        return self._counted(asked, await self._answer(asked, ask))

    async def stream(self, asked: Asked, open_: Open) -> Served[Source]:
        """A stream to be closed after use. Raises NotCached, and what `open_` raises."""
        return self._counted(asked, await self._stream(asked, open_))

    async def _answer(self, asked: Asked, ask: Ask) -> Served[Reply]:
        key = _key(asked)
        if key is None or not asked.control.looks:
            return await self._past(asked, key, ask)
        kept, sought = await self._find(asked, key, under_way=self._answers.under_way(key.digest))
        if kept is not None and not kept.stale:
            return _hit(kept, kept.entry.reply)
        _require_upstream(asked)
        try:
            return await self._shared_answer(asked, sought, ask)
        except (Unavailable, LimitReached):
            if kept is None:
                raise
            return _hit(kept, kept.entry.reply)

    async def _stream(self, asked: Asked, open_: Open) -> Served[Source]:
        key, form = _key(asked), self._edges.forms.get(asked.request.protocol)
        if key is None or form is None or not asked.control.looks:
            _require_upstream(asked)
            return Served(await open_(Ticket()), CacheStatus.BYPASS)
        manner = _manner(asked, key)
        kept, sought = await self._find(asked, key, under_way=self._streams.under_way(manner))
        if kept is not None and not kept.stale:
            return _hit(kept, _replay(form, kept, asked))
        _require_upstream(asked)
        try:
            return await self._shared_stream(asked, sought, open_)
        except (Unavailable, LimitReached):
            if kept is None:
                raise
            return _hit(kept, _replay(form, kept, asked))

    async def purge(self, principal: Principal, part: Part) -> int:
        """Forget what is kept in that part; how many answers there were. Raises Refused."""
        own = part.scope == CacheScope.USER and part.holder == principal.user
        resource = Resource("cache", part.workspace, owner=principal.user if own else None)
        require(self._edges.authorizer, principal, Action.CHANGE, resource)
        self._purges += 1
        return await self._edges.store.purge(part)

    def statistics(self, principal: Principal) -> Statistics:
        """Of the caller's workspace. Raises Refused for all but admins."""
        resource = Resource("cache", principal.workspace)
        require(self._edges.authorizer, principal, Action.CHANGE, resource)
        served = {
            route: dict(counts)
            for (workspace, route), counts in self._served.items()
            if workspace == principal.workspace
        }
        size = self._edges.store.size
        return Statistics(served, *(size or (None, None)))

    def _counted(self, asked: Asked, served: Served[T]) -> Served[T]:
        key = (asked.principal.workspace, asked.route.name)
        counts = self._served.get(key)
        if counts is None:
            counts = self._served[key] = Counter()
        counts[served.status] += 1
        return served

    async def _find(
        self, asked: Asked, key: Key, *, under_way: object
    ) -> tuple[_Kept | None, Sought]:
        """The answer to an equal request, or one that is near and not stale."""
        kept = _aged(asked, await self._edges.store.get(key), self._edges.clock)
        if (kept is not None and not kept.stale) or self._edges.similar is None or under_way:
            return kept, Sought(key)
        holder = owner(asked, asked.route.cache.scope)
        sought = await self._edges.similar.seek(asked, holder, key)
        for near in sought.near:
            entry = await self._edges.store.get(near.key)
            other = _aged(asked, entry, self._edges.clock)
            if other is not None and not other.stale:
                return replace(other, score=near.score), sought
        return kept, sought

    async def _past(self, asked: Asked, key: Key | None, ask: Ask) -> Served[Reply]:
        """Not looked for; yet kept, where only looking is not wanted."""
        _require_upstream(asked)
        ticket = Ticket(self._purges)
        reply = await ask(ticket)
        if key is not None:
            await self._keep(asked, Sought(key), reply, ticket=ticket)
        return Served(reply, CacheStatus.BYPASS)

    async def _shared_answer(self, asked: Asked, sought: Sought, ask: Ask) -> Served[Reply]:
        key = sought.key.digest
        flight = self._answers.under_way(key)
        shared = flight is not None
        if flight is None:
            flight = self._answers.start(key, partial(self._ask, asked, sought, ask=ask))
        reply = await flight.board()
        flight.leave()
        return _served(reply, reply.usage, shared=shared)

    async def _shared_stream(self, asked: Asked, sought: Sought, open_: Open) -> Served[Source]:
        manner = _manner(asked, sought.key)
        flight = self._streams.under_way(manner)
        shared = flight is not None and not (flight.answered and not flight.value.joinable)
        if flight is None or not shared:
            work = partial(self._open, asked, sought, open_=open_)
            flight = self._streams.start(manner, work)
        broadcast = await flight.board()
        return _served(Passage(broadcast.join(), flight), None, shared=shared)

    async def _ask(self, asked: Asked, sought: Sought, flight: Flight[Reply], *, ask: Ask) -> None:
        ticket = Ticket(self._purges)
        reply = await ask(ticket)
        flight.answer(reply)
        flight.settle()
        await self._keep(asked, sought, reply, ticket=ticket)

    async def _open(
        self, asked: Asked, sought: Sought, flight: Flight[Broadcast], *, open_: Open
    ) -> None:
        ticket = Ticket(self._purges)
        source = await open_(ticket)
        broadcast = Broadcast(source, asked.route.cache.max_bytes * _EVENTS)
        flight.answer(broadcast)
        await broadcast.pump()
        flight.settle()
        whole = broadcast.whole
        if whole is None:
            return
        form = self._edges.forms[asked.request.protocol]
        reply = form.whole(whole, asked.request, source.usage)
        if reply is not None:
            await self._keep(asked, sought, reply, ticket=ticket)

    async def _keep(self, asked: Asked, sought: Sought, reply: Reply, *, ticket: Ticket) -> None:
        rule = asked.route.cache
        if ticket.purges != self._purges:
            return  # what was purged meanwhile may have been what it is
        if ticket.dropped or not may_be_kept(asked.request.operation, reply):
            return
        if len(reply.body) > rule.max_bytes:
            return
        seconds = rule.ttl + rule.stale
        entry = Entry(reply, self._edges.clock.now())
        await self._edges.store.put(sought.key, entry, seconds=seconds)
        if self._edges.similar is not None:
            await self._edges.similar.remember(sought, seconds=seconds)


def _aged(asked: Asked, entry: Entry | None, clock: Clock) -> _Kept | None:
    """None where it is too old for anything."""
    if entry is None:
        return None
    rule, age = asked.route.cache, max(0.0, clock.now() - entry.stored_at)
    if age > rule.ttl + rule.stale:
        return None
    return _Kept(entry, age, stale=age > min(rule.ttl, asked.control.max_age))


def _manner(asked: Asked, key: Key) -> Hashable:
    """Equal streams, that are sent in the same way."""
    return key.digest, msgspec.json.encode(asked.request.fields.get("stream_options"))


def _key(asked: Asked) -> Key | None:
    """None where the cache has nothing to do with it."""
    rule: CacheRule = asked.route.cache
    if rule.mode is CacheMode.OFF or not asked.control.keeps or not may_be_asked(asked.request):
        return None
    holder = owner(asked, rule.scope)
    return key_of(asked, rule.scope, holder) if holder else None


def _require_upstream(asked: Asked) -> None:
    if asked.control.only_if_cached:
        raise NotCached(
            f"No answer of '{asked.route.name}' to this request is kept, and Cache-Control says "
            "only-if-cached. Ask again without it."
        )


def _replay(form: Form, kept: _Kept, asked: Asked) -> Source:
    reply = kept.entry.reply
    return Replay(form.events(reply, asked.request), reply.usage)


def _hit(kept: _Kept, value: T) -> Served[T]:
    status = CacheStatus.STALE if kept.stale else CacheStatus.HIT
    return Served(value, status, kept.age, kept.entry.reply.usage, kept.score)


def _served(value: T, usage: Usage | None, *, shared: bool) -> Served[T]:
    if shared:
        return Served(value, CacheStatus.HIT, 0.0, usage)
    return Served(value, CacheStatus.MISS)
