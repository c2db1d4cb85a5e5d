"""A podium in simulated time: everything real but the database, the network and the hours."""

from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio.abc import TaskGroup

from podium.bootstrap.parts import OwnRuns
from podium.kernel.errors import Unavailable
from podium.kernel.ids import Ids, RunId
from podium.kernel.json import Json
from podium.observability.spans import Span, SpanKind
from podium.workflows.calls.authentication.exchange import Authentication
from podium.workflows.calls.http import HttpCall
from podium.workflows.calls.sending import Limits as SendingLimits
from podium.workflows.calls.sending import Sender
from podium.workflows.engine.engine import DurableEngine, Edges
from podium.workflows.engine.settings import EngineSettings
from podium.workflows.events.bus import Bus
from podium.workflows.events.bus import Edges as BusEdges
from podium.workflows.expressions.evaluator import Evaluator
from podium.workflows.functions import Function
from podium.workflows.interpreter.deps import Dependencies, Limits
from podium.workflows.interpreter.execution import Execution, broken
from podium.workflows.ports import Effects, End
from podium.workflows.run_service import Runs, Start
from podium.workflows.runs import Run, WorkflowRef, WorkflowVersion
from podium.workflows.scheduling.scheduler import Alarm, Scheduler
from podium.workflows.scheduling.scheduler import Edges as SchedulerEdges
from podium.workflows.scheduling.service import Edges as ScheduleEdges
from podium.workflows.scheduling.service import Schedules
from podium.workflows.scheduling.starting import Starting
from podium.workflows.scheduling.triggers import Triggers
from podium.workflows.service import Workflows
from tests.fakes_access import RULE
from tests.fakes_api import NoApprovals
from tests.fakes_storage import MemoryStores
from tests.scenarios.fetching import read
from tests.simulation.stage import SimulatedClock
from tests.world import (
    ANN,
    Everybody,
    FakeChance,
    FixedSecrets,
    InProcessJq,
    Ledger,
    Life,
    functions,
)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    method: str


@dataclass
class Web:
    """Services by host, each with a list of answers; the last one is repeated.

    An answer has `status`, `body`, `headers`, `after` (seconds until it comes) or `fails: true`.
    """

    answers: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    asked: list[tuple[str, str, Mapping[str, str], bytes | None]] = field(default_factory=list)

    async def request(  # noqa: PLR0913 the port's
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, str],
        body: bytes | None,
        deadline: float,
        max_bytes: int,
        follow_redirects: bool,
    ) -> Reply:
        host = next((each for each in self.answers if url.startswith(each)), None)
        if host is None:
            raise Unavailable(f"nobody answers at {url}")
        self.asked.append((method, url, headers, body))
        said = self.answers[host]
        answer = said.pop(0) if len(said) > 1 else said[0]
        await anyio.sleep(answer.get("after", 0.0))
        if answer.get("fails"):
            raise Unavailable(f"{url} hangs up")
        content = answer.get("body")
        text = isinstance(content, str)
        packed = b"" if content is None else (content if text else _json(content)).encode()
        kind = {"content-type": "text/plain" if text else "application/json"}
        more = {k.lower(): str(v) for k, v in answer.get("headers", {}).items()}
        return Reply(answer.get("status", 200), {**kind, **more}, packed, url, method)


def _json(content: object) -> str:
    import json  # noqa: PLC0415

    return json.dumps(content)


@dataclass
class Post:
    """To whichever engine lives."""

    engine: DurableEngine | None = None

    async def send(self, run: RunId, topic: str, message: Json, *, key: str) -> None:
        assert self.engine is not None
        await self.engine.send(run, topic, message, key=key)


