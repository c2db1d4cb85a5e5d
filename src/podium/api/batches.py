"""/api/v1/batches: what runs that were started together are doing, and what they cost."""

from typing import Annotated, Final

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from podium.api.context import Caller, Services
from podium.api.spans import Cost, CostUsd, usd
from podium.governance.approvals import ApprovalQuery, ApprovalStatus
from podium.observability.ports import StepSummary
from podium.observability.service import BatchReport
from podium.workflows.runs import RunQuery, RunStatus

router: Final = APIRouter(prefix="/api/v1/batches", tags=["batches"])


class Step(BaseModel):
    """All calls of one task (`kind` task) or of one model (`kind` model); times in milliseconds."""

    name: str
    kind: str
    count: int
    errors: int
    p50_ms: float
    p95_ms: float
    input_tokens: int
    output_tokens: int
    tokens: int = Field(description="Input and output together.")
    cost: Cost
    cost_usd: CostUsd

    @classmethod
    def of(cls, step: StepSummary) -> "Step":
        return cls(
            name=step.name,
            kind=step.kind,
            count=step.count,
            errors=step.errors,
            p50_ms=step.p50_ms,
            p95_ms=step.p95_ms,
            input_tokens=step.input_tokens,
            output_tokens=step.output_tokens,
            tokens=step.input_tokens + step.output_tokens,
            cost=step.cost,
            cost_usd=usd(step.cost),
        )


class Running(BaseModel):
    """How many tasks of a name run at this moment."""

    name: str
    count: int


class Baseline(BaseModel):
    """What the same chat tokens cost on `model` at list price; null where it has none."""

    model: str
    cost: int | None
    cost_usd: float | None

    @classmethod
    def of(cls, report: BatchReport) -> "Baseline":
        cost = report.baseline_cost
        return cls(
            model=report.baseline_model, cost=cost, cost_usd=None if cost is None else usd(cost)
        )


class Batch(BaseModel):
    batch: str
    counts: dict[RunStatus, int] = Field(description="Runs by status.")
    waiting_approvals: int = Field(description="Questions that nobody has answered yet.")
    steps: list[Step]
    running: list[Running]
    input_tokens: int
    output_tokens: int
    tokens: int
    cost: Cost
    cost_usd: CostUsd
    baseline: Baseline


@router.get("/{batch}", summary="Read a batch")
async def get(
    batch: Annotated[str, Path(max_length=200)], podium: Services, caller: Caller
) -> Batch:
    """A batch is the runs that carry its name: one that no run carries is empty."""
    query = RunQuery(workspace=caller.workspace, batch=batch)
    counts = await podium.runs.counts(caller, query)
    report = await podium.traces.batch(caller, batch)
    waiting = ApprovalQuery(caller.workspace, status=ApprovalStatus.WAITING, batch=batch)
    return Batch(
        batch=batch,
        counts={status: counts.get(status, 0) for status in RunStatus},
        waiting_approvals=await podium.approvals.count(caller, waiting),
        steps=[Step.of(step) for step in report.steps],
        running=[Running(name=name, count=count) for name, count in report.running],
        input_tokens=report.input_tokens,
        output_tokens=report.output_tokens,
        tokens=report.input_tokens + report.output_tokens,
        cost=report.cost,
        cost_usd=usd(report.cost),
        baseline=Baseline.of(report),
    )
