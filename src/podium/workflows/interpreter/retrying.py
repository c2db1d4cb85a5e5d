"""`try`: what is caught, what is tried again and when."""

import hashlib
from dataclasses import dataclass

from podium.kernel.json import Json, JsonObject
from podium.workflows.interpreter import problems
from podium.workflows.interpreter.eventing import leave
from podium.workflows.interpreter.problems import Fault
from podium.workflows.interpreter.program import Backoff, Catch, Directive, Retry, Try
from podium.workflows.interpreter.state import Frame
from podium.workflows.interpreter.walk import Result, Walk

LONGEST_DELAY = 3600.0
"""The specification sets no maximum for a growing retry delay; an hour is ours."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A try that has failed: which one it was, and when the first began."""

    retry: Retry | None
    tries: int
    began: float


@dataclass(frozen=True, slots=True)
class Attempts:
    """The tries of one task."""

    walk: Walk

    async def run(self, attempt: Try, data: Json, frame: Frame) -> Result:
        catch, began, tries = attempt.catch, self.walk.caller.session.now, 0
        while True:
            inner = frame if tries == 0 else frame.at(f"{frame.path}#{tries + 1}")
            try:
                return await self._tried(attempt, data, inner)
            except Fault as fault:
                handler = frame.bind(**{catch.name: fault.problem})
                if not await self._catches(catch, fault.problem, data, frame=handler):
                    raise
                await leave(self.walk, attempt.do, inner, part="try")
                tries += 1
                if await self._again(Trial(catch.retry, tries, began), data, handler):
                    continue
                if catch.do is None and catch.retry is not None:
                    raise
                return await self._handled(catch, data, handler)

    async def _tried(self, attempt: Try, data: Json, frame: Frame) -> Result:
        retry = attempt.catch.retry
        if retry is not None and retry.attempt is not None:
            seconds = await self.walk.scope.seconds(retry.attempt, data, frame)
            frame = frame.until(self.walk.caller.session.now + seconds)
        return await self.walk.sequence(attempt.do, data, frame.inside("try"))

    async def _handled(self, catch: Catch, data: Json, handler: Frame) -> Result:
        """A caught error ends here, with the output of `do`; without one, with the input."""
        if catch.do is None:
            return data, catch.then
        output, then = await self.walk.sequence(catch.do, data, handler.inside("catch"))
        return output, catch.then if then == Directive.CONTINUE else then

    async def _catches(
        self, catch: Catch, problem: JsonObject, data: Json, *, frame: Frame
    ) -> bool:
        return problems.matches(catch.filter, problem) and await self._holds(catch, data, frame)

    async def _holds(self, rule: Catch | Retry, data: Json, frame: Frame) -> bool:
        if rule.when is not None and not await self.walk.scope.truth(rule.when, data, frame):
            return False
        return rule.except_when is None or not await self.walk.scope.truth(
            rule.except_when, data, frame
        )

    async def _again(self, trial: Trial, data: Json, frame: Frame) -> bool:
        """Wait until the next try; False where there is none."""
        retry, scope = trial.retry, self.walk.scope
        if retry is None or (retry.count is not None and trial.tries > retry.count):
            return False
        if not await self._holds(retry, data, frame):
            return False
        low, high = retry.jitter
        jitter = await scope.seconds(low, data, frame), await scope.seconds(high, data, frame)
        base = await scope.seconds(retry.delay, data, frame)
        seed = f"{self.walk.caller.session.run}{frame.path}"
        pause = delay(retry.backoff, trial.tries, base, jitter=jitter, seed=seed)
        spent = self.walk.caller.session.now - trial.began
        if retry.total is not None and spent + pause > await scope.seconds(
            retry.total, data, frame
        ):
            return False
        name = frame.task.name if frame.task else ""
        await self.walk.pause(pause, frame, f"retry {trial.tries} of {name}")
        return True


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
