"""What the observability room needs from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from podium.kernel.ids import RunId, WorkspaceId
from podium.observability.spans import Span


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


class SpanStore(Protocol):
    async def write(self, spans: Sequence[Span]) -> None:
        """Insert or replace by (run, id); another workspace's span is never replaced."""
        ...

    async def trace(self, workspace: WorkspaceId, run: RunId) -> Sequence[Span]:
        """All spans of a run by start time."""
        ...

    async def steps(self, workspace: WorkspaceId, batch: str) -> Sequence[StepSummary]:
        """Per task name (kind task), then per model (kind model), over all runs of a batch."""
        ...

    async def open_names(self, workspace: WorkspaceId, batch: str) -> Sequence[tuple[str, int]]:
        """Names of the tasks that run now, with how many, most first.

        Spans that a run left open when it ended do not count.
        """
        ...
