"""A streamed answer: chunks as they come, and the record when it ends, however it ends."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from podium.gateway.dispatch import Dispatch
from podium.gateway.errors import UpstreamFailed, for_caller
from podium.gateway.ledger import CANCELLED, Ledger, error_of
from podium.gateway.models import CallError, CallRecord, Model
from podium.gateway.usage import asks_for_usage, estimate, is_usage_only, usage_of
from podium.kernel.json import Json, JsonObject

Chunk = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Opened:
    """A stream whose first chunk has arrived: from here on nothing is tried again."""

    model: Model
    first: Chunk
    rest: AsyncGenerator[Chunk, None]


class Stream:
    """Iterate over it, and close it (`async with`): a stream left half read is recorded then.

    The usage that podium asks for is hidden from a caller who did not ask for it.
    """

    def __init__(
        self, opened: Opened, ledger: Ledger, dispatch: Dispatch, *, request: JsonObject
    ) -> None:
        self._rest: AsyncGenerator[Chunk, None] = opened.rest
        self._first: Chunk | None = opened.first
        self._model: Model = opened.model
        self._ledger: Ledger = ledger
        self._dispatch: Dispatch = dispatch
        self._request: JsonObject = request
        self._hide: bool = not asks_for_usage(request)
        self._chunks: int = 0
        self._record: CallRecord | None = None

    @property
    def call_id(self) -> str:
        return self._ledger.call.id

    @property
    def model(self) -> Model:
        """The one that answers."""
        return self._model

    @property
    def record(self) -> CallRecord | None:
        """None until the stream has ended."""
        return self._record

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Chunk:
        """Raises Unavailable or TimedOut where the upstream breaks off."""
        while True:
            chunk = await self._next()
            self._note(chunk)
            if not self._hide:
                return chunk
            if not is_usage_only(chunk):
                _ = chunk.pop("usage", None)
                return chunk

    async def aclose(self) -> None:
        """Let go of the upstream; a stream that has not ended is recorded as cancelled."""
        try:
            await self._rest.aclose()
        finally:
            self._end(CANCELLED)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _next(self) -> Chunk:
        if self._first is not None:
            chunk, self._first = self._first, None
            return chunk
        try:
            return await anext(self._rest)
        except StopAsyncIteration:
            self._end(None)
            raise
        except UpstreamFailed as failed:
            raise self._broken(failed) from failed
        except BaseException as raised:
            self._end(error_of(raised))
            raise

    def _note(self, chunk: Chunk) -> None:
        self._ledger.heard(chunk)
        self._chunks += bool(chunk.get("choices"))
        if "usage" in chunk or "x_groq" in chunk:
            self._ledger.usage = usage_of(chunk) or self._ledger.usage

    def _broken(self, failed: UpstreamFailed) -> Exception:
        self._dispatch.broke_off(self._model)
        attempts, failure = self._ledger.attempts, failed.failure
        attempts[-1] = replace(
            attempts[-1],
            outcome=failure.outcome,
            status=failure.status,
            message=failure.message,
        )
        error = for_caller(self._ledger.call, failure, tuple(attempts))
        self._end(error_of(error))
        return error

    def _end(self, error: CallError | None) -> None:
        if self._record is not None:
            return
        if self._ledger.usage is None:
            self._ledger.usage = estimate(self._request, self._chunks)
        self._record = self._ledger.close(error)
