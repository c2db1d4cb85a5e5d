"""Starts what is due. It sleeps until then, and looks again when somebody pokes it.

Due times follow the time of day, and that may be set. Where it was set forward, what was left out
is made up for once, as after any time in which no process ran. Where it was set back, times are
planned anew; one that had its run already starts none, as the run's idempotency key is made of it.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import anyio

from podium.kernel.clock import Clock
from podium.kernel.errors import Invalid, Unavailable
from podium.kernel.ids import RunId
from podium.workflows.events.cloudevents import spelled
from podium.workflows.ports import End
from podium.workflows.runs import Run
from podium.workflows.scheduling.ports import Fired, ScheduleStore, Started
from podium.workflows.scheduling.schedules import After, Rule, Schedule
from podium.workflows.scheduling.starting import Starting
from podium.workflows.scheduling.times import Cron, Every
from podium.workflows.scheduling.triggers import Triggers

LOOK: Final = 10.0
"""Seconds after which it looks again in any case: the time may have been set forward, and other
processes may have stored schedules or ended runs.
"""

CLAIM: Final = 30.0
"""Seconds for which a due time is one process's to start."""

SHORTEST: Final = 0.001
_AT_ONCE: Final = 100
_SET_BACK: Final = 1.0
_RECOVER: Final = 60.0
_LATER: Final = 3600.0
_UNREADABLE: Final = (
    "This machine cannot read the schedule's rule: does its tz database know the time zone?"
)


class Alarm:
    """Wakes the scheduler, from wherever a schedule changes."""

    def __init__(self) -> None:
        self._event: anyio.Event = anyio.Event()

    def ring(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await self._event.wait()
        self._event = anyio.Event()


@dataclass(frozen=True, slots=True)
class Edges:
    store: ScheduleStore
    starting: Starting
    triggers: Triggers
    clock: Clock
    alarm: Alarm


class Scheduler:
    """`run` it in the background, and let it know which runs `ended`."""

    def __init__(self, edges: Edges) -> None:
        self._edges: Edges = edges
        self._followed: set[RunId] = set()
        self._offset: float | None = None
        self._recovered: float | None = None

    async def ended(self, run: Run, _end: End) -> None:
        """A run has ended in this process (`AtEnd` of the engine)."""
        if run.id in self._followed:
            self._edges.alarm.ring()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            wake: float | None = None
            with suppress(Unavailable):
                wake = await self.tick()
            left = LOOK if wake is None else wake - self._edges.clock.now()
            await self._edges.alarm.wait(min(max(left, SHORTEST), LOOK))

    async def tick(self) -> float | None:
        """Start what is due now; answers when the next is. Raises Unavailable."""
        await self._recover()
        await self._set_back()
        await self._follow()
        store, now = self._edges.store, self._edges.clock.now()
        for schedule in await store.due(now, limit=_AT_ONCE):
            await self._fire(schedule)
        return await store.next_due()

    async def _fire(self, schedule: Schedule) -> None:
        store, now, was = self._edges.store, self._edges.clock.now(), schedule.next_at
        if was is None or not await store.claim(schedule, now=now, until=now + CLAIM):
            return
        rule = _rule(schedule)
        match rule:
            case Every() | Cron():
                # Of times that were missed the last one counts for all.
                due = rule.last(was, now)
                started = await self._start(schedule, due)
                next_at = rule.next(max(due, now))
            case After(seconds=seconds):
                started = await self._start(schedule, was)
                next_at = None if started.run is not None else now + seconds
            case _:
                started, next_at = Started(now, None, _UNREADABLE), now + _LATER
        await store.fired(Fired(schedule.id, was, next_at, started))
        if isinstance(rule, After) and started.run is not None:
            self._followed.add(started.run)
            self._edges.alarm.ring()  # it may have ended already

    async def _start(self, schedule: Schedule, due: float) -> Started:
        return await self._edges.starting.start(schedule, {}, key=spelled(due))

    async def _follow(self) -> None:
        """Plan those whose run has ended."""
        store = self._edges.store
        for schedule, ended_at in await store.followed():
            rule = _rule(schedule)
            if isinstance(rule, After):
                _ = await store.plan(schedule, ended_at + rule.seconds)
            if schedule.last_run is not None:
                self._followed.discard(schedule.last_run)

    async def _set_back(self) -> None:
        """Where the time of day was set back, or may have been while no process ran, what is
        planned for later than it need be is planned anew.
        """
        clock, before = self._edges.clock, self._offset
        self._offset = clock.now() - clock.monotonic()
        if before is not None and self._offset > before - _SET_BACK:
            return
        now = clock.now()
        for schedule in await self._edges.store.timed():
            rule = _rule(schedule)
            if not isinstance(rule, Every | Cron) or schedule.next_at is None:
                continue
            first = rule.next(now)
            if first is not None and schedule.next_at > first:
                _ = await self._edges.store.plan(schedule, first)

    async def _recover(self) -> None:
        clock = self._edges.clock
        if self._recovered is None or clock.monotonic() - self._recovered >= _RECOVER:
            self._recovered = clock.monotonic()
            _ = await self._edges.triggers.recover()


def _rule(schedule: Schedule) -> Rule | None:
    """None where it cannot be read any more: a time zone that this machine does not know."""
    try:
        return schedule.read()
    except Invalid:
        return None
