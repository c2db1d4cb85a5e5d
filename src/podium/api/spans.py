"""Spans and money as the API spells them."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from podium.observability import spans as recorded
from podium.observability.spans import SpanKind, SpanStatus

Cost = Annotated[int, Field(description="Nano-dollars: exact.")]
CostUsd = Annotated[float, Field(description="The same in dollars.")]


def usd(cost: int) -> float:
    return cost / 1e9


class Span(BaseModel):
    """One run, task, function or model call. Times are seconds since 1970."""

    id: str
    trace: str
    parent: str | None
    run: str
    kind: SpanKind
    name: str
    path: str = Field(description="Task path with iterations and attempts; empty for the run.")
    started_at: float
    ended_at: float | None
    status: SpanStatus
    error: str | None
    model: str | None
    input_tokens: int
    output_tokens: int
    cost: Cost
    cost_usd: CostUsd
    attributes: dict[str, object] = Field(description="By their OpenTelemetry GenAI names.")

    @classmethod
    def of(cls, span: recorded.Span) -> "Span":
        return cls(
            id=span.id,
            trace=span.trace,
            parent=span.parent,
            run=span.run,
            kind=span.kind,
            name=span.name,
            path=span.path,
            started_at=span.started_at,
            ended_at=span.ended_at,
            status=span.status,
            error=span.error,
            model=span.model,
            input_tokens=span.input_tokens,
            output_tokens=span.output_tokens,
            cost=span.cost,
            cost_usd=usd(span.cost),
            attributes=dict(span.attributes),
        )


class Trace(BaseModel):
    spans: list[Span]

    @classmethod
    def of(cls, found: Sequence[recorded.Span]) -> "Trace":
        return cls(spans=[Span.of(span) for span in found])
