"""What is known of a call while it runs, and the record that is made of it in the end."""

from dataclasses import dataclass, field

from podium.gateway.models import Attempt, Call, CallError, CallRecord, Model, Usage
from podium.gateway.ports import Prices, Recorder
from podium.gateway.routing.choice import Choice
from podium.kernel.clock import Clock
from podium.kernel.errors import PodiumError

CANCELLED = CallError("cancelled", "The caller went away before the answer was complete.")


def error_of(raised: BaseException) -> CallError:
    """For the record: podium's own errors by their code, a cancellation, or a fault of ours."""
    if isinstance(raised, PodiumError):
        return CallError(raised.code, raised.message)
    if isinstance(raised, Exception):
        return CallError("internal", type(raised).__name__)
    return CANCELLED


@dataclass(slots=True)
class Ledger:
    call: Call
    clock: Clock
    prices: Prices
    recorder: Recorder
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    choice: Choice | None = None
    model: Model | None = None
    """The one that answered."""
    usage: Usage | None = None
    first_at: float | None = None
    response_model: str = ""
    finish: tuple[str, ...] = ()
    _begun: float = 0.0

    def begin(self) -> None:
        self._begun = self.clock.monotonic()

    def first(self) -> None:
        """The first chunk is here."""
        self.first_at = self.clock.monotonic()

    def close(self, error: CallError | None = None) -> CallRecord:
        """Make the record and hand it to the recorder. Once."""
        record = self._record(error)
        self.recorder.record(record)
        return record

    def _record(self, error: CallError | None) -> CallRecord:
        call, usage = self.call, self.usage or Usage()
        last = self.attempts[-1] if self.attempts else None
        cost = self.prices.cost(self.model, usage, call.started_at) if self.model else None
        first_ms = None if self.first_at is None else (self.first_at - self._begun) * 1000
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
            ms=(self.clock.monotonic() - self._begun) * 1000,
            first_token_ms=first_ms,
            response_model=self.response_model,
            finish_reasons=self.finish,
            error=error,
            origin=call.origin,
            reason=str(self.choice.reason) if self.choice else "",
            key=call.key,
            team=call.team,
            tags=call.tags,
        )
