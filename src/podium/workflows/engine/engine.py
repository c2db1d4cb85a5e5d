"""Which runs this process executes, and when."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from math import inf
from typing import TypeAlias

import anyio
from anyio.abc import TaskGroup

from podium.kernel.clock import Clock
from podium.kernel.errors import Unavailable
from podium.kernel.ids import RunId
from podium.kernel.json import Json
from podium.workflows.engine.bodies import Bodies, Broken
from podium.workflows.engine.ends import Ends
from podium.workflows.engine.journal import (
    Claim,
    Edits,
    Ended,
    Entry,
    Hold,
    Journal,
    Message,
    Moved,
    Parked,
    Wakes,
    added,
    edits,
)
from podium.workflows.engine.live import Live
from podium.workflows.engine.neighbours import Neighbours
from podium.workflows.engine.settings import EngineSettings
from podium.workflows.engine.writer import FIRST_PAUSE, LONGEST_PAUSE, Given, Writer
from podium.workflows.ports import ABSENT, Absent, Body, End
from podium.workflows.runs import Run

AtEnd: TypeAlias = Callable[[Run, End], Awaitable[None]]
"""Told of each end in this process; raises nothing."""

LAST_WORDS = 2.0
"""Seconds in which runs that are left write down what they did."""

SPIN = 0.05
"""Seconds before it looks again for runs that are due and that another process has just taken."""

LOOK = 60.0
"""Seconds after which the time of day is looked at again: it may have been set."""


@dataclass(frozen=True, slots=True)
class Edges:
    journal: Journal
    clock: Clock
    body: Body
    broken: Broken
    wakes: Wakes | None = None
    at_end: "list[AtEnd]" = field(default_factory=list["AtEnd"])


class DurableEngine:
    """An `Engine`; works while `serving`."""

    def __init__(self, edges: Edges, settings: EngineSettings) -> None:
        self.clock: Clock = edges.clock
        self._edges: Edges = edges
        self._journal: Journal = edges.journal
        self._settings: EngineSettings = settings
        self._bodies: Bodies = Bodies(edges.body, edges.broken, settings.crashes)
        self._writer: Writer = Writer(edges.journal)
        self._slots: anyio.Semaphore = anyio.Semaphore(settings.runs, fast_acquire=True)
        self._live: dict[RunId, Live] = {}
        self._queued: int = 0
        self._poke: anyio.Event = anyio.Event()
        self._more: bool = False
        self._early: set[RunId] = set()
        self._ends: Ends = Ends()
        self._claiming: anyio.Lock = anyio.Lock()
        self._group: TaskGroup | None = None

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[None]:
        """Take up every run that was interrupted, and execute until it is left."""
        settings, now = self._settings, self.clock.now()
        await self._journal.beat(settings.executor)
        _ = await self._journal.release(settings.executor, now=now, lost=True)
        async with anyio.create_task_group() as group:
            self._group = group
            _ = group.start_soon(self._writer.run)
            _ = group.start_soon(self._claim)
            if not settings.alone:
                _ = group.start_soon(self._beat)
            if self._edges.wakes is not None:
                _ = group.start_soon(self._listen, self._edges.wakes)
            try:
                yield
            finally:
                self._group = None
                with anyio.CancelScope(shield=True):
                    await self._leave()
                group.cancel_scope.cancel()

    async def _leave(self) -> None:
        """Ended by will, not by a crash: what was done is recorded, others need not wait."""
        for live in list(self._live.values()):
            live.scope.cancel()
        with anyio.move_on_after(LAST_WORDS), suppress(Unavailable):
            await self._writer.flush()
            async with self._claiming:
                now = self.clock.now()
                _ = await self._journal.release(self._settings.executor, now=now, lost=False)

    # Use cases

    async def start(self, run: Run) -> Run:
        held = self._group is not None and self._free() > 0
        self._queued += held

        def begin(stored: Run | None) -> None:
            self._queued -= held
            if stored is None or stored.id != run.id:
                return
            if held:
                self._execute(Claim(stored, Hold(run.id, run.workspace, 1), {}))
            else:
                self._wake()

        # It begins when it is stored, also where who started it waits no more.
        return await self._writer.add(added(run, self._settings.executor if held else None), begin)

    async def cancel(self, run: RunId) -> Sequence[RunId]:
        if not await self._journal.cancel(run, now=self.clock.now()):
            return ()
        self._stop(run)
        stopped = [run]
        for child in await self._journal.children(run):
            stopped += await self.cancel(child)
        self._ends.tell(run)
        self._heard(run, await self._journal.parent(run))
        return stopped

    async def pause(self, run: RunId) -> bool:
        paused = await self._journal.pause(run, now=self.clock.now())
        if paused and (live := self._live.get(run)) is not None:
            self._stand(live)
        return paused

    async def resume(self, run: RunId) -> Sequence[RunId]:
        """Those below go first: how they ended is not to be heard by a run that waits for them."""
        going: list[RunId] = []
        for child in await self._journal.stopped(run):
            going += await self.resume(child)
        return [*going, run] if await self._reopen(run, None) else going

    async def retry(self, run: RunId, *, path: str, input: Json | Absent = ABSENT) -> bool:
        return await self._reopen(run, edits(path, input))

    async def copy(self, run: RunId, new: Run, *, path: str, input: Json | Absent = ABSENT) -> Run:
        added = await self._journal.copy(run, new, edits(path, input))
        self._wake()
        return added

    async def send(self, run: RunId, topic: str, message: Json, *, key: str) -> None:
        if await self._journal.send(run, topic, message, key=key, now=self.clock.now()):
            self._mail(run, topic)

    def _mail(self, run: RunId, topic: str | None) -> None:
        if (live := self._live.get(run)) is not None:
            live.mail(topic)
        else:
            self._early.add(run)  # it may be under way to here
            self._wake()

    def running(self, run: RunId) -> Run | None:
        return None if (live := self._live.get(run)) is None else live.claim.run

    async def ended(self, run: RunId, *, seconds: float) -> Run | None:
        return await self._ends.wait(run, seconds)

    async def _reopen(self, run: RunId, wanted: Edits | None) -> bool:
        if not await self._journal.reopen(run, now=self.clock.now(), edits=wanted):
            return False
        if (live := self._live.get(run)) is not None:
            live.go_on()
        self._wake()
        return True

    # What a run may ask (`live.Desk`)

    def give(self, entry: Entry) -> Given:
        return self._writer.give(entry)

    async def message(self, run: RunId, topic: str) -> Message | None:
        pause = FIRST_PAUSE
        while True:
            try:
                return await self._journal.message(run, topic)
            except Unavailable:
                await anyio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def busy(self, live: Live) -> None:
        if not live.has_slot:
            live.has_slot = True
            try:
                await self._slots.acquire()
            except BaseException:
                live.has_slot = False
                raise
        if live.told_waiting:
            live.told_waiting = False
            _ = self._writer.give(Moved(live.claim.hold, None))

    def idle(self, live: Live) -> None:
        self._give(live)
        if self._group is not None:
            _ = self._group.start_soon(self._settle, live, live.idles)

    # Executing

    def _free(self) -> int:
        return self._slots.value - self._queued

    def _execute(self, claim: Claim) -> None:
        if self._group is None:
            return
        self._stop(claim.run.id)  # it was lost to another process, and has not found out yet
        live = Live(claim, self)
        self._live[claim.run.id] = live
        if claim.run.id in self._early:
            live.mail(None)
        self._queued += 1
        _ = self._group.start_soon(self._run, live)

    async def _run(self, live: Live) -> None:
        with live.scope:
            try:
                await self._begin(live)
                end = await self._bodies.execute(live)
                await self._ended(live, end)
            finally:
                self._left(live)
        if live.leaves is not None:
            _ = await self._writer.commit(live.leaves)
            self._wake()

    async def _begin(self, live: Live) -> None:
        try:
            await self._slots.acquire()
            live.has_slot = True
        finally:
            self._queued -= 1

    async def _ended(self, live: Live, end: End) -> None:
        run, at = live.claim.run, self.clock.now()
        ended = Ended(live.claim.hold, end, at, run.parent)
        try:
            good = await self._writer.commit(ended)
        except Exception as bug:  # noqa: BLE001 - the edge: what it put out cannot be stored
            ended = replace(ended, end=self._edges.broken(bug, live.now()))
            good = await self._writer.commit(ended)
        if good:
            await self._at_end(run, ended)

    async def _at_end(self, run: Run, ended: Ended) -> None:
        for each in self._edges.at_end:
            await each(run, ended.end)
        self._ends.tell(run.id, ended.of(run))
        self._heard(run.id, run.parent)

    def _heard(self, run: RunId, parent: RunId | None) -> None:
        """The end of a run is a message to the one that waits for it."""
        if parent is not None:
            self._mail(parent, f"run:{run}")

    def _left(self, live: Live) -> None:
        # A run that was cancelled and resumed at once may be here a second time.
        if self._live.get(live.id) is live:
            del self._live[live.id]
        self._give(live)

    def _give(self, live: Live) -> None:
        if live.has_slot:
            live.has_slot = False
            self._slots.release()
            if self._more:
                self._wake()

    async def _settle(self, live: Live, idles: int) -> None:
        """A run that has begun to wait: say so, and after a while let it leave the process."""
        settings = self._settings
        await anyio.sleep(settings.settle)
        if self._rests(live, idles):
            live.told_waiting = True
            _ = self._writer.give(Moved(live.claim.hold, live.waiting_on()))
        if not live.pausing:
            wake = live.wake_at()
            left = inf if wake is None else wake - self.clock.now()
            if left <= settings.patience:
                return
            await anyio.sleep(settings.patience)
        if self._rests(live, idles) and (live.pausing or not live.anchors):
            self._park(live)

    def _rests(self, live: Live, idles: int) -> bool:
        return live.active == 0 and live.idles == idles and self._live.get(live.id) is live

    def _park(self, live: Live) -> None:
        """It leaves the process, and is executed again when what it waits for has come."""
        hold = live.claim.hold
        wake_at, waiting_on = live.wake_at(), live.waiting_on()
        live.leaves = Parked(hold, wake_at, waiting_on, self.clock.now(), live.pausing)
        live.scope.cancel()

    def _stand(self, live: Live) -> None:
        live.pausing = True
        if live.active == 0:
            self._park(live)

    def _stop(self, run: RunId) -> None:
        if (live := self._live.get(run)) is not None:
            live.scope.cancel()

    # Finding work

    def _wake(self) -> None:
        self._poke.set()

    async def _claim(self) -> None:
        settings, pause = self._settings, FIRST_PAUSE
        while True:
            self._poke = anyio.Event()
            try:
                wake = await self._fetch()
            except Unavailable:
                await anyio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            pause = FIRST_PAUSE
            longest = LOOK if settings.alone else settings.poll
            left = longest if wake is None else min(max(wake - self.clock.now(), SPIN), longest)
            with anyio.move_on_after(left):
                await self._poke.wait()

    async def _fetch(self) -> float | None:
        """Execute what is due, as far as there is room; answers when the next run is due."""
        settings, free = self._settings, self._free() + self._settings.runs
        if free <= 0:
            self._more = True
            return None
        async with self._claiming:
            if self._group is None:
                return None
            now = self.clock.now()
            claims = await self._journal.claim(settings.executor, limit=free, now=now)
            for claim in claims:
                self._execute(claim)
        self._early.clear()
        self._more = len(claims) == free
        return None if self._more else await self._journal.next_wake()

    async def _listen(self, wakes: Wakes) -> None:
        while True:
            run = await wakes.next()
            if run is None:
                for live in self._live.values():
                    live.mail(None)
                self._wake()
            else:
                self._mail(run, None)

    async def _beat(self) -> None:
        settings = self._settings
        neighbours = Neighbours(self._journal, self.clock, settings)
        while True:
            await anyio.sleep(settings.beat)
            try:
                if await neighbours.beat():
                    self._wake()
                held = await self._journal.held(settings.executor)
            except Unavailable:
                continue
            self._compare(held)
            for stray in neighbours.strays(held, self._live):
                _ = self._writer.give(stray)

    def _compare(self, held: Mapping[RunId, tuple[int, bool]]) -> None:
        """Stop what others have ended or taken over; pause what others wish to pause."""
        for run, live in list(self._live.items()):
            epoch, pauses = held.get(run, (0, False))
            if epoch > live.claim.hold.epoch or (epoch == 0 and live.settled):
                live.scope.cancel()
                continue
            live.settled = True
            if pauses and not live.pausing:
                self._stand(live)
            elif live.pausing and not pauses:
                live.go_on()
