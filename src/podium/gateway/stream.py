"""A streamed answer: pieces as they come, and the record when it ends, however it ends."""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from podium.gateway.dispatch import Dispatch
from podium.gateway.errors import UpstreamFailed, for_caller
from podium.gateway.ledger import CANCELLED, Ledger, error_of
from podium.gateway.models import CallError, CallRecord, Outcome
from podium.gateway.ports import Flow
from podium.gateway.requests import Request
from podium.gateway.routing.fleet import Flight
from podium.gateway.usage import estimate


@dataclass(frozen=True, slots=True)
class Opened:
    """A stream whose first piece has arrived: from here on nothing is tried again."""

    flow: Flow
    flight: Flight


class Stream:
    """Iterate over it, and close it (`async with`): a stream left half read is recorded then."""

    def __init__(
        self, opened: Opened, ledger: Ledger, dispatch: Dispatch, *, request: Request
    ) -> None:
        self._flow: Flow = opened.flow
        self._flight: Flight = opened.flight
        self._ledger: Ledger = ledger
        self._dispatch: Dispatch = dispatch
        self._request: Request = request
        self._record: CallRecord | None = None

    @property
    def call_id(self) -> str:
        return self._ledger.call.id

    @property
    def model(self) -> str:
        """The name of the one that answers."""
        model = self._ledger.model
        return model.name if model else ""

    @property
    def record(self) -> CallRecord | None:
        """None until the stream has ended."""
        return self._record

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Raises Unavailable or TimedOut where the upstream breaks off."""
        try:
            return await self._flow.__anext__()
        except StopAsyncIteration:
            self._flight.succeeded(self._flow.usage.output if self._flow.usage else 0)
            self._end(None)
            raise
        except UpstreamFailed as failed:
            self._flight.failed()
            await self._flow.aclose()
            raise self._broken(failed) from failed
        except BaseException as raised:
            self._end(error_of(raised))
            raise

    async def aclose(self) -> None:
        """Let go of the upstream; a stream that has not ended is recorded as cancelled."""
        try:
            await self._flow.aclose()
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

    def _broken(self, failed: UpstreamFailed) -> Exception:
        self._dispatch.broke_off(self.model)
        attempts, failure = self._ledger.attempts, failed.failure
        # The last one of a hedged call may be the one that was too late.
        at = max(n for n, one in enumerate(attempts) if one.outcome is Outcome.OK)
        attempts[at] = replace(
            attempts[at],
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
        self._flight.dropped()
        flow, ledger = self._flow, self._ledger
        ledger.usage = flow.usage or estimate(self._request.fields, flow.chunks)
        ledger.response_model = flow.model
        ledger.finish = flow.finish_reasons
        self._record = ledger.close(error)
