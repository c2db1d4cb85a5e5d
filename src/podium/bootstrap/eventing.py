"""Events and schedules: the parts that know of each other, put together."""

from contextlib import suppress
from dataclasses import dataclass

from anyio.abc import TaskGroup

from podium.adapters.storage.stores import SqlStores
from podium.governance.access import Authorizer
from podium.identity.ports import Principals
from podium.kernel.clock import Clock
from podium.kernel.errors import Unavailable
from podium.kernel.ids import Ids
from podium.settings import Settings
from podium.workflows.events.bus import Bus
from podium.workflows.events.bus import Edges as BusEdges
from podium.workflows.events.ports import Send
from podium.workflows.expressions.evaluator import Evaluator
from podium.workflows.run_service import Runs
from podium.workflows.scheduling.scheduler import Alarm, Scheduler
from podium.workflows.scheduling.scheduler import Edges as SchedulerEdges
from podium.workflows.scheduling.service import Edges as ScheduleEdges
from podium.workflows.scheduling.service import Schedules
from podium.workflows.scheduling.starting import Starting
from podium.workflows.scheduling.triggers import Triggers


@dataclass(frozen=True, slots=True)
class Means:
    """What all of them need."""

    stores: SqlStores
    evaluator: Evaluator
    authorizer: Authorizer
    principals: Principals
    clock: Clock
    ids: Ids
    alarm: Alarm


@dataclass(frozen=True, slots=True)
class Eventing:
    bus: Bus
    scheduler: Scheduler
    schedules: Schedules

    async def begin(self, group: TaskGroup) -> None:
        """Once the engine serves: what is due starts, what was left is handed on."""
        await self.schedules.recover()
        _ = await self.bus.recover(older=0.0)
        _ = group.start_soon(self.scheduler.run)
        _ = group.start_soon(self.bus.run)

    async def end(self) -> None:
        """Note what was handed on, so that the next start need not look at it."""
        with suppress(Unavailable):
            await self.bus.flush()


def schedules(means: Means) -> Schedules:
    """The use cases, which the documents' need."""
    edges = ScheduleEdges(
        store=means.stores.schedules,
        events=means.stores.events,
        authorizer=means.authorizer,
        clock=means.clock,
        ids=means.ids,
        changed=means.alarm.ring,
    )
    return Schedules(edges)


def eventing(
    means: Means, settings: Settings, *, runs: Runs, engine: Send, schedules: Schedules
) -> Eventing:
    stores, clock = means.stores, means.clock
    starting = Starting(runs, means.principals, clock)
    triggers = Triggers(stores.schedules, stores.crowds, starting, means.evaluator)
    bus = Bus(
        BusEdges(
            store=stores.events,
            evaluator=means.evaluator,
            engine=engine,
            trigger=triggers,
            authorizer=means.authorizer,
            clock=clock,
        ),
        retention=settings.events.retention,
    )
    scheduler = Scheduler(SchedulerEdges(stores.schedules, starting, triggers, clock, means.alarm))
    return Eventing(bus, scheduler, schedules)
