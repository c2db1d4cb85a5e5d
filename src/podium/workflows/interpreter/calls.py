"""Calls: the edge at which a run touches the world, once."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TypeAlias

import anyio

from podium.kernel.errors import Invalid, PodiumError
from podium.kernel.json import Json, JsonObject, canonical
from podium.observability.spans import SpanKind
from podium.workflows.functions import Call, Control, Effect, Function, Pure
from podium.workflows.interpreter import problems
from podium.workflows.interpreter.compile_credentials import hidden_texts, revealed
from podium.workflows.interpreter.deps import Dependencies
from podium.workflows.interpreter.problems import Fault
from podium.workflows.interpreter.state import Frame, Session
from podium.workflows.interpreter.trace import Trace
from podium.workflows.ports import Effects
from podium.workflows.redaction import cleared_object, redacted
from podium.workflows.schemas import compiled

Action: TypeAlias = Callable[[Call], Awaitable[Json]]
Performing: TypeAlias = Awaitable[JsonObject]


@dataclass(frozen=True, slots=True)
class Caller:
    """Makes the calls of one run or branch."""

    deps: Dependencies
    session: Session
    effects: Effects
    trace: Trace

    def function(self, name: str) -> Function:
        """By name, or as `name:version@default`, which is the whole spelling."""
        plain, _, version = name.removesuffix("@default").partition(":")
        found = self.deps.functions.get(plain)
        if found is not None and version in {"", found.version}:
            return found
        known = ", ".join(f"{f.name}:{f.version}" for f in self.deps.functions.values())
        detail = f"There is no function {name!r}. The catalog has: {known}."
        raise Fault(problems.problem(problems.CONFIGURATION, "Unknown function", detail=detail))

    async def call(self, name: str, arguments: JsonObject, frame: Frame) -> Json:
        function = self.function(name)
        check(function.input, arguments, f"The arguments of {name}")
        match function.body:
            case Pure(run=run):
                return self._pure(function, partial(run, arguments), frame)
            case Effect(run=run):
                return await self.effect(
                    function.name,
                    lambda call: _checked(function, run(arguments, call)),
                    frame,
                )
            case Control(run=run):
                call, steps = self.context(frame), _Steps(self, frame)
                try:
                    result = await run(arguments, call, steps)
                except PodiumError as error:
                    raise Fault(problems.from_error(error)) from error
                check(function.output, result, f"The result of {name}")
                return result

    def _pure(self, function: Function, run: Callable[[Call], Json], frame: Frame) -> Json:
        started = self.deps.clock.monotonic()
        outcome = _computed(function, run, self.context(frame))
        ms = (self.deps.clock.monotonic() - started) * 1000
        took: JsonObject = {"at": self.session.now + ms / 1000, "ms": ms}
        self.trace.function(frame, function.name, {**outcome, **took})
        error = outcome.get("error")
        if isinstance(error, Mapping):
            raise Fault(error)
        return outcome.get("ok")

    async def protocol(self, name: str, arguments: JsonObject, data: Json, *, frame: Frame) -> Json:
        """Call over one of the specification's protocols; `data` is the task's input."""

        async def spoken(call: Call) -> Json:
            given = revealed(arguments, self.deps.secrets)
            return await self.deps.protocols[name].call(given, replace(call, input=data))

        return await self.effect(name, spoken, frame)

    async def effect(self, name: str, action: Action, frame: Frame) -> Json:
        """Perform it once; record what it answers, with what it took."""
        step = f"{frame.path} {name}"
        outcome = await self.effects.call(step, lambda: self.perform(action, frame))
        self.trace.function(frame, name, outcome)
        self.session.passed(outcome.get("at"))
        error = outcome.get("error")
        if isinstance(error, Mapping):
            raise Fault(error, step=step)
        return outcome.get("ok")

    def context(self, frame: Frame) -> Call:
        """Where a function is called from."""
        session, limits = self.session, [] if frame.limit is None else [frame.limit]
        if frame.deadline is not None:
            limits.append(max(frame.deadline - self.effects.now(), 0.0))
        seconds = min(limits, default=self.deps.limits.call_seconds)
        hidden = hidden_texts(self.deps.secrets, session.secrets)
        return Call(session.run, frame.path, session.principal, seconds, secrets=hidden)

    async def perform(self, action: Action, frame: Frame) -> JsonObject:
        """What is recorded: {"ok" or "error", "at", "ms", "usage", "notes"}; never raises."""
        call, clock = self.context(frame), self.deps.clock
        started = clock.monotonic()
        answer: dict[str, Json] = {}
        try:
            if call.deadline <= 0:
                raise TimeoutError  # noqa: TRY301 - as if it had been tried
            with anyio.fail_after(call.deadline):
                answer["ok"] = self._bounded(await action(call))
        except TimeoutError:
            answer["error"] = problems.problem(
                problems.TIMEOUT, "Timed out", detail=f"No answer within {call.deadline:.1f} s."
            )
        except Fault as fault:
            answer["error"] = fault.problem
        except PodiumError as error:
            answer["error"] = problems.from_error(error)
        except Exception as bug:  # noqa: BLE001 - the edge: a function's bug faults its run, no more
            answer["error"] = problems.problem(
                problems.RUNTIME, "A function broke", detail=f"{type(bug).__name__}: {bug}"
            )
        error = answer.get("error")
        if call.secrets and isinstance(error, Mapping):
            # A callee may repeat what it was sent.
            said = {name: error[name] for name in ("title", "detail") if name in error}
            answer["error"] = {**error, **cleared_object(said, call.secrets)}
        answer["at"] = self.effects.now()
        answer["ms"] = round((clock.monotonic() - started) * 1000, 3)
        answer["usage"] = [asdict(usage) for usage in call.usage]
        answer["notes"] = [redacted(note, call.secrets) for note in call.notes]
        return answer

    def _bounded(self, value: Json) -> Json:
        """Before it goes to the journal. Raises LimitReached."""
        self.session.sizes.check(value)
        return value


@dataclass(frozen=True, slots=True)
class _Steps:
    """What a control function may do; see `functions.Steps`."""

    caller: Caller
    frame: Frame

    async def effect(self, name: str, action: Callable[[], Awaitable[JsonObject]]) -> JsonObject:
        result = await self.caller.effect(name, lambda _: action(), self.frame)
        return result if isinstance(result, Mapping) else {}

    async def receive(self, topic: str, *, seconds: float | None, waiting_on: str) -> Json:
        caller, frame = self.caller, self.frame
        limits = [limit for limit in (seconds, frame.limit) if limit is not None]
        if frame.deadline is not None:
            limits.append(max(frame.deadline - caller.session.now, 0.0))
        until = None if not limits else caller.session.now + min(limits)
        name = f"{frame.path} receive"
        received = await caller.effects.receive(name, topic, until=until, reason=waiting_on)
        caller.session.passed(received.get("at"))
        return received.get("message")

    async def map(
        self, function: str, arguments: Sequence[JsonObject], *, parallel: int
    ) -> Sequence[JsonObject]:
        caller, named = self.caller, self.caller.function(function)
        for index, item in enumerate(arguments):
            check(named.input, item, f"The arguments of {function} for item {index}")
        spans = [
            caller.trace.open(
                SpanKind.TASK, f"{self.frame.path}[{index}]", function, parent=self.frame.parent
            )
            for index in range(len(arguments))
        ]
        frames = [replace(self.frame, path=span.path, parent=span.id) for span in spans]
        outcomes = await self._outcomes(named, list(zip(arguments, frames, strict=True)), parallel)
        for span, frame, outcome in zip(spans, frames, outcomes, strict=True):
            caller.trace.function(frame, function, outcome)
            caller.session.passed(outcome.get("at"))
            error = outcome.get("error")
            caller.trace.close(span, error=error if isinstance(error, Mapping) else None)
        return [{k: o[k] for k in ("ok", "error") if k in o} for o in outcomes]

    async def _outcomes(
        self, function: Function, items: Sequence[tuple[JsonObject, Frame]], parallel: int
    ) -> Sequence[JsonObject]:
        caller = self.caller
        match function.body:
            case Pure(run=compute):
                now: JsonObject = {"at": caller.session.now}
                return [
                    {**_computed(function, partial(compute, item), caller.context(frame)), **now}
                    for item, frame in items
                ]
            case Effect(run=run):

                def performing(item: JsonObject, frame: Frame) -> Callable[[], Performing]:
                    return lambda: caller.perform(
                        lambda call: _checked(function, run(item, call)), frame
                    )

                # Workers take items in turn: who only waits for a turn would count as executing.
                turns, answers = iter(range(len(items))), dict[int, JsonObject]()

                async def worker() -> None:
                    for index in turns:
                        item, frame = items[index]
                        name = f"{frame.path} {function.name}"
                        answers[index] = await caller.effects.call(name, performing(item, frame))

                workers = min(max(parallel, 1), len(items))
                _ = await caller.effects.fork([worker] * workers)
                return [answers[index] for index in range(len(items))]
            case Control():
                detail = f"map cannot call {function.name}: it steers the run itself. Use `for`."
                raise Fault(problems.problem(problems.CONFIGURATION, "Not mappable", detail=detail))


def _computed(function: Function, run: Callable[[Call], Json], call: Call) -> JsonObject:
    """The outcome of a pure function."""
    try:
        result = run(call)
        check(function.output, result, f"The result of {function.name}")
    except Fault as fault:
        return {"error": fault.problem, "notes": call.notes}
    except PodiumError as error:
        return {"error": problems.from_error(error), "notes": call.notes}
    return {"ok": result, "notes": call.notes}


async def _checked(function: Function, result: Awaitable[Json]) -> Json:
    value = await result
    check(function.output, value, f"The result of {function.name}")
    return value


def check(schema: JsonObject, value: Json, what: str) -> None:
    """Raise a validation fault that says where the value breaks the schema."""
    try:
        found = compiled(canonical(schema))
    except Invalid as error:
        raise Fault(
            problems.problem(problems.CONFIGURATION, "Schema not valid", detail=error.message)
        ) from error
    try:
        wrong = found.mismatches(value)
    except Invalid as error:
        detail = f"{what}: {error.message}"
        raise Fault(problems.problem(problems.VALIDATION, "Not valid", detail=detail)) from error
    if wrong:
        where = "/".join(map(str, wrong[0].path))
        detail = f"{what}{f' at {where}' if where else ''}: {wrong[0].message}"
        raise Fault(problems.problem(problems.VALIDATION, "Not valid", detail=detail))
