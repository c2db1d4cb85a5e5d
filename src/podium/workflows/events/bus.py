"""The bus: events come in, and go to those who wait for them.

An event is stored first and handed on then. What was not handed on to the end, because a process
died or a database was away, is handed on again by `run`; whoever receives it knows it by its key.

Nothing is missed between the two sides: who waits is written down before past events are looked
at, and an event's keys are written down before those who wait are looked up.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import anyio

from podium.governance.access import Action, Authorizer, Resource, require
from podium.identity.principal import Principal
from podium.kernel.clock import Clock
from podium.kernel.errors import NotFound, Unavailable
from podium.kernel.ids import RunId, WorkspaceId
from podium.kernel.json import Json, JsonObject
from podium.workflows.events.cloudevents import Event
from podium.workflows.events.filters import (
    Evaluator,
    Interest,
    Match,
    keys_of,
    matching,
    place,
)
from podium.workflows.events.ports import (
    EventStore,
    Receipt,
    Send,
    Stored,
    Subscription,
    Trigger,
    Wish,
)

RUN: Final = "run_"
"""How the id of a run begins; who waits and is none is a schedule."""

LOOK_BACK: Final = 10_000
"""How many past events a run looks through when it begins to wait."""

_PAGE: Final = 500
_OVERLAP: Final = 60.0
"""Seconds by which the clocks of two machines may differ."""
_STALE: Final = 10.0
_LOOK: Final = 15.0
_PRUNE: Final = 600.0
_MARK: Final = 0.5
"""Seconds: how old an event is that nobody handed on; between looks for such; between prunings;
how long what was handed on is collected before it is noted.
"""


@dataclass(frozen=True, slots=True)
class Edges:
    store: EventStore
    evaluator: Evaluator
    engine: Send
    trigger: Trigger
    authorizer: Authorizer
    clock: Clock


class Bus:
    """An `Events`. `retention` is how many seconds an event is kept."""

    def __init__(self, edges: Edges, *, retention: float) -> None:
        self._edges: Edges = edges
        self._retention: float = retention
        self._routed: list[int] = []
        self._poke: anyio.Event = anyio.Event()

    async def publish(self, principal: Principal, event: Event) -> Receipt:
        """Raises Refused, Invalid for attributes too long to be kept, Unavailable."""
        edges = self._edges
        kind = Resource("event", principal.workspace)
        require(edges.authorizer, principal, Action.CREATE, kind)
        stored, fresh, interests = await edges.store.add(principal, event, at=edges.clock.now())
        runs = await self._hand_on(stored, interests) if interests else ()
        return Receipt(stored, fresh, tuple(runs))

    async def subscribe(self, principal: Principal, wish: Wish) -> float:
        edges, now = self._edges, self._edges.clock.now()
        wanted = [
            Subscription(principal.workspace, wish.run, wish.path, index, filter, now)
            for index, filter in enumerate(wish.filters)
        ]
        known = await edges.store.subscribe(wanted)
        found: dict[int, tuple[Stored, list[Match]]] = {}
        for each, since in zip(wanted, wish.looks_back, strict=True):
            if since is None:
                continue
            async for stored in self._past(each, since, known):
                match = await self._match(each, stored)
                if match is not None and stored.serial not in wish.skip:
                    found.setdefault(stored.serial, (stored, []))[1].append(match)
        for _, (stored, matches) in sorted(found.items()):
            _ = await self._tell(wanted[0], stored, matches)
        return now

    async def unsubscribe(self, run: RunId, path: str) -> None:
        await self._edges.store.unsubscribe(run, path)

    async def run(self) -> None:
        """Hand on what was left, note what was handed on, forget what is old; until cancelled."""
        edges = self._edges
        pruned = edges.clock.monotonic()
        while True:
            with anyio.move_on_after(_LOOK) as waiting:
                await self._poke.wait()
            if not waiting.cancelled_caught:
                await anyio.sleep(_MARK)
            with suppress(Unavailable):
                await self.flush()
                if waiting.cancelled_caught:
                    _ = await self.recover(older=_STALE)
                if edges.clock.monotonic() - pruned >= _PRUNE:
                    pruned = edges.clock.monotonic()
                    await self.prune()

    async def flush(self) -> None:
        """Note which events were handed on."""
        self._poke = anyio.Event()
        serials, self._routed = self._routed, []
        if not serials:
            return
        try:
            await self._edges.store.routed(serials)
        except Unavailable:
            self._routed += serials
            raise

    async def recover(self, *, older: float) -> int:
        """Hand on events that came more than `older` seconds ago and were not handed on; how
        many those were.
        """
        edges, done = self._edges, set(self._routed)
        before = edges.clock.now() - older
        left = [
            stored
            for stored in await edges.store.unrouted(before=before, limit=_PAGE)
            if stored.serial not in done
        ]
        for stored in left:
            _ = await self._hand_on(stored, await edges.store.interests(stored))
        return len(left)

    async def prune(self) -> None:
        before = self._edges.clock.now() - self._retention
        while await self._edges.store.prune(before=before, limit=_PAGE) == _PAGE:
            pass

    async def _hand_on(self, stored: Stored, interests: Mapping[str, Interest]) -> list[RunId]:
        """To all who wait; the runs that were told or started. It is not stopped halfway because
        the one who published has gone.
        """
        runs: list[RunId] = []
        with anyio.CancelScope(shield=True), suppress(Unavailable):
            for first, matches in await self._waiting(stored, interests):
                runs += await self._tell(first, stored, matches)
            self._routed.append(stored.serial)
            self._poke.set()
        return runs

    async def _waiting(
        self, stored: Stored, interests: Mapping[str, Interest]
    ) -> Sequence[tuple[Subscription, list[Match]]]:
        """Who waits for it, each with all of their filters that let it pass."""
        edges = self._edges
        places = {
            digest: key
            for digest, interest in interests.items()
            if (key := await keys_of(interest, stored.event, edges.evaluator)) is not None
        }
        if kept := {digest: key for digest, key in places.items() if interests[digest].of}:
            await edges.store.keep_keys(stored, kept)
        found: dict[tuple[str, str, float], tuple[Subscription, list[Match]]] = {}
        after = 0
        while places:
            page = await edges.store.waiting(stored.workspace, places, after=after, limit=_PAGE)
            for each in page:
                match = await self._match(each, stored)
                if match is not None:
                    who = (each.subscriber, each.path, each.since)
                    found.setdefault(who, (each, []))[1].append(match)
            if len(page) < _PAGE:
                break
            after = page[-1].serial
        return list(found.values())

    async def _match(self, each: Subscription, stored: Stored) -> Match | None:
        return await matching(
            each.filter, each.position, stored.event, evaluator=self._edges.evaluator
        )

    async def _tell(
        self, first: Subscription, stored: Stored, matches: Sequence[Match]
    ) -> Sequence[RunId]:
        if not first.subscriber.startswith(RUN):
            return await self._edges.trigger.triggered(first.subscriber, stored, matches)
        run = RunId(first.subscriber)
        # A run that waits anew, after somebody has put it back, is told anew.
        key = f"{first.since} {stored.serial}"
        try:
            await self._edges.engine.send(run, first.path, message(stored, matches), key=key)
        except NotFound:
            return ()
        return (run,)

    async def _past(
        self, each: Subscription, since: float, known: Mapping[str, float]
    ) -> AsyncIterator[Stored]:
        """Events since then that may pass the filter, those of its place."""
        store = self._edges.store
        interest, key = place(each.filter)
        if not interest.of:
            async for stored in self._all(each.workspace, interest.type, since):
                yield stored
            return
        seen: set[int] = set()
        where = (interest.digest, key)
        for stored in await store.kept(each.workspace, where, at=since, limit=LOOK_BACK):
            seen.add(stored.serial)
            yield stored
        # Of those that came before anybody asked for this key, it was not kept.
        end = known[interest.digest] + _OVERLAP
        if since > end:
            return
        async for stored in self._all(each.workspace, interest.type, since):
            if stored.received_at > end:
                return
            if stored.serial not in seen and await self._has(stored, interest, key):
                yield stored

    async def _has(self, stored: Stored, interest: Interest, key: str) -> bool:
        return await keys_of(interest, stored.event, self._edges.evaluator) == key

    async def _all(self, workspace: WorkspaceId, type: str, since: float) -> AsyncIterator[Stored]:
        after, left = 0, LOOK_BACK
        while left > 0:
            page = await self._edges.store.since(
                workspace, type, at=since, after=after, limit=min(_PAGE, left)
            )
            for stored in page:
                yield stored
            if len(page) < _PAGE:
                return
            after, left = page[-1].serial, left - len(page)


def message(stored: Stored, matches: Sequence[Match]) -> JsonObject:
    """What a run receives; `read_message` is its other half."""
    said: list[Json] = [{"filter": each.position, "keys": dict(each.keys)} for each in matches]
    return {"serial": stored.serial, "event": stored.event.envelope, "matches": said}
