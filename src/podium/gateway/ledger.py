"""What is known of a call while it runs, and the record that is made of it in the end."""

from types import TracebackType
from typing import Protocol, TypeVar

from msgspec import Struct

from podium.gateway.caching.rules import CacheStatus
from podium.gateway.caching.service import Served
from podium.gateway.guards import Watch
from podium.gateway.limits.grants import Grant
from podium.gateway.models import Attempt, Call, CallError, CallRecord, Model, Usage
from podium.gateway.ports import Prices, Recorder
from podium.gateway.requests import Request
from podium.gateway.routing.choice import Choice
from podium.gateway.supply.modes import NATIVE, Supplied
from podium.gateway.usage import together
from podium.kernel.clock import Clock
from podium.kernel.errors import PodiumError
from podium.kernel.money import NOTHING, NanoUsd

_FREE = frozenset({CacheStatus.HIT, CacheStatus.STALE})
"""Answers that nobody had to ask for."""

CANCELLED = CallError("cancelled", "The caller went away before the answer was complete.")
NO_USAGE = Usage()

T = TypeVar("T")


def error_of(raised: BaseException) -> CallError:
    """For the record: podium's own errors by their code, a cancellation, or a fault of ours."""
    if isinstance(raised, PodiumError):
        return CallError(raised.code, raised.message)
    if isinstance(raised, Exception):
        return CallError("internal", type(raised).__name__)
    return CANCELLED


class Teller(Protocol):
    def told(self, request: Request) -> None:
        """Put into the ledger what a stream has said of itself."""
        ...


class Ledger(Struct):
    """As a context it closes itself where something is raised within."""

    call: Call
    clock: Clock
    prices: Prices
    recorder: Recorder
    attempts: list[Attempt] = []
    choice: Choice | None = None
    grant: Grant | None = None
    watch: Watch | None = None
    """Of the guards that the call concerns."""
    model: Model | None = None
    """The one that answered."""
    usage: Usage | None = None
    thrown: list[tuple[Model, Usage]] = []
    """Answers that did not stand. They are paid all the same."""
    upstream: Teller | None = None
    """Where its own stream comes from an upstream: what it took is known at its end."""
    cache: CacheStatus = CacheStatus.BYPASS
    age: float = 0.0
    saved: Usage | None = None
    """What an answer out of the cache would have taken."""
    first_at: float | None = None
    response_model: str = ""
    finish: tuple[str, ...] = ()
    supplied: Supplied = NATIVE
    begun: float = 0.0

    def __enter__(self) -> None:
        self.begun = self.clock.monotonic()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if raised is not None:
            _ = self.close(error_of(raised))

    def answered(self, model: Model, usage: Usage | None) -> None:
        """By this model; what another one answered before did not stand."""
        if self.model is not None and self.usage is not None:
            self.thrown.append((self.model, self.usage))
        self.model, self.usage = model, usage

    def first(self) -> None:
        """The first chunk is here."""
        self.first_at = self.clock.monotonic()

    def served(self, served: Served[T]) -> T:
        """By the cache, or past it."""
        self.cache, self.age, self.saved = served.status, served.age, served.saved
        return served.value

    def headers(self, protocol: str) -> dict[str, str]:
        """What the caller is told besides the answer."""
        found: dict[str, str] = {}
        if self.grant is not None:
            found.update(self.grant.headers(protocol, self.clock.now()))
            if warnings := self.grant.warnings:
                found["x-podium-warning"] = "; ".join(warnings).encode("ascii", "replace").decode()
        if self.cache is not CacheStatus.BYPASS:
            found["x-podium-cache"] = self.cache
        if self.cache in _FREE:
            found["age"] = str(int(self.age))
        return found

    def close(self, error: CallError | None = None) -> CallRecord:
        """Settle with the limits, make the record and hand it to the recorder. Once."""
        usage = self.usage or NO_USAGE
        cost = self.prices.cost(self.model, usage, self.call.started_at) if self.model else None
        if self.cache in _FREE:
            cost = NOTHING
        if self.thrown:
            usage, cost = self._with_thrown(usage, cost)
        if self.grant is not None:
            if error is None or self.model is not None:
                self.grant.settle(usage, cost)
            else:
                self.grant.release()
        record = self._record(error, usage, cost=cost)
        self.recorder.record(record)
        return record

    def _with_thrown(self, usage: Usage, cost: NanoUsd | None) -> tuple[Usage, NanoUsd | None]:
        for model, took in self.thrown:
            usage = together(usage, took)
            more = self.prices.cost(model, took, self.call.started_at)
            cost = None if cost is None or more is None else NanoUsd(cost + more)
        return usage, cost

    def _record(self, error: CallError | None, usage: Usage, *, cost: NanoUsd | None) -> CallRecord:
        call = self.call
        last = self.attempts[-1] if self.attempts else None
        first_ms = None if self.first_at is None else (self.first_at - self.begun) * 1000
        return CallRecord(
            id=call.id,
            operation=call.operation,
            requested=call.requested,
            route=call.route.name,
            model=self.model.name if self.model else last.model if last else "",
            provider=self.model.provider.name if self.model else last.provider if last else "",
            workspace=call.workspace,
            user=call.user,
            streamed=call.streamed,
            attempts=tuple(self.attempts),
            usage=usage,
            cost=cost,
            started_at=call.started_at,
            ms=(self.clock.monotonic() - self.begun) * 1000,
            first_token_ms=first_ms,
            response_model=self.response_model,
            finish_reasons=self.finish,
            error=error,
            origin=call.origin,
            reason=str(self.choice.reason) if self.choice else "",
            key=call.key,
            team=call.team,
            tags=call.tags,
            cache=self.cache,
            saved=self.saved or NO_USAGE,
            supplied=self.supplied,
            noted=self.watch.noted() if self.watch else (),
        )
