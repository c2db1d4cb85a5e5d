"""/api/v1/schedules: what starts runs without anybody who asks."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from podium.api.context import Caller, Services
from podium.api.paging import Cursor, Limit, Page
from podium.api.runs import WorkflowName
from podium.kernel.ids import ScheduleId
from podium.workflows.scheduling import schedules
from podium.workflows.scheduling.schedules import Kind

router: Final = APIRouter(prefix="/api/v1/schedules", tags=["schedules"])

SchedulePath = Annotated[str, Path(max_length=64, examples=["sched_01jd5w3k9x2v7m4q8r6t0y1z3a"])]


class Schedule(BaseModel):
    """One rule of a workflow's newest version. Times are seconds since 1970.

    `next_at` is null where it waits for events, or for its last run to end.
    """

    id: str
    workflow: WorkflowName
    kind: Kind
    rule: dict[str, object] = Field(description="What the document says.")
    status: Literal["active", "paused"]
    owner: str
    active_since: float
    next_at: float | None
    last_at: float | None
    last_run: str | None
    paused_at: float | None
    problem: str | None = Field(description="Why the last start failed.")

    @classmethod
    def of(cls, schedule: schedules.Schedule) -> "Schedule":
        is_paused = schedule.paused_at is not None
        return cls(
            id=schedule.id,
            workflow=WorkflowName(
                namespace=schedule.namespace, name=schedule.name, version=schedule.version
            ),
            kind=schedule.kind,
            rule=dict(schedule.rule),
            status="paused" if is_paused else "active",
            owner=schedule.owner,
            active_since=schedule.active_since,
            next_at=None if is_paused else schedule.next_at,
            last_at=schedule.last_at,
            last_run=schedule.last_run,
            paused_at=schedule.paused_at,
            problem=schedule.problem,
        )


class SchedulePage(Page[Schedule]):
    pass


@router.get("", summary="List schedules")
async def list_schedules(
    *, podium: Services, caller: Caller, cursor: Cursor = None, limit: Limit = 50
) -> SchedulePage:
    """By the name of their workflows."""
    page = await podium.schedules.list(caller, cursor=cursor, limit=limit)
    return SchedulePage(items=[Schedule.of(one) for one in page.items], next=page.next)


@router.get("/{schedule}", summary="Read a schedule")
async def get(schedule: SchedulePath, podium: Services, caller: Caller) -> Schedule:
    return Schedule.of(await podium.schedules.get(caller, ScheduleId(schedule)))


@router.post("/{schedule}/pause", summary="Pause a schedule")
async def pause(schedule: SchedulePath, podium: Services, caller: Caller) -> Schedule:
    """It starts nothing until it is resumed, also where a new version is stored."""
    return Schedule.of(await podium.schedules.pause(caller, ScheduleId(schedule)))


@router.post("/{schedule}/resume", summary="Resume a schedule")
async def resume(schedule: SchedulePath, podium: Services, caller: Caller) -> Schedule:
    """It goes on with what is due from now on; nothing is made up for."""
    return Schedule.of(await podium.schedules.resume(caller, ScheduleId(schedule)))
