"""A small world of fakes that tests build on: time, chance, an engine that keeps its promises."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import anyio
import jq

from podium.identity.principal import Principal, Role
from podium.kernel.errors import NotFound
from podium.kernel.ids import RunId, UserId, WorkspaceId
from podium.kernel.json import Json, JsonObject, digest
from podium.observability.spans import Span
from podium.workflows.documents.check import parse
from podium.workflows.expressions.errors import ExpressionError
from podium.workflows.expressions.evaluator import Evaluator
from podium.workflows.functions import Call, Control, Effect, Function, Pure, Steps
from podium.workflows.interpreter.deps import Dependencies, Limits
from podium.workflows.interpreter.execution import Execution
from podium.workflows.ports import Body, Branch
from podium.workflows.runs import RunStatus, WorkflowRef, WorkflowVersion

ANN = Principal(UserId("user_ann"), WorkspaceId("ws_one"), "Ann", frozenset({Role.ADMIN}))
BOB = Principal(UserId("user_bob"), WorkspaceId("ws_one"), "Bob")
EVE = Principal(UserId("user_eve"), WorkspaceId("ws_two"), "Eve", frozenset({Role.ADMIN}))


@dataclass
class FakeClock:
    """Stands still until told."""

    at: float = 1_000_000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


@dataclass
class FakeChance:
    count: int = 0

    def random(self) -> float:
        self.count += 1
        return (self.count * 0.618033988749895) % 1

    def token(self, size: int) -> bytes:
        self.count += 1
        return self.count.to_bytes(size, "big")


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
class Record:
    name: str
    answer: JsonObject


@dataclass
class Twin:
    """The engine's simulated twin: records by position as DBOS does, and dies where told.

    `crash_at` counts effects over the whole life; -1 never. A crash happens after the effect has
    happened and before it is recorded: the worst moment.
    """

    body: Body
    clock: FakeClock
    records: dict[str, list[Record]] = field(default_factory=dict)
    messages: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    crash_at: int = -1
    performed: int = 0

    async def run(self, id: str, request: JsonObject) -> JsonObject:
        return await self.body(id, request, TwinEffects(self, id))

    async def run_through_crashes(self, id: str, request: JsonObject) -> JsonObject:
        """Start again after each crash, as a new process would."""
        while True:
            try:
                return await self.run(id, request)
            except BaseExceptionGroup as group:
                if group.split(Crash)[1] is not None:
                    raise
            except Crash:
                pass
            self.crash_at = -1

    def send(self, id: str, topic: str, message: Json) -> None:
        self.messages.setdefault((id, topic), []).append(message)


class TwinEffects:
    def __init__(self, twin: Twin, id: str) -> None:
        self.twin: Twin = twin
        self.id: str = id
        self.position: int = 0

    async def _step(
        self, name: str, action: Callable[[], Awaitable[JsonObject]], *, atomic: bool = False
    ) -> JsonObject:
        records = self.twin.records.setdefault(self.id, [])
        if self.position < len(records):
            record = records[self.position]
            assert record.name == name, f"replay took another step: {name} for {record.name}"
            self.position += 1
            return record.answer
        answer = await action()
        self.twin.performed += not atomic
        if not atomic and self.twin.performed == self.twin.crash_at:
            raise Crash
        records.append(Record(name, answer))
        self.position += 1
        return answer

    async def call(self, name: str, action: Callable[[], Awaitable[JsonObject]]) -> JsonObject:
        return await self._step(name, action)

    async def all(
        self, calls: Sequence[tuple[str, Callable[[], Awaitable[JsonObject]]]], *, parallel: int
    ) -> Sequence[JsonObject]:
        return [await self._step(name, action) for name, action in calls]

    async def sleep(self, seconds: float) -> None:
        async def nap() -> JsonObject:
            self.twin.clock.at += seconds
            return {}

        _ = await self._step("sleep", nap, atomic=True)

    async def receive(self, topic: str, *, seconds: float | None) -> Json:
        async def take() -> JsonObject:
            while not (waiting := self.twin.messages.get((self.id, topic))):
                if seconds is not None:
                    self.twin.clock.at += seconds
                    return {"message": None}
                await anyio.sleep(0.001)
            return {"message": waiting.pop(0)}

        return (await self._step(f"receive {topic}", take, atomic=True))["message"]

    async def fork(self, branches: Sequence[Branch], *, compete: bool) -> Sequence[JsonObject]:
        return [
            await self.twin.run(f"{self.id}{branch.path}", branch.request)
            for branch in (branches[:1] if compete else branches)
        ]


@dataclass
class Ledger:
    """Run states, spans and workflow versions in memory; counts what functions did."""

    moves: list[tuple[str, Json]] = field(default_factory=list)
    spans: dict[str, Span] = field(default_factory=dict)
    versions: dict[str, WorkflowVersion] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    async def begin(self, run: RunId, at: float) -> None:
        self.moves.append(("running", None))

    async def wait(self, run: RunId, waiting_on: str) -> None:
        self.moves.append(("waiting", waiting_on))

    async def finish(
        self, run: RunId, status: RunStatus, at: float, *, output: Json, error: JsonObject | None
    ) -> bool:
        self.moves.append((str(status), output if error is None else error))
        return True

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
class FixedSecrets:
    values: Mapping[str, str] = field(default_factory=dict)

    def secret(self, name: str) -> str:
        if name not in self.values:
            raise NotFound(f"There is no secret {name}.")
        return self.values[name]


def schema(**properties: JsonObject) -> JsonObject:
    return {"type": "object", "properties": properties}


def functions(ledger: Ledger, clock: FakeClock) -> dict[str, Function]:
    """`double` computes, `inc` has an effect, `flaky` fails until its argument, `ask` waits."""
    attempts: dict[str, int] = {}

    async def inc(arguments: JsonObject, call: Call) -> Json:
        clock.at += 1
        ledger.calls.append(call.path)
        return int(str(arguments["x"])) + 1

    async def flaky(arguments: JsonObject, call: Call) -> Json:
        ledger.calls.append(call.path)
        clock.at += 1
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
        http: object | None = None,
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
        deps = Dependencies(
            evaluator=Evaluator(InProcessJq()),
            functions=shelf,
            http=http or NoHttp(),
            secrets=FixedSecrets(secrets or {}),
            tracer=self.ledger,
            clock=self.clock,
            runtime={"name": "podium", "version": "test", "metadata": {}},
            limits=limits or Limits(),
        )
        self.execution: Execution = Execution(deps, self.ledger, self.ledger)
        self.twin: Twin = Twin(self.execution.body, self.clock)

    def request(self, input: Json = None) -> JsonObject:
        return {
            "run": "run_1",
            "document": self.digest,
            "input": input,
            "now": self.clock.at,
            "principal": {"user": ANN.user, "workspace": ANN.workspace, "name": ANN.name},
        }

    async def run(self, input: Json = None) -> JsonObject:
        return await self.twin.run_through_crashes("run_1", self.request(input))

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
