"""Use cases of schedules: the newest version of a workflow has them; people see and pause them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from podium.governance.access import Action, Authorizer, Resource, require
from podium.identity.principal import Principal
from podium.kernel.clock import Clock
from podium.kernel.errors import Conflict
from podium.kernel.ids import Ids, ScheduleId
from podium.kernel.json import JsonObject
from podium.kernel.paging import Page
from podium.workflows.events.filters import Correlate, Filter, Free, Known
from podium.workflows.events.gathering import all_filters
from podium.workflows.events.ports import EventStore, Subscription
from podium.workflows.interpreter.program import EventFilter
from podium.workflows.runs import WorkflowVersion
from podium.workflows.scheduling.ports import ScheduleStore
from podium.workflows.scheduling.schedules import Kind, On, Schedule, rules


@dataclass(frozen=True, slots=True)
class Edges:
    """`changed` is told whenever a schedule may be due at another time."""

    store: ScheduleStore
    events: EventStore
    authorizer: Authorizer
    clock: Clock
    ids: Ids
    changed: Callable[[], None]


class Schedules:
    def __init__(self, edges: Edges) -> None:
        self._edges: Edges = edges

    async def stored(self, version: WorkflowVersion) -> None:
        """A version was stored: what it says about its schedule holds, if it is the newest one.

        A rule that it shares with the version before goes on as it was; paused stays paused.
        """
        edges, ref = self._edges, version.ref
        before = {
            each.kind: each
            for each in await edges.store.of(version.workspace, ref.namespace, ref.name)
        }
        said = rules(version.document)
        if not before and not said:
            return
        now = [self._planned(version, kind, rule, before) for kind, rule in said.items()]
        if not await edges.store.replace(version, now):
            return
        for kind, old in before.items():
            if kind is Kind.ON and kind not in said:
                await edges.events.unsubscribe(old.id, "")
        for each in now:
            await self._listen(each)
        edges.changed()

    def _planned(  # noqa: PLR0917 - a rule and where it stands
        self,
        version: WorkflowVersion,
        kind: Kind,
        rule: JsonObject,
        before: dict[Kind, Schedule],
    ) -> Schedule:
        now, ref, old = self._edges.clock.now(), version.ref, before.get(kind)
        if old is not None and old.rule == rule:
            return replace(old, owner=version.owner, version=ref.version)
        fresh = Schedule(
            id=self._edges.ids.schedule() if old is None else old.id,
            workspace=version.workspace,
            owner=version.owner,
            namespace=ref.namespace,
            name=ref.name,
            version=ref.version,
            kind=kind,
            rule=rule,
            active_since=now,
            last_at=None if old is None else old.last_at,
            last_run=None if old is None else old.last_run,
            paused_at=None if old is None else old.paused_at,
        )
        return replace(fresh, next_at=fresh.first(now))

    async def recover(self) -> None:
        """Whoever waits for events is written down as such, also where a process died before it
        had done so.
        """
        for each in await self._edges.store.listening():
            await self._listen(each)

    async def get(self, principal: Principal, schedule: ScheduleId) -> Schedule:
        return await self._known(principal, schedule, Action.READ)

    async def list(self, principal: Principal, *, cursor: str | None, limit: int) -> Page[Schedule]:
        kind = Resource("schedule", principal.workspace)
        require(self._edges.authorizer, principal, Action.LIST, kind)
        return await self._edges.store.list(principal.workspace, cursor=cursor, limit=limit)

    async def pause(self, principal: Principal, schedule: ScheduleId) -> Schedule:
        """It starts nothing until it is resumed. Raises Conflict where it is paused."""
        edges = self._edges
        found = await self._known(principal, schedule, Action.CHANGE)
        if not await edges.store.pause(schedule, at=edges.clock.now()):
            raise Conflict(f"Schedule {schedule} is paused already.")
        if found.kind is Kind.ON:
            await edges.events.unsubscribe(schedule, "")
        edges.changed()
        return await edges.store.get(principal.workspace, schedule)

    async def resume(self, principal: Principal, schedule: ScheduleId) -> Schedule:
        """It goes on with what is due from now on; nothing is made up for.

        Raises Conflict where it is not paused.
        """
        edges = self._edges
        found = await self._known(principal, schedule, Action.CHANGE)
        next_at = found.first(edges.clock.now())
        if not await edges.store.resume(schedule, next_at=next_at):
            raise Conflict(f"Schedule {schedule} is not paused; there is nothing to resume.")
        await self._listen(replace(found, paused_at=None))
        edges.changed()
        return await edges.store.get(principal.workspace, schedule)

    async def _known(self, principal: Principal, schedule: ScheduleId, action: Action) -> Schedule:
        found = await self._edges.store.get(principal.workspace, schedule)
        resource = Resource("schedule", found.workspace, found.id, found.owner)
        require(self._edges.authorizer, principal, action, resource)
        return found

    async def _listen(self, schedule: Schedule) -> None:
        rule = schedule.read()
        if not isinstance(rule, On) or schedule.paused_at is not None:
            return
        now = self._edges.clock.now()
        wanted = [
            Subscription(schedule.workspace, schedule.id, "on", index, _filter(each), now)
            for index, each in enumerate(all_filters(rule.events))
        ]
        if wanted:
            _ = await self._edges.events.subscribe(wanted)


def _filter(wanted: EventFilter) -> Filter:
    """There is no run yet whose variables it could name; the linter sees to that."""
    return Filter(
        wanted.attributes,
        {
            name: Correlate(each.of, Free() if each.expect is None else Known(each.expect))
            for name, each in wanted.correlate.items()
        },
    )
