"""A streamed answer: pieces as they come, and the record when it ends, however it ends."""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from podium.gateway.caching.ports import Source
from podium.gateway.dispatch import Dispatch
from podium.gateway.errors import UpstreamFailed, for_caller
from podium.gateway.guards import StreamWatch
from podium.gateway.ledger import CANCELLED, Ledger, error_of
from podium.gateway.models import CallError, CallRecord, Outcome, Usage
from podium.gateway.ports import Flow
from podium.gateway.requests import Request
from podium.gateway.routing.fleet import Flight
from podium.gateway.turnstile import Turn
from podium.gateway.usage import estimate


class FromUpstream:
    """A stream whose first piece has arrived: from here on nothing is tried again.

    What goes wrong is raised as the error that callers get: several may read it.
    """

    def __init__(  # noqa: PLR0917 - what it came with
        self, flow: Flow, flight: Flight, ledger: Ledger, dispatch: Dispatch, *, lacks: str = ""
    ) -> None:
        self._flow: Flow = flow
        self._flight: Flight = flight
        self._ledger: Ledger = ledger
        self._dispatch: Dispatch = dispatch
        self._turn: Turn | None = None
        self.lacks: str = lacks
        """Why it may not stand, where it was judged; empty where it may."""

    @property
    def usage(self) -> Usage | None:
        return self._flow.usage

    def takes(self, turn: Turn) -> None:
        """Gives it back at its end."""
        self._turn = turn

    def told(self, request: Request) -> None:
        """Put into the ledger what the stream has said of itself until now."""
        ledger, flow = self._ledger, self._flow
        ledger.usage = flow.usage or estimate(request.fields, flow.chunks)
        ledger.response_model = flow.model
        ledger.finish = flow.finish_reasons
        ledger.supplied = flow.supplied

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Raises Unavailable or TimedOut where the upstream breaks off."""
        try:
            return await self._flow.__anext__()
        except StopAsyncIteration:
            self._flight.succeeded(self._flow.usage.output if self._flow.usage else 0)
            self._over()
            raise
        except UpstreamFailed as failed:
            self._flight.failed()
            await self.aclose()
            raise self._broken(failed) from failed

    async def aclose(self) -> None:
        self._flight.dropped()
        self._over()
        await self._flow.aclose()

    def _over(self) -> None:
        if self._turn is not None:
            self._turn.leave()

    def _broken(self, failed: UpstreamFailed) -> Exception:
        ledger, failure = self._ledger, failed.failure
        if ledger.model is not None:
            self._dispatch.broke_off(ledger.model.name)
        attempts = ledger.attempts
        # The last one of a hedged call may be the one that was too late.
        at = max(n for n, one in enumerate(attempts) if one.outcome is Outcome.OK)
        attempts[at] = replace(
            attempts[at],
            outcome=failure.outcome,
            status=failure.status,
            message=failure.message,
        )
        return for_caller(ledger.call, failure, tuple(attempts))


class Stream:
    """Iterate over it, and close it (`async with`): a stream left half read is recorded then."""

    def __init__(
        self, source: Source, ledger: Ledger, *, request: Request, watch: StreamWatch | None
    ) -> None:
        self._source: Source = source
        self._pieces: AsyncIterator[bytes] = aiter(source)
        self._ledger: Ledger = ledger
        self._request: Request = request
        self._watch: StreamWatch | None = watch
        self._record: CallRecord | None = None
        self._drained: bool = False

    @property
    def call_id(self) -> str:
        return self._ledger.call.id

    @property
    def headers(self) -> dict[str, str]:
        return self._ledger.headers(self._request.protocol)

    @property
    def model(self) -> str:
        """The name of the one that answers; empty where the answer was kept from before."""
        model = self._ledger.model
        return model.name if model else ""

    @property
    def record(self) -> CallRecord | None:
        """None until the stream has ended."""
        return self._record

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Raises Unavailable or TimedOut where the upstream breaks off, Refused by a guard."""
        try:
            if self._watch is not None:
                return await self._watched(self._watch)
            return await anext(self._pieces)
        except StopAsyncIteration:
            self._end(None)
            raise
        except BaseException as raised:
            self._end(error_of(raised))
            raise

    async def aclose(self) -> None:
        """Let go of the upstream; a stream that has not ended is recorded as cancelled."""
        try:
            await self._source.aclose()
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

    async def _watched(self, watch: StreamWatch) -> bytes:
        while not self._drained:
            try:
                piece = await watch.piece(await anext(self._pieces))
            except StopAsyncIteration:
                self._drained = True
                piece = await watch.end()
            if piece:
                return piece
        raise StopAsyncIteration

    def _end(self, error: CallError | None) -> None:
        if self._record is not None:
            return
        if self._ledger.upstream is not None:
            self._ledger.upstream.told(self._request)
        self._record = self._ledger.close(error)
