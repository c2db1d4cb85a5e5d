"""One run in this process: what is recorded of it, what it waits for, who may stop it."""

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol, TypeVar

import anyio
import anyio.lowlevel

from podium.kernel.clock import Clock
from podium.kernel.ids import RunId
from podium.kernel.json import Json, JsonObject
from podium.workflows.engine.journal import (
    Claim,
    Edits,
    Entry,
    Forgotten,
    Message,
    Parked,
    Recorded,
)
from podium.workflows.engine.writer import Given

T = TypeVar("T")

FORK = "/fork/"

LOOK = 5.0
"""Seconds after which a wait looks at the time of day again: it may have been set."""

BREATH = 32
"""Branches that begin in one turn of the event loop; ten thousand would keep others for seconds."""

PAUSED = "resume"
"""What a paused run waits for."""


class Desk(Protocol):
    """The engine, as a run sees it."""

    @property
    def clock(self) -> Clock: ...

    def give(self, entry: Entry) -> Given: ...

    async def message(self, run: RunId, topic: str) -> Message | None: ...

    async def busy(self, live: "Live") -> None:
        """The run goes on after all of it has waited; answers when it may."""
        ...

    def idle(self, live: "Live") -> None:
        """All of the run waits."""
        ...


class Live:
    """The `Effects` of one execution of a run.

    `active` counts the branches that do not wait. Where it is 0 the run gives its slot to another
    one, and after a while leaves the process.
    """

    def __init__(self, claim: Claim, desk: Desk) -> None:
        self.claim: Claim = claim
        self.scope: anyio.CancelScope = anyio.CancelScope()
        self.active: int = 1
        self.waits: dict[object, tuple[str, float | None]] = {}
        self.pausing: bool = claim.pausing
        self.leaves: Parked | None = None
        self.settled: bool = False
        self.has_slot: bool = False
        self.told_waiting: bool = False
        self.idles: int = 0
        self.anchors: int = 0
        self._desk: Desk = desk
        self._steps: dict[str, JsonObject] = dict(claim.steps)
        self._position: int = claim.position
        self._edits: Edits = claim.edits
        self._used: set[str] = set()
        self._given: list[Given] = []
        self._times: Counter[str] = Counter()
        self._mail: dict[str, anyio.Event] = {}
        self._topics: set[str] = set(claim.topics)
        self._any_topic: bool = False
        self._go: anyio.Event = anyio.Event()

    @property
    def id(self) -> RunId:
        return self.claim.run.id

    def now(self) -> float:
        return self._desk.clock.now() - self.claim.idle

    def wake_at(self) -> float | None:
        """When the first of its waits is over, by the time of day; None: by messages alone."""
        ends = [until for _, until in self.waits.values() if until is not None]
        return min(ends) + self.claim.idle if ends else None

    def waiting_on(self) -> str:
        return next(iter(self.waits.values()))[0] if self.waits else ""

    def mail(self, topic: str | None) -> None:
        """A message has come; None: perhaps one has."""
        topics = list(self._mail) if topic is None else [topic]
        self._topics |= set(topics)
        self._any_topic = self._any_topic or topic is None
        for each in topics:
            if each in self._mail:
                self._mail[each].set()

    def go_on(self) -> None:
        """It was to pause, and need not any more."""
        self.pausing = False
        self._go.set()
        self._go = anyio.Event()

    async def enter(self, path: str, data: Json) -> Json:
        if self._edits.cut == path:
            await self._forget(path)
        if path in self._edits.inputs:
            self._used.add(path)
        return self._edits.inputs.get(path, data)

    async def call(
        self,
        name: str,
        action: Callable[[], Awaitable[JsonObject]],
        *,
        waits: str | None = None,
    ) -> JsonObject:
        name = self._named(name)
        if (recorded := self._recorded(name)) is not None:
            return recorded
        await self._settle()
        while self.pausing:
            await self._wait(PAUSED, None, self._go)
        outcome = await (action() if waits is None else self._anchored(waits, action))
        return self._record(name, outcome)

    async def _anchored(
        self, reason: str, action: Callable[[], Awaitable[JsonObject]]
    ) -> JsonObject:
        """It waits in the process for what only this process hears."""
        key = object()
        self.waits[key] = (reason, None)
        self.anchors += 1
        self._rest()
        try:
            outcome = await action()
        finally:
            self.anchors -= 1
            del self.waits[key]
            self.active += 1
        await self._desk.busy(self)
        return outcome

    async def sleep(self, until: float, *, reason: str) -> None:
        if until > self.now():
            await self._settle()
            await self._wait(reason, until, anyio.Event())

    async def receive(
        self, name: str, topic: str, *, until: float | None, reason: str
    ) -> JsonObject:
        name = self._named(name)
        if (recorded := self._recorded(name)) is not None:
            return recorded
        await self._settle()
        while True:
            # What comes while the journal is asked must not be missed.
            event = self._mail.setdefault(topic, anyio.Event())
            message = await self._message(topic)
            if message is not None:
                outcome: JsonObject = {"message": message.body, "at": self.now()}
                return self._record(name, outcome, takes=message.serial)
            if until is not None and until <= self.now():
                return self._record(name, {"at": until})
            await self._wait(reason, until, event)
            if event.is_set() and self._mail.get(topic) is event:
                del self._mail[topic]

    async def fork(self, branches: Sequence[Callable[[], Awaitable[T]]]) -> Sequence[T]:
        answers: dict[int, T] = {}

        async def one(index: int) -> None:
            answers[index] = await branches[index]()

        await self._at_once([partial(one, index) for index in range(len(branches))])
        return [answers[index] for index in range(len(branches))]

    async def race(
        self, name: str, branches: Sequence[Callable[[], Awaitable[JsonObject]]]
    ) -> JsonObject:
        # Where a retry begins in a branch, that branch is gone into again.
        again = (self._edits.cut or "").startswith(f"{name.rpartition(' ')[0]}{FORK}")
        name = self._named(name)
        if not again and (recorded := self._recorded(name)) is not None:
            return recorded
        await self._settle()
        won: list[JsonObject] = []
        lost: list[JsonObject] = []
        with anyio.CancelScope() as others:

            async def one(branch: Callable[[], Awaitable[JsonObject]]) -> None:
                answer = await branch()
                (lost if "error" in answer else won).append(answer)
                if "error" not in answer:
                    others.cancel()

            await self._at_once([partial(one, branch) for branch in branches])
        # Branches were stopped that had given the slot back.
        await self._desk.busy(self)
        return self._record(name, [*won, *lost][0])

    async def _at_once(self, works: Sequence[Callable[[], Awaitable[None]]]) -> None:
        if not works:
            return
        self.active += len(works) - 1
        left = len(works)

        async def one(work: Callable[[], Awaitable[None]]) -> None:
            nonlocal left
            try:
                await work()
            finally:
                left -= 1
                if left:
                    self._rest()

        try:
            async with anyio.create_task_group() as group:
                for count, work in enumerate(works, start=1):
                    _ = group.start_soon(one, work)
                    if count % BREATH == 0:
                        # All begin, also where one has ended the race: each of them is counted.
                        await anyio.lowlevel.cancel_shielded_checkpoint()
        except BaseExceptionGroup as failures:
            await self._desk.busy(self)
            raise _first(failures) from None

    def _rest(self) -> None:
        self.active -= 1
        if self.active == 0:
            self.idles += 1
            self._desk.idle(self)

    async def _wait(self, reason: str, until: float | None, event: anyio.Event) -> None:
        """Until the event, or that moment."""
        key = object()
        self.waits[key] = (reason, until)
        self._rest()
        try:
            async with self._alarm(until) as alarm:
                await event.wait()
                alarm.cancel()
        finally:
            del self.waits[key]
            self.active += 1
        await self._desk.busy(self)

    @asynccontextmanager
    async def _alarm(self, until: float | None) -> AsyncGenerator[anyio.CancelScope]:
        async def ring(scope: anyio.CancelScope) -> None:
            while until is not None and (left := until - self.now()) > 0:
                await self._desk.clock.sleep(min(left, LOOK))
            if until is not None:
                scope.cancel()

        async with anyio.create_task_group() as group:
            if until is not None:
                _ = group.start_soon(ring, group.cancel_scope)
            yield group.cancel_scope

    def _named(self, name: str) -> str:
        self._times[name] = count = self._times[name] + 1
        return name if count == 1 else f"{name} {count}"

    def _recorded(self, name: str) -> JsonObject | None:
        found = self._steps.get(name)
        if found is not None:
            self._used.add(name)
        return found

    def _record(self, name: str, outcome: JsonObject, *, takes: int | None = None) -> JsonObject:
        """What follows may be computed while this is written; see `_settle`."""
        self._position += 1
        entry = Recorded(self.claim.hold, name, self._position, outcome, takes)
        self._given.append(self._desk.give(entry))
        self._steps[name] = outcome
        self._used.add(name)
        return outcome

    async def _settle(self) -> None:
        """Nothing else happens before what has happened is recorded."""
        while self._given:
            first = self._given[0]
            if await first.taken() is not True:
                await self.lose()
            if self._given and self._given[0] is first:
                _ = self._given.pop(0)

    async def _message(self, topic: str) -> Message | None:
        if topic not in self._topics and not self._any_topic:
            return None
        self._topics.discard(topic)
        message = await self._desk.message(self.id, topic)
        if message is not None:
            self._topics.add(topic)
        return message

    async def _forget(self, path: str) -> None:
        """From here on everything is done again; what other branches of a fork did stays."""

        def stays(place: str) -> bool:
            return place in self._used or beside(path, place)

        names = [name for name in self._steps if not stays(name)]
        given = self._edits.inputs.items()
        inputs = {each: input for each, input in given if each == path or stays(each)}
        self._edits = Edits(None, inputs)
        await self._settle()
        if await self._desk.give(Forgotten(self.claim.hold, names, inputs)).taken() is not True:
            await self.lose()
        for name in names:
            del self._steps[name]

    async def lose(self) -> None:
        """Another process has the run, or it has ended: nothing more is done here."""
        self.scope.cancel()
        await anyio.sleep_forever()


def beside(path: str, name: str) -> bool:
    """Whether a step belongs to another branch of a fork than the task at `path`."""
    start = 0
    while (found := path.find(FORK, start)) >= 0:
        start = found + len(FORK)
        if not name.startswith(path[:start]):
            return False
        if _segment(name, start) != _segment(path, start):
            return True
    return False


def _segment(path: str, start: int) -> str:
    return path[start:].split("/", 1)[0].split(" ", 1)[0]


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """What failed first; what is no mere `Exception` goes before."""
    leaves = list(_leaves(failures))
    return next((each for each in leaves if not isinstance(each, Exception)), leaves[0])


def _leaves(failure: BaseException) -> Iterator[BaseException]:
    if isinstance(failure, BaseExceptionGroup):
        for each in failure.exceptions:
            yield from _leaves(each)
    else:
        yield failure
