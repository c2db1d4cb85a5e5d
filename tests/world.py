"""A small world of fakes that tests build on: time, chance, an engine that keeps its promises."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import anyio.lowlevel
import jq

from podium.identity.principal import Principal, Role
from podium.kernel.errors import NotFound, Unavailable
from podium.kernel.ids import RunId, UserId, WorkspaceId
from podium.kernel.json import Json, JsonObject, digest
from podium.observability.spans import Span
from podium.workflows.documents.check import parse
from podium.workflows.engine.engine import DurableEngine, Edges
from podium.workflows.engine.journal import Entry, Recorded
from podium.workflows.engine.settings import EngineSettings
from podium.workflows.events.bus import Bus
from podium.workflows.events.bus import Edges as BusEdges
from podium.workflows.expressions.errors import ExpressionError
from podium.workflows.expressions.evaluator import Evaluator
from podium.workflows.functions import Call, Control, Effect, Function, Pure, Steps
from podium.workflows.interpreter.deps import Dependencies, Limits, ProtocolCall
from podium.workflows.interpreter.execution import Execution, broken
from podium.workflows.interpreter.program import RunWorkflow
from podium.workflows.runs import Run, RunStatus, WorkflowRef, WorkflowVersion
from tests.fakes_access import RULE
from tests.fakes_events import MemoryEvents, NoTrigger
from tests.fakes_journal import MemoryJournal

ANN = Principal(UserId("user_ann"), WorkspaceId("ws_one"), "Ann", frozenset({Role.ADMIN}))
BOB = Principal(UserId("user_bob"), WorkspaceId("ws_one"), "Bob", frozenset({Role.ENGINEER}))
EVE = Principal(UserId("user_eve"), WorkspaceId("ws_two"), "Eve", frozenset({Role.ADMIN}))


class Everybody:
    """A `Principals` in which all are engineers."""

    async def principal(self, user: UserId, workspace: WorkspaceId) -> Principal:
        return Principal(user, workspace, str(user), frozenset({Role.ENGINEER}))


@dataclass
class FakeClock:
    """Stands still until told."""

    at: float = 1_000_000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Others go first; then it is that much later."""
        until = self.at + seconds
        for _ in range(20):
            await anyio.lowlevel.checkpoint()
        self.at = max(self.at, until)


@dataclass
class FakeChance:
    count: int = 0

    def random(self) -> float:
        self.count += 1
        return (self.count * 0.618033988749895) % 1

    def token(self, size: int) -> bytes:
        """Five bits to a byte, as names keep no more of one: 32 apart are no longer the same."""
        self.count += 1
        return bytes((self.count >> 5 * place) & 31 for place in reversed(range(size)))


class InProcessJq:
    """libjq without its walls: tests write no hostile expressions through this one."""

    async def evaluate(self, program: str, data: Json, variables: JsonObject) -> Json:
        names = list(variables)
        bound = "".join(f".v[{i}] as ${name} | " for i, name in enumerate(names))
        try:
            compiled = jq.compile(f"{bound}.d | {program}")
            return next(iter(compiled.input_value({"v": [variables[n] for n in names], "d": data})))
        except StopIteration:
            return None
        except ValueError as error:
            raise ExpressionError(str(error), kind="runtime") from error

    async def check(self, program: str, variables: Sequence[str]) -> str | None:
        return None


class Crash(BaseException):
    """The process dies."""


@dataclass
class Life:
    """One process on a journal, which dies where it is told: after an effect has happened and
    before it is recorded, the worst moment. `crash_at` counts effects; -1 never.
    """

    journal: MemoryJournal
    crash_at: int = -1
    performed: int = 0
    dead: bool = False

    def __getattr__(self, name: str) -> object:
        return getattr(self.journal, name)

    async def commit(self, entries: Sequence[Entry]) -> Sequence[Run | bool]:
        if self.dead:
            return [False] * len(entries)
        effects = [e for e in entries if isinstance(e, Recorded) and "ms" in e.outcome]
        self.performed += len(effects)
        if 0 < self.crash_at <= self.performed:
            self.dead = True
            raise Crash
        return await self.journal.commit(entries)

    async def release(self, executor: str, *, now: float, lost: bool) -> int:
        return 0 if self.dead else await self.journal.release(executor, now=now, lost=lost)


