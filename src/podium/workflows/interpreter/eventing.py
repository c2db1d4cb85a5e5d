"""`emit` and `listen`: a run tells what happened, and waits for what others tell.

A listen is written down with the bus as a recorded step, and events that pass its filters come as
messages. Which of them it consumes follows from these messages alone, so that a replay agrees.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypedDict, cast

from podium.kernel.json import Json, JsonObject
from podium.workflows.events import cloudevents
from podium.workflows.events.cloudevents import Emission, Event
from podium.workflows.events.filters import Correlate, Filter, Free, Known, Match, named, spelling
from podium.workflows.events.gathering import Gathering, Taken, all_filters
from podium.workflows.events.ports import Wish
from podium.workflows.expressions.errors import ExpressionError
from podium.workflows.expressions.expression import is_expression
from podium.workflows.functions import Call
from podium.workflows.interpreter import problems
from podium.workflows.interpreter.compile_values import expression
from podium.workflows.interpreter.iterating import iterate
from podium.workflows.interpreter.problems import Fault
from podium.workflows.interpreter.program import (
    CallDefined,
    Correlation,
    Directive,
    Do,
    Emit,
    EventFilter,
    For,
    Fork,
    Listen,
    Task,
    Try,
)
from podium.workflows.interpreter.state import Frame
from podium.workflows.interpreter.variables import SECRETS, variables
from podium.workflows.interpreter.walk import Result, Walk


class _Said(TypedDict):
    """A match, as the bus writes it."""

    filter: int
    keys: Mapping[str, str]


async def emit(walk: Walk, emitting: Emit, data: Json, *, frame: Frame) -> Json:
    """Publish an event, once; the output is the event."""
    given = cast("JsonObject", await walk.scope.value(emitting.event, data, frame))
    about = cast("Mapping[str, str]", walk.program.document["document"])
    source = f"/api/v1/workflows/{about['namespace']}/{about['name']}"

    async def publish(call: Call) -> Json:
        default = Emission(call.key, source, walk.caller.effects.now())
        event = cloudevents.emitted(given, default)
        receipt = await walk.caller.deps.events.publish(call.principal, event)
        return receipt.stored.event.envelope

    return await _recorded(walk, "emit", publish, frame=frame)


async def listen(walk: Walk, listening: Listen, data: Json, *, frame: Frame) -> Result:
    """Wait for events; the output is an array of what was made of those that were consumed."""
    gathering = Gathering(listening.to)
    if gathering.is_complete:  # `all` of none
        return [], Directive.CONTINUE
    filters = [await _resolved(walk, each, data, frame=frame) for each in all_filters(listening.to)]
    return await _Listening(walk, listening, frame, gathering, filters).run()


async def leave(walk: Walk, tasks: Sequence[Task], frame: Frame, *, part: str) -> None:
    """The tasks below `part` of the frame's path are over, and did not all come to their ends:
    none of them waits for events any more.
    """
    if not any(_listens(task) for task in tasks):
        return
    inside = frame.inside(part)

    async def unsubscribe(call: Call) -> Json:
        await walk.caller.deps.events.unsubscribe(call.run, inside.path)
        return None

    _ = await _recorded(walk, "leave", unsubscribe, frame=_unlimited(inside))


@dataclass
class _Listening:
    """One listen at work."""

    walk: Walk
    listening: Listen
    frame: Frame
    gathering: Gathering
    filters: Sequence[Filter]
    outputs: list[Json] = field(default_factory=list[Json])
    seen: set[int] = field(default_factory=set[int])

    async def run(self) -> Result:
        await self._subscribe(self.filters, self._looks_back())
        then: str = Directive.CONTINUE
        done = False
        while not done:
            serial, event, matches = await self._next()
            if serial in self.seen:
                continue
            self.seen.add(serial)
            known = len(self.gathering.fixed)
            taken = self.gathering.offer(matches)
            if taken is Taken.CONSUMED:
                self.walk.caller.session.consumed.add(serial)
                then = await self._consume(event)
            done = taken is Taken.STOPPED or then == Directive.END or await self._is_over(taken)
            if not done and len(self.gathering.fixed) > known:
                narrowed = [each.narrowed(self.gathering.fixed) for each in self.filters]
                await self._subscribe(narrowed, [None for _ in narrowed])
        await self._unsubscribe()
        return self.outputs, then

    async def _consume(self, event: Event) -> str:
        item, foreach = event.read(self.listening.read), self.listening.foreach
        if foreach is None:
            self.outputs.append(item)
            return Directive.CONTINUE
        output, then = await iterate(
            self.walk, foreach, item, index=len(self.outputs), frame=self.frame
        )
        self.outputs.append(output)
        return then

    async def _is_over(self, taken: Taken) -> bool:
        until = self.listening.to.until
        if taken is Taken.CONSUMED and isinstance(until, str):
            return await self.walk.scope.truth(until, list(self.outputs), self.frame)
        return self.gathering.is_complete

    async def _next(self) -> tuple[int, Event, Sequence[Match]]:
        frame, caller = self.frame, self.walk.caller
        reason = f"event: {self._types()}"
        received = await caller.effects.receive(
            f"{frame.path} event", frame.path, until=frame.deadline, reason=reason
        )
        caller.session.passed(received.get("at"))
        said = received.get("message")
        if not isinstance(said, Mapping):
            detail = f"The deadline came while it waited for an {reason}."
            raise Fault(problems.problem(problems.TIMEOUT, "Timed out", detail=detail))
        matches = [
            Match(each["filter"], each["keys"]) for each in cast("Sequence[_Said]", said["matches"])
        ]
        return cast("int", said["serial"]), Event(cast("JsonObject", said["event"])), matches

    def _types(self) -> str:
        types = [str(each.attributes.get("type", "any")) for each in self.filters]
        return " or ".join(dict.fromkeys(types))

    def _task(self) -> str:
        return "" if self.frame.task is None else self.frame.task.path

    def _looks_back(self) -> Sequence[float | None]:
        """An event that says for whom it is counts from when the run was asked for. Others count
        from when the run first came to this task, so that a loop misses none between its turns.
        """
        session = self.walk.caller.session
        reached = session.reached.get(self._task())
        return [session.created if _knows(each) else reached for each in self.filters]

    async def _subscribe(
        self, filters: Sequence[Filter], looks_back: Sequence[float | None]
    ) -> None:
        """The step's name has the run's: a run that was forked from another has the other's steps,
        and must subscribe for itself.
        """
        session, frame = self.walk.caller.session, self.frame
        wish = Wish(session.run, frame.path, filters, looks_back, frozenset(session.consumed))

        async def subscribe(call: Call) -> Json:
            return await self.walk.caller.deps.events.subscribe(call.principal, wish)

        name = f"subscribe {session.run}"
        at = await _recorded(self.walk, name, subscribe, frame=frame)
        _ = session.reached.setdefault(self._task(), cast("float", at))

    async def _unsubscribe(self) -> None:
        path = self.frame.path

        async def unsubscribe(call: Call) -> Json:
            await self.walk.caller.deps.events.unsubscribe(call.run, path)
            return None

        name = f"unsubscribe {self.walk.caller.session.run}"
        _ = await _recorded(self.walk, name, unsubscribe, frame=_unlimited(self.frame))


async def _resolved(walk: Walk, wanted: EventFilter, data: Json, *, frame: Frame) -> Filter:
    """A filter with all that its expressions may know, as it is now."""
    scope = walk.scope
    offered = variables(scope.deps, scope.session, secrets=scope.secrets, frame=frame)
    try:
        names = named(wanted.attributes)
    except ExpressionError as error:
        raise _wrong(error.message) from error
    if secret := sorted(names & set(SECRETS)):
        raise _wrong(
            f"${secret[0]} cannot be compared with events: a filter is kept until they come. "
            "Correlate with something that is no secret."
        )
    if missing := sorted(names - set(offered)):
        raise _wrong(f"A filter of events names ${missing[0]}, which is not known here.")
    correlate = {
        name: Correlate(each.of, await _expected(walk, name, each, data=data, frame=frame))
        for name, each in wanted.correlate.items()
    }
    return Filter(wanted.attributes, correlate, {name: offered[name] for name in sorted(names)})


async def _expected(
    walk: Walk, name: str, wanted: Correlation, *, data: Json, frame: Frame
) -> Known | Free:
    """A text that begins as an expression does is one, also without `${ }`."""
    text = wanted.expect
    if text is None:
        return Free()
    if not is_expression(text) and not text.startswith((".", "$")):
        return Known(text)
    value = await walk.scope.value(expression(text), data, frame)
    if value is None:
        raise _wrong(
            f"The correlation '{name}' expects {text}, which is null here, and no event has that. "
            "Correct 'expect'."
        )
    return Known(spelling(value))


def _knows(filter: Filter) -> bool:
    return any(isinstance(each.expect, Known) for each in filter.correlate.values())


def _wrong(detail: str) -> Fault:
    return Fault(problems.problem(problems.EXPRESSION, "Filter not usable", detail=detail))


def _unlimited(frame: Frame) -> Frame:
    """Tidying up is not late."""
    return replace(frame, deadline=None, limit=None)


async def _recorded(
    walk: Walk, name: str, action: Callable[[Call], Awaitable[Json]], *, frame: Frame
) -> Json:
    """A step without a span of its own: the task has one."""
    caller, step = walk.caller, f"{frame.path} {name}"
    outcome = await caller.effects.call(step, lambda: caller.perform(action, frame))
    caller.session.passed(outcome.get("at"))
    error = outcome.get("error")
    if isinstance(error, Mapping):
        raise Fault(error, step=step)
    return outcome.get("ok")


def _listens(task: Task) -> bool:
    extended = [inner for each in task.extensions for inner in (*each.before, *each.after)]
    return any(_listens(each) for each in extended) or _has_listen(task)


def _has_listen(task: Task) -> bool:
    match task.body:
        case Listen():
            return True
        case Do(tasks=inner) | For(do=inner) | Fork(branches=inner):
            return any(_listens(each) for each in inner)
        case Try(do=inner, catch=catch):
            return any(_listens(each) for each in (*inner, *(catch.do or ())))
        case CallDefined(task=inner):
            return _listens(inner)
        case _:
            return False
