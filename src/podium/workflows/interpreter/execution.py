"""The body that the engine executes: a whole run."""

from collections import OrderedDict
from dataclasses import dataclass, field

from anyio import to_thread

from podium.kernel.errors import PodiumError
from podium.kernel.ids import WorkspaceId
from podium.kernel.json import Json, JsonObject
from podium.observability.spans import Span
from podium.workflows.documents.source import is_small
from podium.workflows.interpreter import problems
from podium.workflows.interpreter.calls import Caller
from podium.workflows.interpreter.compile import compile_document
from podium.workflows.interpreter.deps import Dependencies
from podium.workflows.interpreter.flow import Flow
from podium.workflows.interpreter.moments import moment
from podium.workflows.interpreter.problems import Fault
from podium.workflows.interpreter.program import Program
from podium.workflows.interpreter.scope import Scope
from podium.workflows.interpreter.state import Frame, Session
from podium.workflows.interpreter.trace import Trace
from podium.workflows.ports import Effects, End, WorkflowStore
from podium.workflows.runs import Run

PROGRAMS_KEPT = 256

ALONE = 5_000
"""Values of a document that is compiled at once, in some milliseconds."""


@dataclass
class Execution:
    """Holds the programs of documents in use."""

    deps: Dependencies
    workflows: WorkflowStore
    _programs: OrderedDict[str, Program] = field(default_factory=OrderedDict)

    async def body(self, run: Run, effects: Effects) -> End:
        """Raises Unavailable where the document cannot be read now."""
        at = run.created_at if run.started_at is None else run.started_at
        program = await self._program(run.workspace, run.workflow.digest)
        session = Session(
            run=run.id,
            principal=await self.deps.principals.principal(run.owner, run.workspace),
            workflow=_descriptor(run, program, at),
            context=None,
            now=at,
            created=run.created_at,
            secrets=program.secrets,
        )
        trace = Trace(self.deps.tracer, session)
        caller = Caller(self.deps, session, effects, trace)
        flow = Flow(program, caller, Scope(self.deps, session, program.secrets))
        span = trace.run(run.workflow.name)
        try:
            output = await self._run(flow, run.input, span)
        except Fault as fault:
            problem = problems.at(fault.problem, "")
            trace.close(span, error=problem)
            return End(session.now, error=problem, step=fault.step)
        except PodiumError as error:
            problem = problems.from_error(error)
            trace.close(span, error=problem)
            return End(session.now, error=problem)
        trace.close(span)
        return End(session.now, output=output)

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

    async def _program(self, workspace: WorkspaceId, digest: str) -> Program:
        if (program := self._programs.get(digest)) is not None:
            self._programs.move_to_end(digest)
            return program
        version = await self.workflows.by_digest(workspace, digest)
        program = await _compiled(version.document, digest)
        self._programs[digest] = program
        if len(self._programs) > PROGRAMS_KEPT:
            _ = self._programs.popitem(last=False)
        return program


async def _compiled(document: JsonObject, digest: str) -> Program:
    """A document of ten thousand tasks takes 0.3 s: beside the event loop, so that it goes on."""
    if is_small(document, ALONE):
        return compile_document(document, digest)
    return await to_thread.run_sync(compile_document, document, digest)


def broken(bug: Exception, at: float) -> End:
    """The interpreter itself failed: the run is faulted rather than left half done."""
    if isinstance(bug, PodiumError):
        return End(at, error=problems.from_error(bug))
    detail = f"{type(bug).__name__}: {bug}. Please report it."
    return End(at, error=problems.problem(problems.RUNTIME, "podium broke", detail=detail))


def _descriptor(run: Run, program: Program, at: float) -> JsonObject:
    """`$workflow`, as the specification describes it."""
    return {
        "id": run.id,
        "definition": program.document,
        "input": run.input,
        "startedAt": moment(at),
    }