@dataclass
class Ledger:
    """Spans and workflow versions in memory; counts what functions did."""

    spans: dict[str, Span] = field(default_factory=dict)
    versions: dict[str, WorkflowVersion] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    async def by_digest(self, workspace: WorkspaceId, digest: str) -> WorkflowVersion:
        if digest not in self.versions:
            raise NotFound(f"There is no workflow {digest}.")
        return self.versions[digest]

    def record(self, span: Span) -> None:
        self.spans[span.id] = span


class NoHttp:
    async def call(self, arguments: JsonObject, call: Call) -> Json:
        raise AssertionError("this test calls no HTTP")


@dataclass
class Post:
    """The engine that is serving now, for those who were made before it."""

    engine: DurableEngine | None = None

    async def send(self, run: RunId, topic: str, message: Json, *, key: str) -> None:
        if self.engine is None:
            raise Unavailable("no process is serving")
        await self.engine.send(run, topic, message, key=key)


class NoSubRuns:
    async def start(self, wanted: RunWorkflow, input: Json, call: Call) -> RunId:
        raise AssertionError("this test starts no other workflow")


@dataclass
class FixedSecrets:
    values: Mapping[str, str] = field(default_factory=dict)

    def secret(self, name: str) -> str:
        if name not in self.values:
            raise NotFound(f"There is no secret {name}.")
        return self.values[name]


def schema(**properties: JsonObject) -> JsonObject:
    return {"type": "object", "properties": properties}


def functions(ledger: Ledger, clock: FakeClock | None) -> dict[str, Function]:  # noqa: C901 a shelf
    """`double` computes, `inc` has an effect, `flaky` fails until its argument, `ask` waits."""
    attempts: dict[str, int] = {}

    def pass_a_second() -> None:
        if clock is not None:
            clock.at += 1

    async def inc(arguments: JsonObject, call: Call) -> Json:
        pass_a_second()
        ledger.calls.append(call.path)
        return int(str(arguments["x"])) + 1

    async def flaky(arguments: JsonObject, call: Call) -> Json:
        ledger.calls.append(call.path)
        pass_a_second()
        name = str(arguments.get("name", ""))
        attempts[name] = attempts.get(name, 0) + 1
        if attempts[name] < int(str(arguments["ok_at"])):
            raise NotFound("not yet")
        return attempts[name]

    async def ask(_arguments: JsonObject, call: Call, steps: Steps) -> Json:
        async def store() -> JsonObject:
            ledger.calls.append(call.path)
            return {"asked": True}

        _ = await steps.effect("ask", store)
        answer = await steps.receive(call.path, seconds=60, waiting_on="approval: ask")
        return answer if answer is not None else {"expired": True}

    async def each(arguments: JsonObject, _call: Call, steps: Steps) -> Json:
        items = arguments["items"]
        assert isinstance(items, Sequence)
        wanted = [{"x": item} for item in items]
        return list(await steps.map("inc", wanted, parallel=2))

    def make(name: str, body: Pure | Effect | Control, input: JsonObject) -> Function:
        return Function(name, "1.0.0", name, input, {}, body)

    number = {"type": "integer"}
    shelf = [
        make("double", Pure(lambda a, _call: 2 * int(str(a["x"]))), schema(x=number)),
        make("inc", Effect(inc), {**schema(x=number), "required": ["x"]}),
        make("flaky", Effect(flaky), schema()),
        make("ask", Control(ask), schema()),
        make("approve", Control(ask), schema()),
        make("each", Control(each), schema()),
    ]
    return {function.name: function for function in shelf}


