"""Processes on one journal that are killed, frozen and started again, and who watches over them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import anyio

from podium.kernel.errors import Unavailable
from podium.kernel.ids import RunId
from podium.kernel.json import Json, JsonObject, digest
from podium.workflows.engine.engine import DurableEngine, Edges
from podium.workflows.engine.journal import Claim, Entry, Message, Recorded
from podium.workflows.engine.settings import EngineSettings
from podium.workflows.expressions.evaluator import Evaluator
from podium.workflows.functions import Call, Control, Effect, Function, Steps
from podium.workflows.interpreter.deps import Dependencies, Limits
from podium.workflows.interpreter.execution import Execution, broken
from podium.workflows.runs import Run, RunStatus, WorkflowRef, WorkflowVersion
from tests.fakes_journal import MemoryJournal
from tests.world import ANN, Everybody, FixedSecrets, InProcessJq, Ledger, schema

RUN = RunId("run_1")
START = 1_000_000.0


@dataclass
class SimulatedClock:
    """The loop's time, and what somebody has set the clock by."""

    set_by: float = 0.0

    def now(self) -> float:
        return START + anyio.current_time() + self.set_by

    def monotonic(self) -> float:
        return anyio.current_time()

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


@dataclass
class Watch:
    """What the effects did: nothing that is recorded is done again, nothing is done twice by who
    holds the run, and who has lost it records nothing. `performed` counts by effect and epoch,
    `recorded` is what the journal has, `epoch` the last one in which the run was taken.
    """

    performed: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])
    recorded: set[str] = field(default_factory=set[str])
    epoch: int = 1

    def records(self, name: str, epoch: int) -> None:
        assert epoch >= self.epoch, (
            f"{name} was recorded in epoch {epoch}, after {self.epoch} began"
        )
        self.recorded.add(name)

    def begins(self, key: str, epoch: int) -> None:
        assert key not in self.recorded, f"{key} was recorded and is performed again"
        self.performed[key, epoch] += 1
        assert self.performed[key, epoch] == 1, f"{key} was performed twice in epoch {epoch}"


@dataclass
class Process:
    """A process's view of the journal, slow as databases are, until it dies."""

    journal: MemoryJournal
    watch: Watch
    dice: Random
    dead: bool = False
    frozen: bool = False
    epoch: int = 1

    def __getattr__(self, name: str) -> object:
        return getattr(self.journal, name)

    async def _delay(self) -> None:
        await anyio.sleep(self.dice.choice([0.0, 0.0, 0.001, 0.004, 0.03]))
        while self.frozen and not self.dead:
            await anyio.sleep(0.5)

    async def commit(self, entries: Sequence[Entry]) -> Sequence[Run | bool]:
        await self._delay()
        if self.dead:
            return [False] * len(entries)
        if self.dice.random() < 0.03:
            raise Unavailable("the database is away")
        answers = await self.journal.commit(entries)
        for entry, answer in zip(entries, answers, strict=True):
            if isinstance(entry, Recorded) and answer is True:
                self.watch.records(entry.name, entry.hold.epoch)
        await self._delay()
        return [False] * len(entries) if self.dead else answers

    async def claim(self, executor: str, *, limit: int, now: float) -> Sequence[Claim]:
        await self._delay()
        if self.dead:
            return ()
        claims = await self.journal.claim(executor, limit=limit, now=now)
        for claim in claims:
            self.epoch = self.watch.epoch = claim.hold.epoch
        await self._delay()
        return () if self.dead else claims

    async def message(self, run: RunId, topic: str) -> Message | None:
        found = await self.journal.message(run, topic)
        await self._delay()
        return None if self.dead else found

    async def release(self, executor: str, *, now: float, lost: bool) -> int:
        return 0 if self.dead else await self.journal.release(executor, now=now, lost=lost)

    def perform(self, key: str) -> None:
        if not self.dead:
            self.watch.begins(key, self.epoch)


def functions(process: Process) -> dict[str, Function]:
    dice = process.dice

    async def work(arguments: JsonObject, call: Call) -> Json:
        process.perform(f"{call.path} work")
        await anyio.sleep(dice.choice([0.0, 0.0, 0.002, 0.2, 3.0]))
        return {"x": arguments.get("x"), "at": call.path}

    async def shaky(_arguments: JsonObject, call: Call) -> Json:
        process.perform(f"{call.path} shaky")
        await anyio.sleep(0.001)
        # The third try of each succeeds, whoever makes it.
        if "#3" not in call.path:
            raise Unavailable("not yet")
        return call.path

    async def ask(_arguments: JsonObject, call: Call, steps: Steps) -> Json:
        return await steps.receive(call.path, seconds=None, waiting_on="an answer")

    async def each(arguments: JsonObject, _call: Call, steps: Steps) -> Json:
        items = arguments["items"]
        assert isinstance(items, Sequence)
        return list(await steps.map("work", [i for i in items if isinstance(i, dict)], parallel=2))

    def make(name: str, body: Effect | Control) -> Function:
        return Function(name, "1.0.0", name, schema(), {}, body)

    shelf = [
        make("work", Effect(work)),
        make("shaky", Effect(shaky)),
        make("ask", Control(ask)),
        make("each", Control(each)),
    ]
    return {function.name: function for function in shelf}


class Stage:
    def __init__(self, document: JsonObject, seed: int) -> None:
        self.dice: Random = Random(seed)
        self.clock: SimulatedClock = SimulatedClock()
        self.journal: MemoryJournal = MemoryJournal()
        self.watch: Watch = Watch()
        self.ledger: Ledger = Ledger()
        self.digest: str = digest(document)
        self.ref: WorkflowRef = WorkflowRef("sim", "sim", "1.0.0", self.digest)
        self.ledger.versions[self.digest] = WorkflowVersion(
            self.ref, ANN.workspace, ANN.user, "", "", document, 0.0
        )
        self.processes: dict[str, tuple[Process, DurableEngine, anyio.CancelScope]] = {}

    def run(self) -> Run:
        status, at = RunStatus.PENDING, self.clock.now()
        return Run(RUN, ANN.workspace, ANN.user, self.ref, status, None, at)

    @property
    def now(self) -> Run:
        return self.journal.rows[RUN].run

    async def process(self, name: str) -> None:
        """Serve until it is killed."""
        process = Process(self.journal, self.watch, Random(self.dice.random()))
        deps = Dependencies(
            evaluator=Evaluator(InProcessJq()),
            functions=functions(process),
            protocols={},
            secrets=FixedSecrets(),
            tracer=self.ledger,
            clock=self.clock,
            runtime={},
            limits=Limits(),
            principals=Everybody(),
            **NOTHING_ELSE,
        )
        execution = Execution(deps, self.ledger)
        edges = Edges(process, self.clock, execution.body, broken)
        settings = EngineSettings(name, runs=2, patience=1.0, alone=False, poll=0.3)
        engine = DurableEngine(edges, settings)
        with anyio.CancelScope() as scope:
            self.processes[name] = (process, engine, scope)
            async with engine.serving():
                await anyio.sleep_forever()

    def kill(self, name: str) -> None:
        process, _, scope = self.processes.pop(name)
        process.dead = True
        scope.cancel()

    def engine(self) -> DurableEngine:
        return next(engine for process, engine, _ in self.processes.values() if not process.frozen)


NOTHING_ELSE: dict[str, None] = {
    name: None
    for name in Dependencies.__dataclass_fields__
    if name
    not in {
        "evaluator",
        "functions",
        "protocols",
        "principals",
        "secrets",
        "tracer",
        "clock",
        "runtime",
        "limits",
    }
}
"""What the plays do not use."""
