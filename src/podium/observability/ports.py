"""What the observability room needs from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from podium.kernel.ids import RunId, WorkspaceId
from podium.kernel.paging import Page
from podium.observability.spans import Span, SpanStatus


@dataclass(frozen=True, slots=True)
class StepSummary:
    """Latencies in milliseconds, over the closed spans of one kind and name.

    Percentiles are by nearest rank: a latency that was measured, none in between.
    """

    name: str
    kind: str
    count: int
    errors: int
    p50_ms: float
    p95_ms: float
    input_tokens: int
    output_tokens: int
    cost: int


@dataclass(frozen=True, slots=True)
class CallQuery:
    """Calls to the gateway from outside of a run. `model` is the one that answered; `since` is
    seconds since 1970, `span` the id of one span.
    """

    model: str | None = None
    status: SpanStatus | None = None
    since: float | None = None
    span: str | None = None


class SpanStore(Protocol):
    async def write(self, spans: Sequence[Span]) -> None:
        """Insert or replace by (run, id); another workspace's span is never replaced."""
        ...

    async def trace(self, workspace: WorkspaceId, run: RunId) -> Sequence[Span]:
        """All spans of a run by start time."""
        ...

    async def calls(
        self, workspace: WorkspaceId, query: CallQuery, *, cursor: str | None, limit: int
    ) -> Page[Span]:
        """The spans that belong to no run, newest first."""
        ...

    async def steps(self, workspace: WorkspaceId, batch: str) -> Sequence[StepSummary]:
        """Per task name (kind task), then per model (kind model), over all runs of a batch."""
        ...

    async def open_names(self, workspace: WorkspaceId, batch: str) -> Sequence[tuple[str, int]]:
        """Names of the tasks that run now, with how many, most first.

        Spans that a run left open when it ended do not count.
        """
        ...
