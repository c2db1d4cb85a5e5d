"""What the gateway needs from outside."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Protocol

from podium.gateway.models import CallRecord, Deadlines, Model, Usage
from podium.kernel.json import Json, JsonObject
from podium.kernel.money import NanoUsd

Sleep = Callable[[float], Awaitable[None]]


class Upstream(Protocol):
    """A provider, whatever its wire format: OpenAI-shaped requests in, OpenAI-shaped answers out.

    Implementations send `model.upstream_name` for the request's `model`, keep to the deadlines
    (`total` is what is left of the whole call) and raise UpstreamFailed and nothing else.
    """

    async def chat(
        self, model: Model, request: JsonObject, deadlines: Deadlines
    ) -> dict[str, Json]: ...

    def chat_stream(
        self, model: Model, request: JsonObject, deadlines: Deadlines
    ) -> AsyncGenerator[dict[str, Json], None]:
        """Chunks, the usage among them; ends only when the answer is complete."""
        ...

    async def embeddings(
        self, model: Model, request: JsonObject, deadlines: Deadlines
    ) -> dict[str, Json]: ...


class Recorder(Protocol):
    """Keeps what happened. It answers at once (it buffers) and does not raise.

    It is not awaited because the record of a stream is made while its reader is being cancelled.
    """

    def record(self, record: CallRecord) -> None: ...


class Prices(Protocol):
    def cost(self, model: Model, usage: Usage, at: float) -> NanoUsd | None:
        """What the tokens cost at `at` (seconds since 1970); None where no price is known."""
        ...
