"""Execution of a program's tasks: data flow, control flow, faults."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import anyio.lowlevel

from podium.kernel.json import Json, JsonObject
from podium.observability.spans import SpanKind
from podium.workflows.interpreter import problems
from podium.workflows.interpreter.calls import Caller
from podium.workflows.interpreter.problems import Fault
from podium.workflows.interpreter.program import (
    Backoff,
    CallFunction,
    CallHttp,
    Catch,
    Directive,
    Do,
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
from podium.workflows.interpreter.scope import Scope
from podium.workflows.interpreter.state import Frame
from podium.workflows.ports import Branch

Result: TypeAlias = tuple[Json, str]
"""What a task puts out, and where the flow goes on: a directive or a sibling's name."""

TICK = 1e-6
"""How far a task moves the run's clock, in seconds."""

LONGEST_DELAY = 3600.0
"""The specification sets no maximum for a growing retry delay; an hour is ours."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A try that has failed: which one it was, and when the first began."""

    retry: Retry | None
    tries: int
    began: float


@dataclass(frozen=True, slots=True)
class Flow:
    """Executes the tasks of one run, or of one branch of it."""

    program: Program
    caller: Caller
    scope: Scope

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
        frame = replace(frame, task=task)
        if task.data.when is not None and not await self.scope.truth(task.data.when, data, frame):
            return data, Directive.CONTINUE
        path = session.visit(f"{frame.path}/{task.name}")
        span = self.caller.trace.open(SpanKind.TASK, path, task.name, parent=frame.parent)
        inner = replace(frame, path=path, parent=span.id, limit=None)
        started = self.caller.deps.clock.monotonic()
        try:
            if task.timeout is not None:
                seconds = await self.scope.seconds(task.timeout, data, inner)
                inner = (
                    replace(inner, limit=seconds)
                    if isinstance(task.body, CallHttp | CallFunction)
                    else inner.until(session.now + seconds)
                )
            result = await self._filtered(task, data, inner)
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
            await anyio.lowlevel.checkpoint()
        if session.tasks > limit:
            detail = f"It has executed {limit} tasks. Is there a `then` that leads back for ever?"
            raise Fault(problems.problem(problems.RUNTIME, "Too many tasks", detail=detail))

    async def _filtered(self, task: Task, data: Json, frame: Frame) -> Result:
        entered = await self.scope.entrance(task.data, data, frame)
        frame = frame.bind(input=entered)
        output, then = await self._body(task, entered, frame)
        output = await self.scope.exit(task.data, output, frame)
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
                return await self._fork(fork, data, frame), Directive.CONTINUE
            case Try() as attempt:
                return await self._try(attempt, data, frame)
            case Raise(error=error):
                raise Fault(await self._raised(error, data, frame))
            case Wait(duration=duration):
                seconds = await self.scope.seconds(duration, data, frame)
                await self._wait(seconds, frame, f"timer: {seconds:g} s at {task.name}")
                return data, Directive.CONTINUE
            case CallHttp(arguments=arguments):
                places: JsonObject = data if isinstance(data, Mapping) else {}
                given = await self._arguments(arguments, data, frame)
                request: JsonObject = {**given, "variables": places}
                http = self.caller.deps.http
                answer = await self.caller.effect(
                    "http", lambda call: http.call(request, call), frame
                )
                return answer, Directive.CONTINUE
            case CallFunction(name=name, arguments=arguments):
                resolved = await self._arguments(arguments, data, frame)
                return await self.caller.call(name, resolved, frame), Directive.CONTINUE

    async def _arguments(self, arguments: JsonObject, data: Json, frame: Frame) -> JsonObject:
        resolved = await self.scope.value(arguments, data, frame)
        return resolved if isinstance(resolved, Mapping) else {}

    async def _switch(self, switch: Switch, data: Json, frame: Frame) -> str:
        for case in switch.cases:
            if case.when is None or await self.scope.truth(case.when, data, frame):
                return case.then
        return Directive.CONTINUE

    async def _for(self, loop: For, data: Json, frame: Frame) -> Result:
        items = await self.scope.value(loop.items, data, frame)
        if not isinstance(items, Sequence) or isinstance(items, str):
            detail = f"`for.in` must give an array; {loop.items} gave {_kind(items)}."
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

    async def _try(self, attempt: Try, data: Json, frame: Frame) -> Result:
        catch, began, tries = attempt.catch, self.caller.session.now, 0
        while True:
            inner = frame if tries == 0 else frame.at(f"{frame.path}#{tries + 1}")
            try:
                return await self._tried(attempt, data, inner)
            except Fault as fault:
                handler = frame.bind(**{catch.name: fault.problem})
                if not await self._catches(catch, fault.problem, data, frame=handler):
                    raise
                tries += 1
                if await self._again(Trial(catch.retry, tries, began), data, handler):
                    continue
                if catch.do is None and catch.retry is not None:
                    raise
                return await self._handled(catch, data, handler)

    async def _tried(self, attempt: Try, data: Json, frame: Frame) -> Result:
        retry = attempt.catch.retry
        if retry is not None and retry.attempt is not None:
            seconds = await self.scope.seconds(retry.attempt, data, frame)
            frame = frame.until(self.caller.session.now + seconds)
        return await self.sequence(attempt.do, data, frame.inside("try"))

    async def _handled(self, catch: Catch, data: Json, handler: Frame) -> Result:
        """A caught error ends here, with the output of `do`; without one, with the input."""
        if catch.do is None:
            return data, catch.then
        output, then = await self.sequence(catch.do, data, handler.inside("catch"))
        return output, catch.then if then == Directive.CONTINUE else then

    async def _catches(
        self, catch: Catch, problem: JsonObject, data: Json, *, frame: Frame
    ) -> bool:
        return problems.matches(catch.filter, problem) and await self._holds(catch, data, frame)

    async def _holds(self, rule: Catch | Retry, data: Json, frame: Frame) -> bool:
        if rule.when is not None and not await self.scope.truth(rule.when, data, frame):
            return False
        return rule.except_when is None or not await self.scope.truth(rule.except_when, data, frame)

    async def _again(self, trial: Trial, data: Json, frame: Frame) -> bool:
        """Wait until the next try; False where there is none."""
        retry, scope = trial.retry, self.scope
        if retry is None or (retry.count is not None and trial.tries > retry.count):
            return False
        spent = self.caller.session.now - trial.began
        if retry.total is not None and spent >= await scope.seconds(retry.total, data, frame):
            return False
        if not await self._holds(retry, data, frame):
            return False
        low, high = retry.jitter
        jitter = await scope.seconds(low, data, frame), await scope.seconds(high, data, frame)
        base = await scope.seconds(retry.delay, data, frame)
        seed = f"{self.caller.session.run}{frame.path}"
        pause = delay(retry.backoff, trial.tries, base, jitter=jitter, seed=seed)
        name = frame.task.name if frame.task else ""
        await self._wait(pause, frame, f"retry {trial.tries} of {name}")
        return True

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

    async def _raised(self, error: JsonObject, data: Json, frame: Frame) -> JsonObject:
        resolved = await self.scope.value(error, data, frame)
        return resolved if isinstance(resolved, Mapping) else {}


def delay(
    backoff: Backoff, tries: int, base: float, *, jitter: tuple[float, float], seed: str
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