class Scene:
    """One document, ready to be run on the twin."""

    def __init__(
        self,
        text: str,
        *,
        secrets: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        http: ProtocolCall | None = None,
        protocols: Mapping[str, ProtocolCall] | None = None,
    ) -> None:
        self.clock: FakeClock = FakeClock()
        self.ledger: Ledger = Ledger()
        shelf = functions(self.ledger, self.clock)
        document = parse(text, name="test", functions={n: f.input for n, f in shelf.items()})
        self.digest: str = digest(document.source)
        ref = WorkflowRef("test", "test", "1.0.0", self.digest)
        self.ledger.versions[self.digest] = WorkflowVersion(
            ref, ANN.workspace, ANN.user, "", text, document.source, 0.0
        )
        self.journal: MemoryJournal = MemoryJournal()
        self.post: Post = Post()
        self.events: MemoryEvents = MemoryEvents(self.journal)
        self.bus: Bus = Bus(
            BusEdges(
                store=self.events,
                evaluator=Evaluator(InProcessJq()),
                engine=self.post,
                trigger=NoTrigger(),
                authorizer=RULE,
                clock=self.clock,
            ),
            retention=7 * 86400.0,
        )
        deps = Dependencies(
            evaluator=Evaluator(InProcessJq()),
            functions=shelf,
            protocols={"http": http or NoHttp(), **(protocols or {})},
            secrets=FixedSecrets(secrets or {}),
            tracer=self.ledger,
            clock=self.clock,
            runtime={"name": "podium", "version": "test", "metadata": {}},
            limits=limits or Limits(),
            events=self.bus,
            subruns=NoSubRuns(),
            principals=Everybody(),
        )
        self.execution: Execution = Execution(deps, self.ledger)
        self.crash_at: int = -1
        self.performed: int = 0
        self.downtime: float = 0.0
        self.letters: list[tuple[str, Json]] = []
        self.wish: Run = Run(
            id=RunId("run_1"),
            workspace=ANN.workspace,
            owner=ANN.user,
            workflow=ref,
            status=RunStatus.PENDING,
            input=None,
            created_at=self.clock.at,
        )

    @property
    def moves(self) -> list[tuple[str, str | None]]:
        """What became of the run: (status, what it waits for)."""
        return [(status, reason) for run, status, reason in self.journal.moves if run == "run_1"]

    def send(self, topic: str, message: Json) -> None:
        """Let it come as soon as the run has started."""
        self.letters.append((topic, message))

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[DurableEngine]:
        """A process that may die at `crash_at`, and then raises `Crash`."""
        life = Life(self.journal, self.crash_at)
        edges = Edges(life, self.clock, self.execution.body, broken)
        engine = DurableEngine(edges, EngineSettings("one", settle=0.0, patience=3600.0))
        try:
            async with engine.serving():
                self.post.engine = engine
                yield engine
        except BaseExceptionGroup as group:
            if group.split(Crash)[0] is None:
                raise
            raise Crash from group
        finally:
            self.performed += life.performed

    async def run(self, input: Json = None) -> JsonObject:
        """Start again after each crash, as a new process would."""
        run = replace(self.wish, input=input)
        while True:
            try:
                async with self.serving() as engine:
                    if run.id not in self.journal.rows:
                        _ = await engine.start(run)
                    for index, (topic, message) in enumerate(self.letters):
                        await engine.send(run.id, topic, message, key=str(index))
                    while not self.journal.rows[run.id].run.status.is_final:
                        _ = await engine.ended(run.id, seconds=0.05)
            except Crash:
                self.crash_at = -1
                self.clock.at += self.downtime
                continue
            ended = self.journal.rows[run.id].run
            return {"ok": ended.output} if ended.error is None else {"error": ended.error}

    async def output(self, input: Json = None) -> Json:
        answer = await self.run(input)
        assert "ok" in answer, answer
        return answer["ok"]

    async def error(self, input: Json = None) -> JsonObject:
        answer = await self.run(input)
        error = answer.get("error")
        assert isinstance(error, Mapping), answer
        return error


def document(tasks: str, *, use: str = "", head: str = "") -> str:
    """A document around tasks that are written at no indentation."""
    indented = "\n".join(f"  {line}" for line in tasks.strip("\n").splitlines())
    return (
        "document: {dsl: '1.0.3', namespace: test, name: test, version: '1.0.0'}\n"
        f"{head}{use}do:\n{indented}\n"
    )
