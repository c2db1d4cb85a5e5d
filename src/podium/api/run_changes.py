"""/api/v1/runs: runs are paused, cancelled, resumed, retried and forked, one by one or many."""

from typing import Annotated, Final

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, JsonValue

from podium.api.bodies import StrictRoute
from podium.api.context import Caller, Services
from podium.api.runs import Run, RunFilters, RunPath
from podium.kernel.errors import Invalid
from podium.kernel.ids import RunId
from podium.workflows.ports import ABSENT, Absent
from podium.workflows.run_service import Change, Fork

router: Final = APIRouter(prefix="/api/v1/runs", tags=["runs"], route_class=StrictRoute)

_Path = Annotated[
    str,
    Field(
        min_length=1,
        max_length=1000,
        description="Of the task to begin with, as the trace of the run shows it.",
        examples=["/do/ask", "/do/each[3]/post"],
    ),
]


class Retry(BaseModel, extra="forbid"):
    path: _Path
    input: JsonValue = Field(
        default=None, description="In place of the task's input; left out, it stays as it was."
    )


class NewFork(Retry):
    version: str | None = Field(
        default=None, description="Of the document; left out, the run's own."
    )


class ChangeMany(BaseModel, extra="forbid"):
    """At least one filter must be given."""

    change: Change
    filters: RunFilters
    path: str = Field(
        default="",
        max_length=1000,
        description="For `retry` and `fork`: the task from which everything is done again.",
    )
    input: JsonValue = Field(
        default=None,
        description="For `retry` and `fork`: in place of the task's input, the same for all.",
    )
    version: str | None = Field(
        default=None, description="For `fork`: of the document; left out, each run's own."
    )


class ChangedRuns(BaseModel):
    changed: list[str] = Field(description="The runs; of `fork` the new ones.")
    refused: dict[str, str] = Field(description="Why a run was not changed, by its id.")
    more: bool = Field(description="Whether there are more than were looked at; call again.")


@router.post("/changes", summary="Change many runs")
async def change_many(wish: ChangeMany, podium: Services, caller: Caller) -> ChangedRuns:
    """Cancel, pause, resume, retry or fork each run that the filters let pass, the newest 1,000."""
    if not wish.filters.model_fields_set:
        raise Invalid(
            "Without a filter this would be every run. Give at least one of status, workflow, "
            "batch, created_after and created_before."
        )
    query = wish.filters.query(caller.workspace)
    wanted = Fork(wish.path, _input(wish), wish.version)
    found = await podium.runs.change_all(caller, query, wish.change, wish=wanted)
    refused = {str(run): reason for run, reason in found.refused.items()}
    return ChangedRuns(changed=[str(run) for run in found.runs], refused=refused, more=found.more)


@router.post("/{run}/cancel", summary="Cancel a run")
async def cancel(run: RunPath, podium: Services, caller: Caller) -> Run:
    """Stop it now. A run that has ended is a conflict."""
    return Run.of(await podium.runs.cancel(caller, RunId(run)))


@router.post("/{run}/pause", summary="Pause a run")
async def pause(run: RunPath, podium: Services, caller: Caller) -> Run:
    """Let the calls that are under way end, then stand still. One that has ended is a conflict."""
    return Run.of(await podium.runs.pause(caller, RunId(run)))


@router.post("/{run}/resume", summary="Resume a run")
async def resume(run: RunPath, podium: Services, caller: Caller) -> Run:
    """Let a faulted run try its failed step again, or a suspended or cancelled one go on."""
    return Run.of(await podium.runs.resume(caller, RunId(run)))


@router.post("/{run}/retry", summary="Retry a run from a task")
async def retry(*, run: RunPath, wish: Retry, podium: Services, caller: Caller) -> Run:
    """Do everything again from one task on. A run that is not at rest is a conflict."""
    changed = await podium.runs.retry(caller, RunId(run), path=wish.path, input=_input(wish))
    return Run.of(changed)


@router.post("/{run}/fork", status_code=201, summary="Fork a run from a task")
async def fork(
    *, run: RunPath, wish: NewFork, response: Response, podium: Services, caller: Caller
) -> Run:
    """Start a new run that shares what happened before one task; the first one stays as it is."""
    wanted = Fork(wish.path, _input(wish), wish.version)
    new = await podium.runs.fork(caller, RunId(run), wanted)
    response.headers["Location"] = f"{router.prefix}/{new.id}"
    return Run.of(new)


def _input(wish: Retry | ChangeMany) -> JsonValue | Absent:
    return wish.input if "input" in wish.model_fields_set else ABSENT
