"""Execution of a program's tasks: data flow, control flow, faults."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import anyio

from podium.kernel.errors import Invalid, PodiumError
from podium.kernel.json import Json, JsonObject
from podium.observability.spans import Span, SpanKind
from podium.workflows.documents.durations import duration_seconds
from podium.workflows.expressions.errors import ExpressionError
from podium.workflows.interpreter import problems
from podium.workflows.interpreter.calls import Caller, check
from podium.workflows.interpreter.program import (
    Backoff,
    CallFunction,
    CallHttp,
    Catch,
    DataFlow,
    Directive,
    Do,
    Duration,
    For,
    Fork,
    Program,
    Raise,
    Retry,
    Set,
    Switch,
    Task,
    Try,
    Wait,
)
from podium.workflows.interpreter.problems import Fault
from podium.workflows.interpreter.state import Frame
from podium.workflows.ports import Branch

Result: TypeAlias = tuple[Json, str]
"""What a task puts out, and where the flow goes on: a directive or a sibling's name."""

TICK = 1e-6
"""How far a task moves the run's clock, in seconds."""

LONGEST_DELAY = 3600.0
"""The specification sets no maximum for a growing retry delay; an hour is ours."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Executes the tasks of one run, or of one branch of it."""

    program: Program
    caller: Caller

    async def sequence(self, tasks: Sequence[Task], data: Json, frame: Frame) -> Result:
        """Run sibling tasks; the answer is where the flow goes on behind them."""
        places = {task.name: index for index, task in enumerate(tasks)}
        index = 0
        while index < len(tasks):
            data, then = await self.task(tasks[index], data, frame)
            match then:
                case Directive.CONTINUE:
                    index += 1
                case Directive.EXIT:
                    return data, Directive.CONTINUE
                case Directive.END:
                    return data, Directive.END
                case _:
                    index = places[then]
        return data, Directive.CONTINUE

    async def task(self, task: Task, data: Json, frame: Frame) -> Result:
        """One task: raw input, `if`, input, the task itself, output, export."""
        await self._count()
        session = self.caller.session
        if task.data.when is not None and not await self.truth(task.data.when, data, frame, task):
            return data, Directive.CONTINUE
        path = session.visit(f"{frame.path}/{task.name}")
        span = self.caller.trace.open(SpanKind.TASK, path, task.name, frame.parent)
        inner = Frame(path, span.id, frame.deadline, frame.variables)
        started = self.caller.deps.clock.monotonic()
        try:
            if task.timeout is not None:
                seconds = await self.seconds(task.timeout, data, inner, task)
                inner = inner.until(session.now + seconds)
            result = await self._filtered(task, data, inner, span)
        except Fault as fault:
            problem = problems.at(fault.problem, task.pointer)
            self.caller.trace.close(span, error=problem)
            raise Fault(problem) from fault
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
            await anyio.sleep(0)
        if session.tasks > limit:
            detail = f"It has executed {limit} tasks. Is there a `then` that leads back for ever?"
            raise Fault(problems.problem(problems.RUNTIME, "Too many tasks", detail=detail))

    async def _filtered(self, task: Task, data: Json, frame: Frame, span: Span) -> Result:
        entered = await self.entrance(task.data, data, frame, task)
        frame = frame.bind(input=entered)
        output, then = await self._body(task, entered, frame, span)
        output = await self.exit(task.data, output, frame, task)
        return output, task.then if then == Directive.CONTINUE else then

    async def entrance(
        self, flow: DataFlow, data: Json, frame: Frame, task: Task | None
    ) -> Json:
        if flow.input_schema is not None:
            check(flow.input_schema, data, "The input")
        if flow.input_from is None:
            return data
        return await self.value(flow.input_from, data, frame, task)

    async def exit(self, flow: DataFlow, output: Json, frame: Frame, task: Task | None) -> Json:
        if flow.output_as is not None:
            output = await self.value(flow.output_as, output, frame.bind(output=output), task)
        if flow.output_schema is not None:
            check(flow.output_schema, output, "The output")
        if flow.export_as is not None:
            exported = await self.value(flow.export_as, output, frame.bind(output=output), task)
            if flow.export_schema is not None:
                check(flow.export_schema, exported, "What is exported")
            self.caller.session.context = exported
        return output

    async def _body(self, task: Task, data: Json, frame: Frame, span: Span) -> Result:  # noqa: C901, PLR0911 - one case a kind of task
        match task.body:
            case Set(value=value):
                return await self.value(value, data, frame, task), Directive.CONTINUE
            case Do(tasks=tasks):
                return await self.sequence(tasks, data, _in(frame, "do"))
            case Switch() as switch:
                return data, await self._switch(switch, data, frame, task)
            case For() as loop:
                return await self._for(loop, data, frame, task)
            case Fork() as fork:
                return await self._fork(fork, data, frame), Directive.CONTINUE
            case Try() as attempt:
                return await self._try(attempt, data, frame, task)
            case Raise(error=error):
                raise Fault(await self._raised(error, data, frame, task))
            case Wait(duration=duration):
                seconds = await self.seconds(duration, data, frame, task)
                await self._wait(seconds, frame, f"timer: {seconds:g} s at {task.name}")
                return data, Directive.CONTINUE
            case CallHttp(arguments=arguments):
                resolved = await self._arguments(arguments, data, frame, task)
                http = self.caller.deps.http
                answer = await self.caller.effect(
                    "http", lambda call: http.call(resolved, call), span, frame
                )
                return answer, Directive.CONTINUE
            case CallFunction(name=name, arguments=arguments):
                resolved = await self._arguments(arguments, data, frame, task)
                return await self.caller.call(name, resolved, span, frame), Directive.CONTINUE

    async def _arguments(
        self, arguments: JsonObject, data: Json, frame: Frame, task: Task
    ) -> JsonObject:
        resolved = await self.value(arguments, data, frame, task)
        if task.body and isinstance(task.body, CallHttp) and isinstance(resolved, Mapping):
            return {**resolved, "variables": data if isinstance(data, Mapping) else {}}
        return resolved if isinstance(resolved, Mapping) else {}

    async def _switch(self, switch: Switch, data: Json, frame: Frame, task: Task) -> str:
        for case in switch.cases:
            if case.when is None or await self.truth(case.when, data, frame, task):
                return case.then
        return Directive.CONTINUE

    async def _for(self, loop: For, data: Json, frame: Frame, task: Task) -> Result:
        items = await self.value(loop.items, data, frame, task)
        if not isinstance(items, Sequence) or isinstance(items, str):
            detail = f"`for.in` must give an array; {loop.items} gave {_kind(items)}."
            raise Fault(problems.problem(problems.EXPRESSION, "Not an array", detail=detail))
        for index, item in enumerate(items):
            inner = frame.bind(**{loop.each: item, loop.at: index})
            if loop.while_ is not None and not await self.truth(loop.while_, data, inner, task):
                break
            inner = Frame(f"{frame.path}[{index}]", frame.parent, inner.deadline, inner.variables)
            data, then = await self.sequence(loop.do, data, inner)
            if then == Directive.END:
                return data, then
        return data, Directive.CONTINUE

    async def _fork(self, fork: Fork, data: Json, frame: Frame) -> Json:
        caller, session = self.caller, self.caller.session
        branches = [
            Branch(
                path=f"{frame.path}/{branch.name}",
                request={
                    **session.request(),
                    "document": self.program.digest,
                    "branch": branch.path,
                    "path": frame.path,
                    "parent": frame.parent,
                    "input": data,
                    "context": session.context,
                    "variables": frame.variables,
                    "deadline": frame.deadline,
                    "now": session.now,
                    "started_at": caller.waiting.started_at,
                },
            )
            for branch in fork.branches
        ]
        async with caller.waiting.forked(len(branches)):
            answers = await caller.effects.fork(branches, compete=fork.compete)
        outputs = [caller.unpack(answer) for answer in answers]
        return outputs[0] if fork.compete else outputs

    async def _try(self, attempt: Try, data: Json, frame: Frame, task: Task) -> Result:
        session, catch, tries = self.caller.session, attempt.catch, 0
        began = session.now
        while True:
            inner = frame if tries == 0 else _at(frame, f"{frame.path}#{tries + 1}")
            if catch.retry and catch.retry.attempt is not None:
                seconds = await self.seconds(catch.retry.attempt, data, frame, task)
                inner = inner.until(session.now + seconds)
            try:
                return await self.sequence(attempt.do, data, _in(inner, "try"))
            except Fault as fault:
                handler = frame.bind(**{catch.name: fault.problem})
                if not await self._catches(catch, fault.problem, data, handler, task):
                    raise
                tries += 1
                if catch.retry and await self._again(
                    catch.retry, tries, began, data, handler, task
                ):
                    pause = await self._pause(catch.retry, tries, data, handler, task)
                    await self._wait(pause, frame, f"retry {tries} of {task.name}")
                    continue
                if catch.do is None:
                    if catch.retry:
                        raise
                    return data, catch.then
                output, then = await self.sequence(catch.do, data, _in(handler, "catch"))
                return output, catch.then if then == Directive.CONTINUE else then

    async def _catches(
        self, catch: Catch, problem: JsonObject, data: Json, frame: Frame, task: Task
    ) -> bool:
        if not problems.matches(catch.filter, problem):
            return False
        if catch.when is not None and not await self.truth(catch.when, data, frame, task):
            return False
        return catch.except_when is None or not await self.truth(
            catch.except_when, data, frame, task
        )

    async def _again(  # noqa: PLR0917, PLR0913 - the state of one retry
        self, retry: Retry, tries: int, began: float, data: Json, frame: Frame, task: Task
    ) -> bool:
        if retry.count is not None and tries > retry.count:
            return False
        if retry.total is not None:
            total = await self.seconds(retry.total, data, frame, task)
            if self.caller.session.now - began >= total:
                return False
        if retry.when is not None and not await self.truth(retry.when, data, frame, task):
            return False
        return retry.except_when is None or not await self.truth(
            retry.except_when, data, frame, task
        )

    async def _pause(
        self, retry: Retry, tries: int, data: Json, frame: Frame, task: Task
    ) -> float:
        low = await self.seconds(retry.jitter[0], data, frame, task)
        high = await self.seconds(retry.jitter[1], data, frame, task)
        base = await self.seconds(retry.delay, data, frame, task)
        seed = f"{self.caller.session.run}{frame.path}"
        return delay(retry.backoff, tries, base, (low, high), seed=seed)

    async def _wait(self, seconds: float, frame: Frame, reason: str) -> None:
        """Sleep durably; a deadline that comes first ends the sleep with a timeout."""
        session = self.caller.session
        left = seconds if frame.deadline is None else frame.deadline - session.now
        async with self.caller.waiting.on(session.engine_id, reason):
            await self.caller.effects.sleep(max(min(seconds, left), 0.0))
        session.now += max(min(seconds, left), 0.0)
        if left < seconds:
            raise Fault(
                problems.problem(
                    problems.TIMEOUT, "Timed out", detail=f"The deadline came during {reason}."
                )
            )

    async def seconds(
        self, duration: Duration, data: Json, frame: Frame, task: Task | None
    ) -> float:
        if not isinstance(duration, str):
            return duration
        found = await self.value(duration, data, frame, task)
        try:
            return float(found) if isinstance(found, int | float) else duration_seconds(found)
        except Invalid as error:
            raise Fault(problems.from_error(error)) from error

    async def _raised(
        self, error: JsonObject, data: Json, frame: Frame, task: Task
    ) -> JsonObject:
        resolved = await self.value(error, data, frame, task)
        return resolved if isinstance(resolved, Mapping) else {}

    async def value(self, template: Json, data: Json, frame: Frame, task: Task | None) -> Json:
        try:
            return await self.caller.deps.evaluator.value(
                template, data, self._variables(frame, task)
            )
        except ExpressionError as error:
            raise _expression_fault(error) from error

    async def truth(self, expression: str, data: Json, frame: Frame, task: Task | None) -> bool:
        try:
            return await self.caller.deps.evaluator.truth(
                expression, data, self._variables(frame, task)
            )
        except ExpressionError as error:
            raise _expression_fault(error) from error

    def _variables(self, frame: Frame, task: Task | None) -> JsonObject:
        session = self.caller.session
        variables: dict[str, Json] = {
            "context": session.context,
            "workflow": session.workflow,
            "runtime": self.caller.deps.runtime,
            "now": session.now,
            "secrets": self._secrets(),
            **frame.variables,
        }
        if task is not None:
            variables["task"] = {"name": task.name, "reference": task.pointer}
        return variables

    def _secrets(self) -> JsonObject:
        secrets = self.caller.deps.secrets
        try:
            return {name: secrets.secret(name) for name in self.program.secrets}
        except PodiumError as error:
            title = "Secret missing"
            raise Fault(
                problems.problem(problems.CONFIGURATION, title, detail=error.message)
            ) from error


def delay(
    backoff: Backoff, tries: int, base: float, jitter: tuple[float, float], *, seed: str
) -> float:
    """Seconds before the next try; the jitter follows from the seed, so that a replay agrees."""
    match backoff:
        case Backoff.CONSTANT:
            pass
        case Backoff.LINEAR:
            base *= tries
        case Backoff.EXPONENTIAL:
            base *= 2.0 ** min(tries - 1, 32)
    low, high = jitter
    chance = int.from_bytes(hashlib.sha256(f"{seed}{tries}".encode()).digest()[:6], "big") / 2**48
    return min(base + low + (high - low) * chance, LONGEST_DELAY)


def _expression_fault(error: ExpressionError) -> Fault:
    return Fault(problems.problem(problems.EXPRESSION, "Expression failed", detail=error.message))


def _at(frame: Frame, path: str) -> Frame:
    return Frame(path, frame.parent, frame.deadline, frame.variables)


def _in(frame: Frame, part: str) -> Frame:
    return _at(frame, f"{frame.path}/{part}")


def _kind(value: Json) -> str:
    match value:
        case None:
            return "null"
        case Mapping():
            return "an object"
        case str():
            return "a string"
        case _:
            return f"a {type(value).__name__}"
