"""`MemorySchedules` and `MemoryCrowds`: as strict as the SQL ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from podium.kernel.errors import NotFound
from podium.kernel.ids import ScheduleId, WorkspaceId
from podium.kernel.paging import Page
from podium.workflows.runs import WorkflowVersion
from podium.workflows.scheduling.ports import Crowd, Fired, Gathered, Started
from podium.workflows.scheduling.scheduler import CLAIM
from podium.workflows.scheduling.schedules import Kind, Schedule
from tests.fakes_events import MemoryEvents
from tests.fakes_journal import MemoryJournal
from tests.fakes_rows import page


@dataclass
class MemorySchedules:
    """`newest` answers the version of a workflow that was stored last."""

    journal: MemoryJournal
    versions: list[WorkflowVersion] = field(default_factory=list)
    rows: dict[ScheduleId, Schedule] = field(default_factory=dict)
    claims: dict[ScheduleId, float] = field(default_factory=dict)

    def _of(self, workspace: WorkspaceId, namespace: str, name: str) -> list[Schedule]:
        return [
            each
            for each in self._sorted()
            if (each.workspace, each.namespace, each.name) == (workspace, namespace, name)
        ]

    def _sorted(self) -> list[Schedule]:
        return sorted(self.rows.values(), key=_mark)

    async def of(self, workspace: WorkspaceId, namespace: str, name: str) -> Sequence[Schedule]:
        return self._of(workspace, namespace, name)

    async def replace(self, version: WorkflowVersion, wanted: Sequence[Schedule]) -> bool:
        ref = version.ref
        same = [
            each.ref.version
            for each in self.versions
            if (each.workspace, each.ref.namespace, each.ref.name)
            == (version.workspace, ref.namespace, ref.name)
        ]
        if same[-1:] != [ref.version]:
            return False
        for old in self._of(version.workspace, ref.namespace, ref.name):
            del self.rows[old.id]
        for each in wanted:
            self.rows[each.id] = each
        return True

    async def get(self, workspace: WorkspaceId, schedule: ScheduleId) -> Schedule:
        found = await self.find(schedule)
        if found.workspace != workspace:
            raise NotFound(f"There is no schedule {schedule}.")
        return found

    async def find(self, schedule: ScheduleId) -> Schedule:
        if schedule not in self.rows:
            raise NotFound(f"There is no schedule {schedule}.")
        return self.rows[schedule]

    async def list(
        self, workspace: WorkspaceId, *, cursor: str | None, limit: int
    ) -> Page[Schedule]:
        mine = [each for each in self._sorted() if each.workspace == workspace]
        return page("schedules", mine, _mark, cursor=cursor, limit=limit)

    async def listening(self) -> Sequence[Schedule]:
        return [x for x in self._sorted() if x.kind is Kind.ON and x.paused_at is None]

    async def timed(self) -> Sequence[Schedule]:
        return [x for x in self._sorted() if x.next_at is not None and x.paused_at is None]

    async def pause(self, schedule: ScheduleId, *, at: float) -> bool:
        found = self.rows[schedule]
        self.rows[schedule] = replace(found, paused_at=found.paused_at or at)
        return found.paused_at is None

    async def resume(self, schedule: ScheduleId, *, next_at: float | None) -> bool:
        found = self.rows[schedule]
        if found.paused_at is None:
            return False
        self.rows[schedule] = replace(found, paused_at=None, next_at=next_at)
        return True

    def _is_free(self, schedule: Schedule, now: float) -> bool:
        until = self.claims.get(schedule.id, 0.0)
        return until <= now or until > now + 2 * CLAIM

    async def due(self, now: float, *, limit: int) -> Sequence[Schedule]:
        late = [
            each
            for each in await self.timed()
            if (each.next_at or 0.0) <= now and self._is_free(each, now)
        ]
        return sorted(late, key=lambda each: (each.next_at, each.id))[:limit]

    async def next_due(self) -> float | None:
        planned = await self.timed()
        ends = [max(each.next_at or 0.0, self.claims.get(each.id, 0.0)) for each in planned]
        return min(ends, default=None)

    async def claim(self, schedule: Schedule, *, now: float, until: float) -> bool:
        found = self.rows.get(schedule.id)
        if found is None or found.paused_at is not None or not self._is_free(found, now):
            return False
        if (found.next_at, found.version) != (schedule.next_at, schedule.version):
            return False
        self.claims[schedule.id] = until
        return True

    async def fired(self, fired: Fired) -> None:
        _ = self.claims.pop(fired.schedule, None)
        if (found := self.rows.get(fired.schedule)) is not None:
            told = _told(found, fired.started)
            is_same = found.next_at == fired.was
            self.rows[found.id] = replace(told, next_at=fired.next_at) if is_same else told

    async def plan(self, schedule: Schedule, next_at: float) -> bool:
        found = self.rows.get(schedule.id)
        if found is None or found.paused_at is not None or found.next_at != schedule.next_at:
            return False
        self.rows[found.id] = replace(found, next_at=next_at)
        return True

    async def followed(self) -> Sequence[tuple[Schedule, float]]:
        found: list[tuple[Schedule, float]] = []
        for each in self._sorted():
            waits = each.kind is Kind.AFTER and each.next_at is None and each.paused_at is None
            if not waits or each.last_run is None:
                continue
            row = self.journal.rows.get(each.last_run)
            ended = 0.0 if row is None else row.run.ended_at
            if ended is not None:
                found.append((each, ended))
        return found


@dataclass
class MemoryCrowds:
    """An event that is pruned is in none of them."""

    schedules: MemorySchedules
    events: MemoryEvents
    rows: dict[tuple[ScheduleId, int], tuple[str, Gathered]] = field(default_factory=dict)
    starts: dict[tuple[ScheduleId, int], str] = field(default_factory=dict)
    done: set[tuple[ScheduleId, str]] = field(default_factory=set)
    revisions: dict[ScheduleId, int] = field(default_factory=dict)

    async def gather(self, schedule: ScheduleId, key: str, one: Gathered) -> None:
        _ = self.rows.setdefault((schedule, one.stored.serial), (key, one))

    async def crowd(self, schedule: ScheduleId, key: str, *, limit: int) -> Crowd:
        free = [
            one
            for (of, serial), (crowd, one) in sorted(self.rows.items())
            if (of, crowd) == (schedule, key) and (of, serial) not in self.starts
            if any(row.serial == serial for row in self.events.rows)
        ]
        return Crowd(schedule, key, self.revisions.get(schedule, 0), free[:limit])

    async def use(self, crowd: Crowd, serials: Sequence[int], *, start: str) -> bool:
        if self.revisions.get(crowd.schedule, 0) != crowd.revision:
            return False
        self.revisions[crowd.schedule] = crowd.revision + 1
        for serial in serials:
            _ = self.starts.setdefault((crowd.schedule, serial), start)
        return True

    async def owed(self) -> Sequence[tuple[ScheduleId, str, Sequence[Gathered]]]:
        groups: dict[tuple[ScheduleId, str], list[Gathered]] = {}
        for (schedule, serial), start in sorted(self.starts.items()):
            if (schedule, start) not in self.done:
                one = self.rows[schedule, serial][1]
                groups.setdefault((schedule, start), []).append(one)
        return [(schedule, start, found) for (schedule, start), found in sorted(groups.items())]

    async def started(self, schedule: ScheduleId, start: str, started: Started) -> None:
        self.done.add((schedule, start))
        if (found := self.schedules.rows.get(schedule)) is not None:
            self.schedules.rows[schedule] = _told(found, started)


def _told(schedule: Schedule, started: Started) -> Schedule:
    return replace(
        schedule,
        last_at=started.at,
        problem=started.problem,
        last_run=started.run or schedule.last_run,
    )


def _mark(schedule: Schedule) -> tuple[str, str, str]:
    return schedule.name, schedule.namespace, schedule.kind.value
