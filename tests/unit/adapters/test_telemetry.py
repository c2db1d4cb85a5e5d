"""When spans are written, in simulated time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import anyio
from msgspec.structs import replace
from tests.simulation.loop import simulate

from podium.adapters.telemetry import BATCH, FLUSH_SECONDS, SpanWriter
from podium.kernel.errors import Unavailable
from podium.kernel.ids import RunId, WorkspaceId
from podium.kernel.paging import Page
from podium.observability.ports import CallQuery, StepSummary
from podium.observability.spans import Span, SpanKind

SPAN = Span("", "", None, RunId("run_1"), WorkspaceId("ws"), SpanKind.TASK, "task", "/do/task", 0.0)


@dataclass
class Shelf:
    """A `SpanStore` that notes when it was given how many; at first it is away."""

    away: int = 0
    written: list[tuple[float, int]] = field(default_factory=list)

    async def write(self, spans: Sequence[Span]) -> None:
        if self.away:
            self.away -= 1
            raise Unavailable("the database is away")
        self.written.append((anyio.current_time(), len(spans)))

    async def trace(self, workspace: WorkspaceId, run: RunId) -> Sequence[Span]:
        return []

    async def calls(
        self, workspace: WorkspaceId, query: CallQuery, *, cursor: str | None, limit: int
    ) -> Page[Span]:
        return Page(())

    async def steps(self, workspace: WorkspaceId, batch: str) -> Sequence[StepSummary]:
        return []

    async def open_names(self, workspace: WorkspaceId, batch: str) -> Sequence[tuple[str, int]]:
        return []


def written(store: Shelf, *, seconds: float, count: int = 10 * BATCH) -> list[tuple[float, int]]:
    async def play() -> None:
        writer = SpanWriter(store)
        for number in range(count):
            writer.record(replace(SPAN, id=str(number)))
        with anyio.move_on_after(seconds):
            await writer.run()

    simulate(play)
    return store.written


def test_what_waits_is_written_spread_over_the_interval():
    batches = written(Shelf(), seconds=1.1 * FLUSH_SECONDS)
    assert [count for _, count in batches] == [BATCH] * 10
    times = [at for at, _ in batches]
    assert min(later - at for at, later in pairwise(times)) > FLUSH_SECONDS / 11
    assert times[-1] < 1.01 * FLUSH_SECONDS


def test_where_very_much_waits_the_batches_are_larger_and_no_more():
    batches = written(Shelf(), seconds=1.1 * FLUSH_SECONDS, count=100 * BATCH)
    assert [count for _, count in batches] == [10 * BATCH] * 10


def test_what_a_store_did_not_take_is_written_when_it_is_there_again():
    batches = written(Shelf(away=3), seconds=10 * FLUSH_SECONDS, count=BATCH + 1)
    assert [count for _, count in batches] == [BATCH, 1]


def test_nothing_is_written_where_nothing_waits():
    assert written(Shelf(), seconds=10 * FLUSH_SECONDS, count=0) == []