class Theatre:
    def __init__(self, group: TaskGroup) -> None:
        self.group: TaskGroup = group
        self.clock: SimulatedClock = SimulatedClock()
        self.chance: FakeChance = FakeChance()
        self.stores: MemoryStores = MemoryStores()
        self.ledger: Ledger = Ledger()
        self.web: Web = Web()
        self.secrets: dict[str, Any] = {}
        self.versions: list[WorkflowVersion] = []
        self.id: RunId | None = None
        self.started: list[RunId] = []
        self.life: Life = Life(self.stores.journal)
        self._stack: AsyncExitStack = AsyncExitStack()
        self._scope: anyio.CancelScope = anyio.CancelScope()
        self._post: Post = Post()
        self._build()

    def _build(self) -> None:
        stores, evaluator, rule = self.stores, Evaluator(InProcessJq()), RULE
        ids, alarm = Ids(self.clock, self.chance), Alarm()
        self.functions: dict[str, Function] = functions(self.ledger, None)
        self.schedules: Schedules = Schedules(
            ScheduleEdges(stores.schedules, stores.events, rule, self.clock, ids, alarm.ring)
        )
        self._workflows: Workflows = Workflows(stores.workflows, {}, rule, self.clock)
        self._execution: Execution | None = None
        self.engine: DurableEngine = DurableEngine(
            Edges(self.life, self.clock, self._body, broken, at_end=[self._ended]),
            EngineSettings("one", settle=0.01, patience=30.0),
        )
        self._post.engine = self.engine
        self.approvals: NoApprovals = NoApprovals()
        self.runs: Runs = Runs(
            self._workflows, stores.runs, self.engine, self.approvals, rule, self.clock, ids
        )
        starting = Starting(self.runs, Everybody(), self.clock)
        triggers = Triggers(stores.schedules, stores.crowds, starting, evaluator)
        self.bus: Bus = Bus(
            BusEdges(stores.events, evaluator, self._post, triggers, rule, self.clock),
            retention=7 * 86400.0,
        )
        self.scheduler: Scheduler = Scheduler(
            SchedulerEdges(stores.schedules, starting, triggers, self.clock, alarm)
        )
        sender = Sender(
            self.web, Authentication(self.clock, self.chance), SendingLimits(300.0, 10_000_000)
        )
        deps = Dependencies(
            evaluator=evaluator,
            functions=self.functions,
            protocols={"http": HttpCall(sender)},
            secrets=FixedSecrets(self.secrets),
            tracer=self.ledger,
            clock=self.clock,
            runtime={"name": "podium", "version": "test", "metadata": {}},
            limits=Limits(),
            events=self.bus,
            subruns=OwnRuns(self.runs),
            principals=Everybody(),
        )
        self._execution = Execution(deps, stores.workflows)

    async def _body(self, run: Run, effects: Effects) -> End:
        assert self._execution is not None
        return await self._execution.body(run, effects)

    async def _ended(self, run: Run, end: End) -> None:
        await self.scheduler.ended(run, end)

    # A process

    async def open(self) -> None:
        self.life.dead = False
        ready = anyio.Event()

        async def serve() -> None:
            with self._scope:
                async with self.engine.serving():
                    await self.schedules.recover()
                    async with anyio.create_task_group() as group:
                        _ = group.start_soon(self.scheduler.run)
                        _ = group.start_soon(self.bus.run)
                        ready.set()

        _ = self.group.start_soon(serve)
        await ready.wait()

    async def kill(self) -> None:
        """As `kill -9` does: nothing more is written."""
        self.life.dead = True
        self._scope.cancel()
        await anyio.sleep(0.001)

    async def restart(self) -> None:
        self.life = Life(self.stores.journal)
        self._scope = anyio.CancelScope()
        self._build()
        await self.open()

    # What the kit needs

    async def define(self, text: str) -> None:
        known = {name: each.input for name, each in self.functions.items()}
        document = await read(text, known, self.web)
        version = WorkflowVersion(
            WorkflowRef(document.namespace, document.name, document.version, document.digest),
            ANN.workspace,
            ANN.user,
            document.title,
            text,
            document.source,
            self.clock.now(),
        )
        self.versions.append(await self.stores.workflows.add(version))
        await self.schedules.stored(version)

    async def start(self, input: Json, *, key: str | None = None) -> None:
        ref = self.versions[0].ref
        wish = Start(ref.namespace, ref.name, ref.version, input=input, idempotency_key=key)
        run = await self.runs.start(ANN, wish)
        self.id = run.id
        self.started.append(run.id)

    async def execute(self, input: Json) -> None:
        await self.start(input)
        await self.until_end()

    async def until_end(self, *, hours: float = 24 * 400) -> None:
        with anyio.fail_after(hours * 3600):
            while not (await self.run()).status.is_final:
                assert self.id is not None
                _ = await self.engine.ended(self.id, seconds=60)

    async def run(self) -> Run:
        assert self.id is not None, "nothing was started"
        return self.stores.journal.rows[self.id].run

    async def spans(self) -> list[Span]:
        found = [
            span
            for span in self.ledger.spans.values()
            if span.kind is SpanKind.TASK and span.run == self.id
        ]
        return sorted(found, key=lambda span: (span.started_at, span.path))

    def runs_of(self, name: str) -> Sequence[Run]:
        rows = [row.run for row in self.stores.journal.rows.values()]
        return sorted((r for r in rows if r.workflow.name == name), key=lambda r: r.created_at)


@asynccontextmanager
async def theatre() -> AsyncGenerator[Theatre]:
    async with anyio.create_task_group() as group:
        made = Theatre(group)
        await made.open()
        yield made
        group.cancel_scope.cancel()
