"""A scheduler over stores in memory, at a clock that tests move."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from tests.fakes_access import RULE
from tests.fakes_storage import MemoryStores
from tests.world import ANN, Everybody, FakeChance, FakeClock, InProcessJq

from podium.identity.principal import Principal
from podium.kernel.errors import NotFound, PodiumError
from podium.kernel.ids import Ids, RunId
from podium.kernel.json import Json, JsonObject, digest
from podium.workflows.engine.journal import Added, Ended, Hold, Moved
from podium.workflows.events.bus import Bus
from podium.workflows.events.bus import Edges as BusEdges
from podium.workflows.events.cloudevents import event
from podium.workflows.events.ports import Receipt
from podium.workflows.expressions.evaluator import Evaluator
from podium.workflows.ports import End
from podium.workflows.run_service import Start
from podium.workflows.runs import Run, RunStatus, WorkflowRef, WorkflowVersion
from podium.workflows.scheduling.scheduler import Alarm, Scheduler
from podium.workflows.scheduling.scheduler import Edges as SchedulerEdges
from podium.workflows.scheduling.schedules import Kind, Schedule
from podium.workflows.scheduling.service import Edges as ServiceEdges
from podium.workflows.scheduling.service import Schedules
from podium.workflows.scheduling.starting import Starting
from podium.workflows.scheduling.triggers import Triggers


def moment(text: str) -> float:
    return datetime.fromisoformat(f"{text}+00:00").timestamp()


@dataclass
class TwoClocks(FakeClock):
    """The time of day may jump; the other one goes on by itself."""

    passed: float = 0.0

    def monotonic(self) -> float:
        return self.passed

    def go(self, seconds: float) -> None:
        self.at += seconds
        self.passed += seconds


@dataclass
class Started:
    """Runs as the use case starts them: once for each key."""

    stores: MemoryStores
    clock: FakeClock
    wishes: list[Start] = field(default_factory=list)
    fails: PodiumError | None = None

    async def start(self, principal: Principal, wish: Start) -> Run:
        if self.fails is not None:
            raise self.fails
        run = Run(
            id=RunId(f"run_{len(self.wishes) + 1}"),
            workspace=principal.workspace,
            owner=principal.user,
            workflow=WorkflowRef(wish.namespace, wish.name, str(wish.version), ""),
            status=RunStatus.PENDING,
            input=wish.input,
            created_at=self.clock.now(),
            idempotency_key=wish.idempotency_key,
            labels=wish.labels,
        )
        (stored,) = await self.stores.journal.commit([Added(run, None)])
        assert isinstance(stored, Run)
        if stored.id == run.id:
            self.wishes.append(wish)
        return stored


class Board:
    def __init__(self, at: str = "2026-11-22T10:00") -> None:
        self.clock: TwoClocks = TwoClocks(moment(at))
        self.stores: MemoryStores = MemoryStores()
        self.alarm: Alarm = Alarm()
        self.runs: Started = Started(self.stores, self.clock)
        evaluator, authorizer = Evaluator(InProcessJq()), RULE
        starting = Starting(self.runs, Everybody(), self.clock)
        stores = self.stores
        self.triggers: Triggers = Triggers(stores.schedules, stores.crowds, starting, evaluator)
        self.schedules: Schedules = Schedules(
            ServiceEdges(
                store=stores.schedules,
                events=stores.events,
                authorizer=authorizer,
                clock=self.clock,
                ids=Ids(self.clock, FakeChance()),
                changed=self.alarm.ring,
            )
        )
        self.scheduler: Scheduler = self.another()
        self.bus: Bus = Bus(
            BusEdges(stores.events, evaluator, self, self.triggers, authorizer, self.clock),
            retention=1e9,
        )
        self.published: int = 0

    def another(self) -> Scheduler:
        """A process that has just been started."""
        stores, starting = self.stores, Starting(self.runs, Everybody(), self.clock)
        edges = SchedulerEdges(stores.schedules, starting, self.triggers, self.clock, self.alarm)
        return Scheduler(edges)

    async def send(self, run: RunId, topic: str, message: Json, *, key: str) -> None:
        raise NotFound(f"{run} {topic} {key} {message}: no run waits here")

    async def store(self, schedule: JsonObject | None, *, version: str = "1.0.0") -> None:
        document: JsonObject = {"do": [], **({} if schedule is None else {"schedule": schedule})}
        ref = WorkflowRef("acme", "nightly", version, digest(document))
        put = WorkflowVersion(ref, ANN.workspace, ANN.user, "", "", document, self.clock.now())
        _ = await self.stores.workflows.add(put)
        await self.schedules.stored(put)

    async def schedule(self, kind: Kind = Kind.CRON) -> Schedule:
        found = await self.stores.schedules.of(ANN.workspace, "acme", "nightly")
        return next(each for each in found if each.kind is kind)

    async def due(self, seconds: float) -> str:
        """What was due in that time, looked at each second the scheduler would wake."""
        end = self.clock.at + seconds
        before = len(self.runs.wishes)
        wake = await self.scheduler.tick()
        while wake is not None and wake <= end:
            self.clock.go(max(wake - self.clock.at, 0.001))
            wake = await self.scheduler.tick()
        self.clock.go(max(end - self.clock.at, 0.0))
        return self.labels(before)

    def labels(self, since: int = 0) -> str:
        """When the runs were due, in UTC."""
        said = [list(wish.labels.values())[1] for wish in self.runs.wishes[since:]]
        return " ".join(each.removesuffix(":00.000Z").partition("T")[2] or each for each in said)

    async def end(self, run: str, *, after: float = 0.0) -> None:
        """The run of that id ends."""
        self.clock.go(after)
        hold = Hold(RunId(run), ANN.workspace, 0)
        found = self.stores.journal.rows[RunId(run)].run
        end = End(self.clock.at)
        moved = [Moved(hold, None), Ended(hold, end, self.clock.at)]
        _ = await self.stores.journal.commit(moved)
        await self.scheduler.ended(replace(found, ended_at=self.clock.at), end)

    async def publish(self, type: str, data: Json = None, **more: Json) -> Receipt:
        self.published += 1
        self.clock.go(1)
        said = {
            "specversion": "1.0",
            "id": str(self.published),
            "source": "/shop",
            "type": type,
            "data": data,
            **more,
        }
        return await self.bus.publish(ANN, event(cast("JsonObject", said)))

    def inputs(self) -> list[Json]:
        return [wish.input for wish in self.runs.wishes]
