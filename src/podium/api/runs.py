"""/api/v1/runs: runs are started and read."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import BaseModel, Field, JsonValue, SkipValidation

from podium.api.bodies import StrictRoute
from podium.api.context import Caller, Services
from podium.api.paging import Cursor, Limit, Page
from podium.api.spans import Trace
from podium.api.workflows import WorkflowRef
from podium.kernel.ids import RunId, WorkspaceId
from podium.workflows import runs
from podium.workflows.run_service import Start
from podium.workflows.runs import RunQuery, RunStatus

router: Final = APIRouter(prefix="/api/v1/runs", tags=["runs"], route_class=StrictRoute)

RunPath = Annotated[str, Path(max_length=64, examples=["run_01jd5w3k9x2v7m4q8r6t0y1z3a"])]
_Label = Annotated[str, Field(max_length=256)]


class WorkflowName(BaseModel, extra="forbid"):
    namespace: str = Field(examples=["support"])
    name: str = Field(examples=["triage"])
    version: str | None = Field(
        default=None, description="Default the version that was stored last."
    )


class NewRun(BaseModel, extra="forbid"):
    workflow: WorkflowName
    # It is JSON already; to have it looked through once more took 0.3 s for 10 MB.
    input: Annotated[JsonValue, SkipValidation] = Field(
        default=None, examples=[{"text": "My card has not arrived."}]
    )
    batch: str | None = Field(
        default=None, min_length=1, max_length=200, description="Groups runs that belong together."
    )
    labels: dict[_Label, _Label] = Field(default_factory=dict, max_length=64)


class Run(BaseModel):
    """Times are seconds since 1970. `error` is a problem as the specification words it."""

    id: str
    workflow: WorkflowRef
    status: RunStatus
    owner: str
    created_at: float
    started_at: float | None
    ended_at: float | None
    waiting_on: str | None = Field(description="What a waiting run waits for, in words.")
    batch: str | None
    labels: dict[str, str]
    input: object
    output: object
    error: dict[str, object] | None

    @classmethod
    def of(cls, run: runs.Run) -> "Run":
        return cls(
            id=run.id,
            workflow=WorkflowRef.of(run.workflow),
            status=run.status,
            owner=run.owner,
            created_at=run.created_at,
            started_at=run.started_at,
            ended_at=run.ended_at,
            waiting_on=run.waiting_on,
            batch=run.batch,
            labels=dict(run.labels),
            input=run.input,
            output=run.output,
            error=None if run.error is None else dict(run.error),
        )


class RunPage(Page[Run]):
    pass


class RunFilters(BaseModel):
    """What a list of runs may be narrowed to."""

    status: RunStatus | None = None
    workflow: str | None = Field(
        default=None,
        max_length=300,
        description="`name`, `namespace/name` or `namespace/name:version`.",
    )
    batch: str | None = Field(default=None, max_length=200)
    created_after: float | None = Field(
        default=None, allow_inf_nan=False, description="Seconds since 1970, not included."
    )
    created_before: float | None = Field(
        default=None, allow_inf_nan=False, description="Seconds since 1970, not included."
    )

    def query(self, workspace: WorkspaceId) -> RunQuery:
        return RunQuery(
            workspace=workspace,
            status=self.status,
            workflow=self.workflow,
            batch=self.batch,
            created_after=self.created_after,
            created_before=self.created_before,
        )


_REPEAT: Final[Mapping[int | str, dict[str, object]]] = {
    200: {"description": "The idempotency key started this run before.", "model": Run}
}


@router.post("", status_code=201, summary="Start a run", responses=dict(_REPEAT))
async def start(
    *,
    wish: NewRun,
    response: Response,
    podium: Services,
    caller: Caller,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=200,
            description="The same key again answers the run it started, and starts no second one.",
        ),
    ] = None,
) -> Run:
    asked_at = podium.clock.now()
    run = await podium.runs.start(
        caller,
        Start(
            namespace=wish.workflow.namespace,
            name=wish.workflow.name,
            version=wish.workflow.version,
            input=wish.input,
            batch=wish.batch,
            idempotency_key=idempotency_key,
            labels=wish.labels,
        ),
    )
    if run.created_at < asked_at:
        response.status_code = 200
    response.headers["Location"] = f"{router.prefix}/{run.id}"
    return Run.of(run)


@router.get("", summary="List runs")
async def list_runs(
    *,
    podium: Services,
    caller: Caller,
    filters: Annotated[RunFilters, Query()],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> RunPage:
    """Newest first."""
    query = filters.query(caller.workspace)
    page = await podium.runs.list(caller, query, cursor=cursor, limit=limit)
    return RunPage(items=[Run.of(run) for run in page.items], next=page.next)


@router.get("/{run}", summary="Read a run")
async def get(run: RunPath, podium: Services, caller: Caller) -> Run:
    return Run.of(await podium.runs.get(caller, RunId(run)))


@router.get("/{run}/trace", summary="Read the spans of a run")
async def trace(run: RunPath, podium: Services, caller: Caller) -> Trace:
    """By start time: the run, its tasks, the functions they called, the models those called."""
    known = await podium.runs.get(caller, RunId(run))
    return Trace.of(await podium.traces.trace(caller, known.id))
