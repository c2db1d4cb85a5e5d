"""Runs that events start."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from podium.kernel.errors import NotFound
from podium.kernel.ids import RunId, ScheduleId
from podium.kernel.json import Json, digest
from podium.workflows.events.filters import Match
from podium.workflows.events.gathering import Gathering, Taken
from podium.workflows.events.ports import Stored
from podium.workflows.expressions.errors import ExpressionError
from podium.workflows.expressions.evaluator import Evaluator
from podium.workflows.interpreter.program import Consumption, Strategy
from podium.workflows.scheduling.ports import CrowdStore, Gathered, ScheduleStore
from podium.workflows.scheduling.schedules import On, Schedule
from podium.workflows.scheduling.starting import Starting

MOST: Final = 10_000
"""Events that one run is started with, or that wait to be."""


@dataclass(frozen=True, slots=True)
class Triggers:
    """A `Trigger`."""

    store: ScheduleStore
    crowds: CrowdStore
    starting: Starting
    evaluator: Evaluator

    async def triggered(
        self, schedule: str, stored: Stored, matches: Sequence[Match]
    ) -> Sequence[RunId]:
        """Raises Unavailable."""
        try:
            found = await self.store.find(ScheduleId(schedule))
        except NotFound:
            return ()
        rule = found.read()
        if not isinstance(rule, On) or found.paused_at is not None:
            return ()
        if _is_simple(rule.events):
            return await self._start(found, rule, [stored], start=str(stored.serial))
        keys = {name: text for match in matches for name, text in match.keys.items()}
        key = digest(keys) if keys else ""
        await self.crowds.gather(found.id, key, Gathered(stored, matches))
        return await self._settle(found, rule, key)

    async def recover(self) -> int:
        """Start what a process that died had still to start; how many those were."""
        owed = await self.crowds.owed()
        for schedule, start, events in owed:
            try:
                found = await self.store.find(schedule)
            except NotFound:
                continue
            rule = found.read()
            if isinstance(rule, On):
                used = await self._used(rule, events)
                _ = await self._start(found, rule, used.consumed, start=start)
        return len(owed)

    async def _settle(self, schedule: Schedule, rule: On, key: str) -> Sequence[RunId]:
        """Start as many runs as there are events for."""
        runs: list[RunId] = []
        while True:
            crowd = await self.crowds.crowd(schedule.id, key, limit=MOST)
            used = await self._used(rule, crowd.events)
            if not used.is_complete:
                return runs
            serials = sorted([stored.serial for stored in used.consumed] + used.stopped)
            start = digest(serials)
            if await self.crowds.use(crowd, serials, start=start):
                runs += await self._start(schedule, rule, used.consumed, start=start)

    async def _used(self, rule: On, events: Sequence[Gathered]) -> "_Used":
        """Which events the next run gets, as they came."""
        gathering, until = Gathering(rule.events), rule.events.until
        consumed: list[Stored] = []
        stopped: list[int] = []
        is_complete = False
        for each in events:
            match gathering.offer(each.matches):
                case Taken.CONSUMED:
                    consumed.append(each.stored)
                    is_complete = gathering.is_complete or (
                        isinstance(until, str) and await self._holds(until, rule, consumed)
                    )
                case Taken.STOPPED | Taken.COUNTED as taken:
                    stopped.append(each.stored.serial)
                    is_complete = taken is Taken.STOPPED
                case Taken.IGNORED:
                    pass
            if is_complete:
                break
        return _Used(consumed, stopped, is_complete)

    async def _holds(self, until: str, rule: On, consumed: Sequence[Stored]) -> bool:
        said: Json = [stored.event.read(rule.read) for stored in consumed]
        try:
            return await self.evaluator.truth(until, said, {})
        except ExpressionError:
            return False

    async def _start(
        self, schedule: Schedule, rule: On, events: Sequence[Stored], *, start: str
    ) -> Sequence[RunId]:
        said: Json = [stored.event.read(rule.read) for stored in events]
        started = await self.starting.start(schedule, said, key=start)
        await self.crowds.started(schedule.id, start, started)
        return () if started.run is None else (started.run,)


@dataclass(frozen=True, slots=True)
class _Used:
    """`stopped` are the serials of those that counted for `until`."""

    consumed: list[Stored]
    stopped: list[int]
    is_complete: bool


def _is_simple(events: Consumption) -> bool:
    """Whether each event that passes starts a run of its own."""
    return events.until is None and events.strategy is not Strategy.ALL
