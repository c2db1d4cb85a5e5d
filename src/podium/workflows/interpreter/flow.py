"""Execution of a program's tasks: data flow, control flow, faults."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import anyio.lowlevel

from podium.kernel.json import Json, JsonObject
from podium.observability.spans import SpanKind
from podium.workflows.interpreter import (
    eventing,
    extending,
    forking,
    problems,
    running,
    subscribing,
)
from podium.workflows.interpreter.calls import Caller
from podium.workflows.interpreter.problems import Fault
from podium.workflows.interpreter.processes import process
from podium.workflows.interpreter.program import (
    CallDefined,
    CallFunction,
    CallProtocol,
    Directive,
    Do,
    Emit,
    For,
    Fork,
    Listen,
    Program,
    Raise,
    RunProcess,
    RunWorkflow,
    Set,
    Subscribe,
    Switch,
    Task,
    Try,
    Wait,
)
from podium.workflows.interpreter.retrying import Attempts
from podium.workflows.interpreter.scope import Scope
from podium.workflows.interpreter.state import Frame
from podium.workflows.interpreter.walk import Result

TICK = 1e-6
"""How far a task moves the run's clock, in seconds."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Executes the tasks of one run, or of one branch of it."""

    program: Program
    caller: Caller
    scope: Scope

    async def sequence(self, tasks: Sequence[Task], data: Json, frame: Frame) -> Result:
        """Run sibling tasks; the answer is where the flow goes on behind them."""
        output, then = await self.through(tasks, data, frame)
        return output, Directive.CONTINUE if then == Directive.EXIT else then

    async def through(self, tasks: Sequence[Task], data: Json, frame: Frame) -> Result:
        """The same, but an exit out of the list is told."""
        places = {task.name: index for index, task in enumerate(tasks)}
        index = 0
        while index < len(tasks):
            data, then = await self.task(tasks[index], data, frame)
            match then:
                case Directive.CONTINUE:
                    index += 1
                case Directive.EXIT | Directive.END:
                    return data, then
                case _:
                    index = places[then]
        return data, Directive.CONTINUE

    async def task(self, task: Task, data: Json, frame: Frame) -> Result:
        """One task: raw input, `if`, input, the task itself, output, export."""
        await self._count()
        session = self.caller.session
        frame = replace(frame, task=task, given=data, began=session.now)
        if task.data.when is not None and not await self.scope.truth(task.data.when, data, frame):
            return data, Directive.CONTINUE
        path = session.visit(f"{frame.path}/{task.name}")
        data = await self.caller.effects.enter(path, data)
        span = self.caller.trace.open(SpanKind.TASK, path, task.name, parent=frame.parent)
        inner = replace(frame, path=path, parent=span.id, limit=None)
        started = self.caller.deps.clock.monotonic()
        try:
            if task.timeout is not None:
                seconds = await self.scope.seconds(task.timeout, data, inner)
                inner = (
                    replace(inner, limit=seconds)
                    if isinstance(task.body, CallProtocol | CallFunction | RunProcess)
                    else inner.until(session.now + seconds)
                )
            result = await self._filtered(task, data, inner)
        except Fault as fault:
            problem = problems.at(fault.problem, task.pointer)
            self.caller.trace.close(span, error=problem)
            raise Fault(problem, step=fault.step) from fault
        ms = (self.caller.deps.clock.monotonic() - started) * 1000
        pure = isinstance(task.body, Set | Switch | Raise) or session.now == span.started_at
        self.caller.trace.close(span, ms=ms if pure else 0.0)
        return result

    async def _count(self) -> None:
        """An endless loop of tasks that only compute must end, and let others run meanwhile."""
        session, limit = self.caller.session, self.caller.deps.limits.tasks
        session.tasks += 1
        session.now += TICK  # tasks that only compute keep their order in the trace
        if session.tasks % 64 == 0:
            await anyio.lowlevel.checkpoint()
        if session.tasks > limit:
            detail = f"It has executed {limit} tasks. Is there a `then` that leads back for ever?"
            raise Fault(problems.problem(problems.RUNTIME, "Too many tasks", detail=detail))

    async def _filtered(self, task: Task, data: Json, frame: Frame) -> Result:
        entered = await self.scope.entrance(task.data, data, frame)
        frame = frame.bind(input=entered)
        if task.high_risk:
            self.caller.session.approved.require(frame.path, entered)
        extensions = await extending.applying(self, task, entered, frame=frame)
        instead = await extending.before(self, extensions, entered, frame=frame)
        output, then = instead or await self._body(task, entered, frame)
        frame = replace(frame, gave=output)
        output = await self.scope.exit(task.data, output, frame)
        if instead is None and await extending.after(self, extensions, output, frame=frame):
            then = Directive.END
        return output, task.then if then == Directive.CONTINUE else then

    async def _body(self, task: Task, data: Json, frame: Frame) -> Result:  # noqa: C901, PLR0911, PLR0912, PLR0914 - one case a kind of task
        match task.body:
            case Set(value=value):
                return await self.scope.value(value, data, frame), Directive.CONTINUE
            case Do(tasks=tasks):
                return await self.sequence(tasks, data, frame.inside("do"))
            case Switch() as switch:
                return data, await self._switch(switch, data, frame)
            case For() as loop:
                return await self._for(loop, data, frame)
            case Fork() as fork:
                return await forking.fork(self, fork, data, frame=frame), Directive.CONTINUE
            case Try() as attempt:
                return await Attempts(self).run(attempt, data, frame)
            case Raise(error=error):
                raise Fault(await self._resolved(error, data, frame))
            case Wait(duration=duration):
                seconds = await self.scope.seconds(duration, data, frame)
                await self.pause(seconds, frame, f"timer: {seconds:g} s at {task.name}")
                return data, Directive.CONTINUE
            case CallProtocol(protocol=protocol, arguments=arguments):
                given = await self._resolved(arguments, data, frame)
                answer = await self.caller.protocol(protocol, given, data, frame=frame)
                return answer, Directive.CONTINUE
            case CallDefined(task=defined, arguments=arguments):
                given = data if arguments is None else await self._resolved(arguments, data, frame)
                return await self._defined(defined, given, frame)
            case CallFunction(name=name, arguments=arguments):
                given = await self._resolved(arguments, data, frame)
                answer = await self.caller.call(name, given, frame)
                if self.caller.function(name).name == "approve":
                    self.caller.session.approved.answered(frame.path, given, answer)
                return answer, Directive.CONTINUE
            case Emit() as emitting:
                answer = await eventing.emit(self, emitting, data, frame=frame)
                return answer, Directive.CONTINUE
            case Listen() as listening:
                return await eventing.listen(self, listening, data, frame=frame)
            case RunWorkflow() as wanted:
                answer = await running.run_workflow(self, wanted, data, frame=frame)
                return answer, Directive.CONTINUE
            case RunProcess() as program:
                return await process(self, program, data, frame=frame), Directive.CONTINUE
            case Subscribe() as wanted:
                return await subscribing.subscribe(self, wanted, data, frame=frame)

    async def _defined(self, function: Task, arguments: Json, frame: Frame) -> Result:
        """A function that is a task: its input are the arguments, and a jump out of it ends it."""
        output, then = await self.task(function, arguments, frame.inside("call"))
        return output, then if then == Directive.END else Directive.CONTINUE

    async def _switch(self, switch: Switch, data: Json, frame: Frame) -> str:
        for case in switch.cases:
            if case.when is None or await self.scope.truth(case.when, data, frame):
                return case.then
        return Directive.CONTINUE

    async def _for(self, loop: For, data: Json, frame: Frame) -> Result:
        items = await self.scope.value(loop.items, data, frame)
        if not isinstance(items, Sequence) or isinstance(items, str):
            detail = f"`for.in` must give an array; {loop.items} gave {forking.kind(items)}."
            raise Fault(problems.problem(problems.EXPRESSION, "Not an array", detail=detail))
        for index, item in enumerate(items):
            inner = frame.bind(**{loop.each: item, loop.at: index})
            if loop.while_ is not None and not await self.scope.truth(loop.while_, data, inner):
                break
            inner = inner.at(f"{frame.path}[{index}]")
            data, then = await self.sequence(loop.do, data, inner)
            if then == Directive.END:
                return data, then
        return data, Directive.CONTINUE

    async def pause(self, seconds: float, frame: Frame, reason: str) -> None:
        """Sleep durably; a deadline that comes first ends the sleep with a timeout."""
        session = self.caller.session
        until = session.now + max(seconds, 0.0)
        late = frame.deadline is not None and frame.deadline < until
        until = frame.deadline if late and frame.deadline is not None else until
        await self.caller.effects.sleep(until, reason=reason)
        session.passed(until)
        if late:
            detail = f"The deadline came during {reason}."
            raise Fault(problems.problem(problems.TIMEOUT, "Timed out", detail=detail))

    def branch(self) -> "Flow":
        """For a branch of a fork."""
        session = self.caller.session.branch()
        trace = replace(self.caller.trace, session=session)
        caller = replace(self.caller, session=session, trace=trace)
        return Flow(self.program, caller, replace(self.scope, session=session))

    async def _resolved(self, template: JsonObject, data: Json, frame: Frame) -> JsonObject:
        resolved = await self.scope.value(template, data, frame)
        return resolved if isinstance(resolved, Mapping) else {}
