"""One call over its targets: tries, waits and fallbacks, by the rules of `policy` and `breaker`."""

from collections.abc import Awaitable, Callable, Collection, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import anyio
from msgspec import Struct
from msgspec.structs import replace

from podium.gateway.breaker import Breaker, BreakerRules
from podium.gateway.errors import Failure, UpstreamFailed, for_caller
from podium.gateway.models import Attempt, Call, Deadlines, Model, Outcome, Target
from podium.gateway.policy import (
    Again,
    Backoff,
    GiveUp,
    RetryBudget,
    Standing,
    decide,
    target_is_ill,
)
from podium.gateway.ports import Sleep, Upstream
from podium.gateway.routing.fleet import Fleet, Flight, Gauge
from podium.kernel.clock import Chance, Clock
from podium.kernel.errors import PodiumError, Unavailable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rules:
    backoff: Backoff = field(default_factory=Backoff)
    breaker: BreakerRules = field(default_factory=BreakerRules)


class Leg(Struct):
    """One try at one target. Who does it says to the flight how an answer that is complete went;
    what fails is said for it.
    """

    model: Model
    deadlines: Deadlines
    flight: Flight


class Work(Struct, Generic[T]):
    """What is done at a target, and with an answer that came too late to be of use."""

    do: Callable[[Upstream, "Leg"], Awaitable[T]]
    got: Callable[["Leg", T], T]
    """What is noted of an answer, and what becomes of it."""
    discard: Callable[[T], Awaitable[None]]
    accepts: Callable[[T], str]
    """Why the next target has to be asked in spite of this answer; empty where it may stand."""


class Done(Struct, Generic[T], frozen=True):
    value: T


@dataclass(frozen=True, slots=True)
class Health:
    """What is remembered of a target between calls."""

    breaker: Breaker
    budget: RetryBudget
    gauge: Gauge


class Course(Struct):
    """One call on its way along its targets; of a hedged one two lanes take from the same.

    `ends` is on the monotonic clock. `telling` is the failure that says most of what is wrong.
    """

    call: Call
    left: Iterator[Target]
    ends: float
    attempts: list[Attempt]
    upstreams: Mapping[str, Upstream]
    telling: Failure | None = None
    over: bool = False

    def next(self) -> Target | None:
        return None if self.over else next(self.left, None)

    def noted(self, message: str) -> None:
        """Of the attempt that was last."""
        self.attempts[-1] = replace(self.attempts[-1], message=message)

    def failed(self, failure: Failure) -> None:
        if self.telling is None or failure.outcome is not Outcome.SHUT_OUT:
            self.telling = failure


class Trial(Struct):
    """A course at one target."""

    course: Course
    target: Target
    health: Health
    tried: int = 0

    def note(self, outcome: Outcome, ms: float, failure: Failure | None = None) -> None:
        model = self.target.model
        status, message = (failure.status, failure.message) if failure else (0, "")
        attempt = Attempt(model.name, model.provider.name, outcome, status, ms, message)
        self.course.attempts.append(attempt)


@dataclass(slots=True)
class Race(Generic[T]):
    """What two lanes of one call have come to."""

    _done: Done[T] | None = None
    _error: PodiumError | None = None
    _running: int = 0

    @contextmanager
    def running(self, scope: anyio.CancelScope) -> Generator[None]:
        """Ends the other lane where this one is the first to answer, or the last to give up."""
        self._running += 1
        try:
            yield
        except PodiumError as error:
            self._error = error
        finally:
            self._running -= 1
            if self._done or self._error or not self._running:
                scope.cancel()

    def won_by(self, done: Done[T] | None) -> bool:
        if done is None or self._done is not None:
            return False
        self._done = done
        return True

    def result(self) -> Done[T] | None:
        """Raises what a lane has raised, where none has answered."""
        if self._done is None and self._error is not None:
            raise self._error
        return self._done


