"""What the gateway needs from outside."""

from collections.abc import Awaitable, Callable
from typing import Protocol, Self

from podium.gateway.caching.keys import Asked
from podium.gateway.caching.ports import Source
from podium.gateway.caching.service import Ask, Open, Served
from podium.gateway.limits.grants import Estimate, Grant
from podium.gateway.models import CallRecord, Deadlines, Facts, Model, Usage
from podium.gateway.requests import Reply, Request
from podium.gateway.supply.modes import Supplied
from podium.identity.principal import Principal
from podium.kernel.money import NanoUsd

Sleep = Callable[[float], Awaitable[None]]


class Flow(Protocol):
    """An answer that comes in pieces, in the protocol of its request. Close it after use."""

    @property
    def usage(self) -> Usage | None:
        """What the upstream reported so far."""
        ...

    @property
    def model(self) -> str:
        """What the upstream says answers."""
        ...

    @property
    def finish_reasons(self) -> tuple[str, ...]: ...

    @property
    def chunks(self) -> int:
        """Chunks with output so far: an estimate of the tokens where none are reported."""
        ...

    @property
    def supplied(self) -> Supplied:
        """With what the model was supplied for it."""
        ...

    def __aiter__(self) -> Self: ...

    async def __anext__(self) -> bytes:
        """Raises UpstreamFailed; ends only when the answer is complete."""
        ...

    async def aclose(self) -> None: ...


class Upstream(Protocol):
    """A provider: requests in any protocol that podium speaks in, answers in the same one out.

    Implementations send `model.upstream_name` for the request's `model`, keep to the deadlines
    (`total` is what is left of the whole call) and raise UpstreamFailed and nothing else.
    """

    async def send(self, model: Model, request: Request, deadlines: Deadlines) -> Reply: ...

    async def open(self, model: Model, request: Request, deadlines: Deadlines) -> Flow:
        """A stream whose first piece has arrived."""
        ...


class Admission(Protocol):
    """The limits of callers. Raises LimitReached, Unavailable."""

    def at_once(self, who: Principal, model: str, estimate: Estimate) -> Grant | None:
        """Leave for one call; None where `admit` has to ask somebody for it."""
        ...

    async def admit(self, who: Principal, model: str, estimate: Estimate) -> Grant: ...


class Caching(Protocol):
    """Asks upstream where it has no answer. Raises NotCached, and what the asking raises."""

    async def answer(self, asked: Asked, ask: Ask) -> Served[Reply]: ...

    async def stream(self, asked: Asked, open_: Open) -> Served[Source]: ...


class Recorder(Protocol):
    """Keeps what happened. It answers at once (it buffers) and does not raise.

    It is not awaited because the record of a stream is made while its reader is being cancelled.
    """

    def record(self, record: CallRecord) -> None: ...


class Prices(Protocol):
    def cost(self, model: Model, usage: Usage, at: float) -> NanoUsd | None:
        """What the tokens cost at `at` (seconds since 1970); None where no price is known."""
        ...

    def facts(self, model: Model, at: float) -> Facts:
        """What people ask before they use it."""
        ...
