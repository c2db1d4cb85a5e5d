"""One call over its targets: tries, waits and fallbacks, by the rules of `policy` and `breaker`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from podium.gateway.breaker import Breaker, BreakerRules, Permit
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
from podium.kernel.clock import Chance, Clock
from podium.kernel.errors import PodiumError, Unavailable

T = TypeVar("T")
Work = Callable[[Upstream, Model, Deadlines], Awaitable[T]]


@dataclass(frozen=True, slots=True)
class Rules:
    backoff: Backoff = field(default_factory=Backoff)
    breaker: BreakerRules = field(default_factory=BreakerRules)


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class Health:
    """What is remembered of a target between calls."""

    breaker: Breaker
    budget: RetryBudget


@dataclass(slots=True)
class Trial:
    """One call at one target. `ends` is on the monotonic clock."""

    call: Call
    target: Target
    ends: float
    attempts: list[Attempt]
    tried: int = 0
    final: bool = False

    def note(self, outcome: Outcome, ms: float, failure: Failure | None = None) -> None:
        model = self.target.model
        status, message = (failure.status, failure.message) if failure else (0, "")
        self.attempts.append(Attempt(model.name, model.provider.name, outcome, status, ms, message))


@dataclass(slots=True)
class Dispatch:
    upstreams: Mapping[str, Upstream]
    """By provider name."""
    clock: Clock
    chance: Chance
    sleep: Sleep
    rules: Rules = field(default_factory=Rules)
    _health: dict[str, Health] = field(default_factory=dict[str, Health])

    async def run(self, call: Call, attempts: list[Attempt], work: Work[T]) -> T:
        """What `work` answers at the first target that answers; each try is put on `attempts`.

        Raises Invalid where a provider refuses the request, LimitReached, TimedOut, Unavailable.
        """
        ends = self.clock.monotonic() + call.route.deadlines.total
        telling: Failure | None = None
        for target in call.route.targets:
            trial = Trial(call, target, ends, attempts)
            result = await self._at(trial, work)
            if isinstance(result, Done):
                return result.value
            if telling is None or result.outcome is not Outcome.SHUT_OUT:
                telling = result
            if trial.final:
                break
        raise self._verdict(call, telling, attempts)

    def broke_off(self, model: Model) -> None:
        """A stream failed after its first chunk."""
        permit = self._of(model).breaker.enter()
        if permit is not None:
            permit.failed()

    async def _at(self, trial: Trial, work: Work[T]) -> Done[T] | Failure:
        health = self._of(trial.target.model)
        health.budget.deposit()
        while True:
            permit = health.breaker.enter()
            if permit is None:
                return _shut_out(trial, health.breaker.wait())
            result = await self._once(trial, permit, work)
            if isinstance(result, Done):
                return result
            match self._decide(trial, result):
                case Again(wait) if health.budget.withdraw():
                    await self.sleep(wait)
                case GiveUp():
                    trial.final = True
                    return result
                case _:
                    return result

    async def _once(self, trial: Trial, permit: Permit, work: Work[T]) -> Done[T] | Failure:
        model = trial.target.model
        limits = trial.call.route.deadlines
        started = self.clock.monotonic()
        left = limits.within(trial.ends - started)
        trial.tried += 1
        try:
            value = await work(self.upstreams[model.provider.name], model, left)
        except UpstreamFailed as error:
            failure = error.failure
            if target_is_ill(failure):
                permit.failed()
            trial.note(failure.outcome, self._ms(started), failure)
            return failure
        except BaseException:
            trial.note(Outcome.CANCELLED, self._ms(started))
            raise
        else:
            permit.succeeded()
            trial.note(Outcome.OK, self._ms(started))
            return Done(value)
        finally:
            permit.dropped()

    def _decide(self, trial: Trial, failure: Failure) -> Again | GiveUp | object:
        left = trial.ends - self.clock.monotonic()
        if left <= 0:
            trial.final = True
        standing = Standing(trial.tried, trial.target.retries, left)
        wait = self.rules.backoff.wait(trial.tried, failure.retry_after, self.chance)
        return decide(failure, standing, wait=wait, patience=self.rules.backoff.patience)

    def _verdict(self, call: Call, failure: Failure | None, attempts: list[Attempt]) -> PodiumError:
        if failure is None:
            return Unavailable(f"Route '{call.route.name}' has no targets. Give it one.")
        return for_caller(call, failure, tuple(attempts))

    def _of(self, model: Model) -> Health:
        health = self._health.get(model.name)
        if health is None:
            health = self._health[model.name] = Health(
                Breaker(self.clock, self.rules.breaker), RetryBudget(self.clock)
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