@dataclass(slots=True)
class Dispatch:
    clock: Clock
    chance: Chance
    sleep: Sleep
    fleet: Fleet
    rules: Rules = field(default_factory=Rules)
    _health: dict[str, Health] = field(default_factory=dict[str, Health])

    def keeping(self, models: Collection[str]) -> "Dispatch":
        """Another one that remembers the same of these models, and nothing of the others."""
        return Dispatch(
            self.clock,
            self.chance,
            self.sleep,
            self.fleet.keeping(models),
            self.rules,
            {model: self._of(model) for model in models},
        )

    async def run(self, course: Course, work: Work[T], *, hedge: float = 0.0) -> T:
        """What the first target answers that answers; each try is put on the course's `attempts`.

        `hedge` is how many seconds a target may take before the next one is asked too; 0 is no
        hedging. Raises Invalid where a provider refuses the request, LimitReached, TimedOut,
        Unavailable.
        """
        done = await (self._raced(course, work, hedge) if hedge else self._along(course, work))
        if done is not None:
            return done.value
        call, telling = course.call, course.telling
        if telling is None:
            raise Unavailable(f"Route '{call.route.name}' has no targets. Give it one.")
        raise for_caller(call, telling, tuple(course.attempts))

    def broke_off(self, model: str) -> None:
        """A stream of the model of this name failed after its first piece."""
        permit = self._of(model).breaker.enter()
        if permit is not None:
            permit.failed()

    async def _along(self, course: Course, work: Work[T]) -> Done[T] | None:
        """An answer that may not stand is better than none."""
        second_best: Done[T] | None = None
        while (target := course.next()) is not None:
            trial = Trial(course, target, self._of(target.model.name))
            trial.health.budget.deposit()
            result = await self._once(trial, work)
            while isinstance(result, Failure) and (wait := self._again(trial, result)) is not None:
                await self.sleep(wait)
                result = await self._once(trial, work)
            if isinstance(result, Failure):
                course.failed(result)
                continue
            if second_best is not None:
                await work.discard(second_best.value)
            lacks = work.accepts(result.value)
            if not lacks:
                return result
            course.noted(f"The next target is asked: {lacks}")
            second_best = result
        return second_best

    async def _raced(self, course: Course, work: Work[T], hedge: float) -> Done[T] | None:
        """Two lanes over the same targets, the second one later; the first answer counts."""
        race = Race[T]()
        async with anyio.create_task_group() as group:

            async def lane(after: float) -> None:
                if after:
                    await self.sleep(after)
                with race.running(group.cancel_scope):
                    done = await self._along(course, work)
                    if not race.won_by(done) and done is not None:
                        await work.discard(done.value)

            _ = group.start_soon(lane, 0.0)
            _ = group.start_soon(lane, hedge)
        return race.result()

    async def _once(self, trial: Trial, work: Work[T]) -> Done[T] | Failure:
        permit = trial.health.breaker.enter()
        if permit is None:
            return _shut_out(trial, trial.health.breaker.wait())
        flight = trial.health.gauge.began()
        model, course, started = trial.target.model, trial.course, flight.began
        left = course.call.route.deadlines.within(course.ends - started)
        trial.tried += 1
        try:
            leg = Leg(model, left, flight)
            value = work.got(leg, await work.do(course.upstreams[model.provider.name], leg))
        except UpstreamFailed as error:
            failure = error.failure
            if target_is_ill(failure):
                permit.failed()
                flight.failed()
            flight.dropped()
            trial.note(failure.outcome, self._ms(started), failure)
            return failure
        except PodiumError:
            flight.dropped()
            raise  # the request's own fault: it never left
        except BaseException:
            flight.dropped()
            trial.note(Outcome.CANCELLED, self._ms(started))
            raise
        else:
            permit.succeeded()
            trial.note(Outcome.OK, self._ms(started))
            return Done(value)
        finally:
            permit.dropped()

    def _again(self, trial: Trial, failure: Failure) -> float | None:
        """Seconds after which the same target is asked again; None where it is not."""
        if failure.outcome is Outcome.SHUT_OUT:
            return None
        match self._decide(trial, failure):
            case Again(wait) if trial.health.budget.withdraw():
                return wait
            case GiveUp():
                trial.course.over = True
                return None
            case _:
                return None

    def _decide(self, trial: Trial, failure: Failure) -> Again | GiveUp | object:
        left = trial.course.ends - self.clock.monotonic()
        if left <= 0:
            trial.course.over = True
        standing = Standing(trial.tried, trial.target.retries, left)
        wait = self.rules.backoff.wait(trial.tried, failure.retry_after, self.chance)
        return decide(failure, standing, wait=wait, patience=self.rules.backoff.patience)

    def _of(self, model: str) -> Health:
        health = self._health.get(model)
        if health is None:
            health = self._health[model] = Health(
                Breaker(self.clock, self.rules.breaker),
                RetryBudget(self.clock),
                self.fleet.of(model),
            )
        return health

    def _ms(self, started: float) -> float:
        return (self.clock.monotonic() - started) * 1000


def _shut_out(trial: Trial, seconds: float) -> Failure:
    failure = Failure(
        Outcome.SHUT_OUT,
        f"'{trial.target.model.name}' failed too often and is left alone for {seconds:.1f} s more.",
    )
    trial.note(Outcome.SHUT_OUT, 0.0, failure)
    return failure
