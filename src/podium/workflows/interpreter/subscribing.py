"""`call: asyncapi` with a `subscription`: each message is one recorded step.

The connection to the broker stays open between the steps. A message is acknowledged when the next
one is asked for: by then it is recorded, so a crash in between makes it come again, and none is
lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call
from podium.workflows.interpreter import problems
from podium.workflows.interpreter.compile_values import mapping
from podium.workflows.interpreter.iterating import iterate
from podium.workflows.interpreter.problems import Fault
from podium.workflows.interpreter.program import Directive, Subscribe
from podium.workflows.interpreter.state import Frame
from podium.workflows.interpreter.walk import Result, Walk

NAME: Final = "asyncapi"
MARK: Final = "mark"
FOREVER: Final = 3_153_600_000.0
"""A hundred years in seconds: a subscription waits for as long as nobody says how long."""
_GRACE: Final = 60.0
"""Seconds that connecting may take beyond the time in which messages are waited for."""


async def subscribe(walk: Walk, wanted: Subscribe, data: Json, *, frame: Frame) -> Result:
    """The output is an array of what was made of the messages that were consumed."""
    arguments = await walk.scope.value(wanted.arguments, data, frame)
    given = mapping(arguments)
    ends: float | None = None
    if wanted.consume.seconds is not None:
        seconds = await walk.scope.seconds(wanted.consume.seconds, data, frame)
        ends = walk.caller.session.now + seconds
    return await _Subscription(walk, wanted, given, frame, ends).run()


@dataclass
class _Subscription:
    """One subscription at work. `ends` is a moment of the run's clock; `number` counts messages,
    `after` is the mark of the last one.
    """

    walk: Walk
    wanted: Subscribe
    arguments: JsonObject
    frame: Frame
    ends: float | None
    outputs: list[Json] = field(default_factory=list[Json])
    number: int = 0
    after: str = ""

    async def run(self) -> Result:
        try:
            then = await self._closed_by_then()
        except Fault:
            raise
        except BaseException:
            # The run was stopped or paused, or this process ends: it may come back for more.
            caller = self.walk.caller
            caller.deps.subscriptions.suspend(caller.context(self.frame))
            raise
        return self.outputs, then

    async def _closed_by_then(self) -> str:
        try:
            then = await self._consumed()
        except Fault:
            await self._close()
            raise
        await self._close()
        return then

    async def _close(self) -> None:
        """Recorded, so that it is done once: also where a process died between the last message and
        this, and nobody has told the broker that it was taken.
        """
        if not self.number:
            return
        caller, frame = self.walk.caller, replace(self.frame, deadline=None, limit=_GRACE)

        async def close(call: Call) -> Json:
            await caller.deps.subscriptions.close(self.arguments, call, after=self.after)
            return None

        step = f"{frame.path} close"
        outcome = await caller.effects.call(step, lambda: caller.perform(close, frame))
        caller.session.passed(outcome.get("at"))

    async def _consumed(self) -> str:
        filter, then = self.wanted.filter, str(Directive.CONTINUE)
        while then == Directive.CONTINUE and not await self._is_complete():
            message = await self._next()
            if message is None:
                break
            if filter is None or await self.walk.scope.truth(filter, message, self.frame):
                then = await self._consume(message)
                if not await self._goes_on():
                    break
        return then

    async def _is_complete(self) -> bool:
        """Before each message; `until` sees what was made of those that were consumed."""
        consume, now = self.wanted.consume, self.walk.caller.session.now
        if self.ends is not None and self.ends <= now:
            return True
        if consume.amount is not None:
            return len(self.outputs) >= consume.amount
        return consume.until is not None and await self._holds(consume.until)

    async def _goes_on(self) -> bool:
        """After each message that was consumed."""
        while_ = self.wanted.consume.while_
        return while_ is None or await self._holds(while_)

    async def _holds(self, expression: str) -> bool:
        return await self.walk.scope.truth(expression, list(self.outputs), self.frame)

    async def _consume(self, message: JsonObject) -> str:
        foreach = self.wanted.foreach
        if foreach is None:
            self.outputs.append(message)
            return Directive.CONTINUE
        index = len(self.outputs)
        output, then = await iterate(self.walk, foreach, message, index=index, frame=self.frame)
        self.outputs.append(output)
        return then

    async def _next(self) -> JsonObject | None:
        """The next message, recorded; None where none came in the time that is left."""
        caller, frame = self.walk.caller, self.frame
        left = FOREVER if self.ends is None else self.ends - caller.session.now
        limited = replace(frame, limit=left + _GRACE)
        self.number += 1
        step = f"{frame.path} message {self.number}"

        async def take(call: Call) -> Json:
            inside = replace(call, deadline=min(left, call.deadline))
            return await caller.deps.subscriptions.next(self.arguments, inside, after=self.after)

        outcome = await caller.effects.call(
            step, lambda: caller.perform(take, limited), waits=f"message: {frame.path}"
        )
        caller.trace.function(frame.at(f"{frame.path}[{self.number}]"), NAME, outcome)
        caller.session.passed(outcome.get("at"))
        error, message = outcome.get("error"), outcome.get("ok")
        if isinstance(error, Mapping):
            raise Fault(error, step=step)
        if isinstance(message, Mapping):
            self.after = str(message.get(MARK, ""))
            return {name: value for name, value in message.items() if name != MARK}
        self._hold_to_deadline(step)
        return None

    def _hold_to_deadline(self, step: str) -> None:
        """No message came: the time of the subscription is over, or that of its task."""
        deadline = self.frame.deadline
        if deadline is not None and (self.ends is None or deadline <= self.ends):
            detail = "The deadline came while it waited for a message."
            problem = problems.problem(problems.TIMEOUT, "Timed out", detail=detail)
            raise Fault(problem, step=step)
