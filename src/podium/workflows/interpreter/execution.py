"""The body that the engine runs: a whole run, or one branch of a fork."""

from collections import OrderedDict
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field

from podium.identity.principal import Principal
from podium.kernel.errors import NotFound, PodiumError
from podium.kernel.ids import RunId, UserId, WorkspaceId
from podium.kernel.json import Json, JsonObject
from podium.observability.spans import Span
from podium.workflows.interpreter import problems
from podium.workflows.interpreter.calls import Caller
from podium.workflows.interpreter.compile import compile_document
from podium.workflows.interpreter.deps import Dependencies
from podium.workflows.interpreter.flow import Flow
from podium.workflows.interpreter.persist import persist
from podium.workflows.interpreter.problems import Fault
from podium.workflows.interpreter.program import Program
from podium.workflows.interpreter.scope import Scope
from podium.workflows.interpreter.state import Frame, Session
from podium.workflows.interpreter.trace import Trace
from podium.workflows.interpreter.waiting import Waiting
from podium.workflows.ports import Effects, RunStore, WorkflowStore
from podium.workflows.runs import RunStatus

PROGRAMS_KEPT = 256


@dataclass
class Execution:
    """Holds the programs of documents in use and what runs of this process share."""

    deps: Dependencies
    runs: RunStore
    workflows: WorkflowStore
    _programs: OrderedDict[str, Program] = field(default_factory=OrderedDict)
    _waiting: dict[RunId, Waiting] = field(default_factory=dict)

    async def body(self, id: str, request: JsonObject, effects: Effects) -> JsonObject:
        """Answers {"ok": output, "at": time} or {"error": problem, "at": time}."""
        run, principal = RunId(str(request["run"])), _principal(request)
        try:
            program = await persist(
                lambda: self._program(principal.workspace, str(request["document"]))
            )
        except NotFound as missing:
            return await self._end(request, problems.from_error(missing))
        session = Session(
            run=run,
            engine_id=id,
            principal=principal,
            workflow=_descriptor(request, program),
            context=request.get("context"),
            now=_float(request["now"]),
        )
        began = _float(request.get("started_at", request["now"]))
        waiting = self._waiting.get(run) or Waiting(run, self.runs, began)
        flow = self._flow(program, session, effects=effects, waiting=waiting)
        if "branch" in request:
            return await self._branch(flow, request)
        return await self._root(flow, request)

    async def _root(self, flow: Flow, request: JsonObject) -> JsonObject:
        run, session = flow.caller.session.run, flow.caller.session
        self._waiting[run] = flow.caller.waiting
        try:
            await persist(lambda: self.runs.begin(run, session.now))
            head = _mapping(flow.program.document["document"])
            span = flow.caller.trace.run(str(head["name"]))
            answer = await _answer(flow, self._run(flow, request.get("input"), span))
            await self._finish(flow, span, answer)
        finally:
            del self._waiting[run]
        return answer

    async def _run(self, flow: Flow, data: Json, span: Span) -> Json:
        program, session = flow.program, flow.caller.session
        frame = Frame("", span.id)
        if program.timeout is not None:
            seconds = await flow.scope.seconds(program.timeout, data, frame)
            frame = frame.until(session.now + seconds)
        entered = await flow.scope.entrance(program.data, data, frame)
        inside = Frame("/do", span.id, frame.deadline, {"input": entered})
        output, _ = await flow.sequence(program.tasks, entered, inside)
        return await flow.scope.exit(program.data, output, inside)

    async def _finish(self, flow: Flow, span: Span, answer: JsonObject) -> None:
        run, at = flow.caller.session.run, flow.caller.session.now
        error = answer.get("error")
        if isinstance(error, Mapping):
            flow.caller.trace.close(span, error=error)
            status, output = RunStatus.FAULTED, None
        else:
            flow.caller.trace.close(span)
            error, status, output = None, RunStatus.COMPLETED, answer["ok"]
        _ = await persist(lambda: self.runs.finish(run, status, at, output=output, error=error))

    async def _branch(self, flow: Flow, request: JsonObject) -> JsonObject:
        task = flow.program.branches[str(request["branch"])]
        deadline = request.get("deadline")
        frame = Frame(
            path=str(request["path"]),
            parent=str(request["parent"]),
            deadline=None if deadline is None else _float(deadline),
            variables=_mapping(request.get("variables")),
        )

        async def work() -> Json:
            output, _ = await flow.task(task, request.get("input"), frame)
            return output

        try:
            return await _answer(flow, work())
        finally:
            await flow.caller.waiting.branch_done()

    async def _end(self, request: JsonObject, error: JsonObject) -> JsonObject:
        """End a run, or a branch, that cannot be executed."""
        at = _float(request["now"])
        if "branch" not in request:
            run = RunId(str(request["run"]))
            _ = await persist(
                lambda: self.runs.finish(run, RunStatus.FAULTED, at, output=None, error=error)
            )
        return {"error": error, "at": at}

    async def broken(self, request: JsonObject, bug: Exception) -> JsonObject:
        """The interpreter itself failed: the run is faulted rather than left half done."""
        if isinstance(bug, PodiumError):
            return await self._end(request, problems.from_error(bug))
        detail = f"{type(bug).__name__}: {bug}. Please report it."
        error = problems.problem(problems.RUNTIME, "podium broke", detail=detail)
        return await self._end(request, error)

    def _flow(
        self, program: Program, session: Session, *, effects: Effects, waiting: Waiting
    ) -> Flow:
        trace = Trace(self.deps.tracer, session)
        caller = Caller(self.deps, session, effects, trace, waiting)
        return Flow(program, caller, Scope(self.deps, session, program.secrets))

    async def _program(self, workspace: WorkspaceId, digest: str) -> Program:
        if (program := self._programs.get(digest)) is not None:
            self._programs.move_to_end(digest)
            return program
        version = await self.workflows.by_digest(workspace, digest)
        program = compile_document(version.document, digest)
        self._programs[digest] = program
        if len(self._programs) > PROGRAMS_KEPT:
            _ = self._programs.popitem(last=False)
        return program


async def _answer(flow: Flow, work: Awaitable[Json]) -> JsonObject:
    try:
        return {"ok": await work, "at": flow.caller.session.now}
    except Fault as fault:
        return {"error": problems.at(fault.problem, ""), "at": flow.caller.session.now}
    except PodiumError as error:
        return {"error": problems.from_error(error), "at": flow.caller.session.now}


def _principal(request: JsonObject) -> Principal:
    who = _mapping(request["principal"])
    return Principal(UserId(str(who["user"])), WorkspaceId(str(who["workspace"])), str(who["name"]))


def _descriptor(request: JsonObject, program: Program) -> JsonObject:
    """`$workflow`, as the specification describes it."""
    return {
        "id": request["run"],
        "definition": program.document,
        "input": request.get("workflow_input", request.get("input")),
        "startedAt": {"epoch": {"seconds": int(_float(request["now"]))}},
    }


def _mapping(value: Json) -> JsonObject:
    return value if isinstance(value, Mapping) else {}


def _float(value: Json) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
