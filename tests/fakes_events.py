"""`MemoryEvents`: the event store in lists, as strict as the SQL one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from podium.identity.principal import Principal
from podium.kernel.ids import RunId, WorkspaceId
from podium.workflows.events.cloudevents import Event
from podium.workflows.events.filters import Interest, Match, place
from podium.workflows.events.ports import Stored, Subscription
from tests.fakes_journal import MemoryJournal


@dataclass
class _Noted:
    interest: Interest
    created_at: float
    used_at: float


@dataclass
class MemoryEvents:
    """Over the runs of a journal."""

    journal: MemoryJournal
    rows: list[Stored] = field(default_factory=list)
    done: set[int] = field(default_factory=set)
    keys: set[tuple[str, str, str, int]] = field(default_factory=set)
    noted: dict[tuple[str, str], _Noted] = field(default_factory=dict)
    subscriptions: list[Subscription] = field(default_factory=list)
    looked_up: int = 0
    serial: int = 0

    async def add(
        self, principal: Principal, event: Event, *, at: float
    ) -> tuple[Stored, bool, Mapping[str, Interest]]:
        named = (principal.workspace, event.source, event.id)
        for row in self.rows:
            if (row.workspace, row.event.source, row.event.id) == named:
                return row, False, {} if row.serial in self.done else await self.interests(row)
        self.serial += 1
        stored = Stored(self.serial, principal.workspace, principal.user, event, at)
        self.rows.append(stored)
        met = await self.interests(stored)
        if not met:
            self.done.add(stored.serial)
        return stored, True, met

    async def interests(self, stored: Stored) -> Mapping[str, Interest]:
        return {
            digest: each.interest
            for (workspace, digest), each in self.noted.items()
            if workspace == stored.workspace and each.interest.type in {"", stored.event.type}
        }

    async def keep_keys(self, stored: Stored, keys: Mapping[str, str]) -> None:
        self.keys |= {(stored.workspace, i, key, stored.serial) for i, key in keys.items()}

    async def waiting(
        self, workspace: WorkspaceId, places: Mapping[str, str], *, after: int, limit: int
    ) -> Sequence[Subscription]:
        found: list[Subscription] = []
        for each in self.subscriptions:
            interest, key = place(each.filter)
            if (
                each.workspace == workspace
                and each.serial > after
                and places.get(interest.digest) == key
                and not self._has_ended(each)
            ):
                self.looked_up += 1
                found.append(each)
        return found[:limit]

    def _has_ended(self, each: Subscription) -> bool:
        row = self.journal.rows.get(RunId(each.subscriber))
        return row is not None and row.run.ended_at is not None

    async def routed(self, serials: Sequence[int]) -> None:
        self.done.update(serials)

    async def unrouted(self, *, before: float, limit: int) -> Sequence[Stored]:
        left = [r for r in self.rows if r.serial not in self.done and r.received_at < before]
        return left[:limit]

    async def subscribe(self, wanted: Sequence[Subscription]) -> Mapping[str, float]:
        first = wanted[0]
        self.subscriptions = [
            each
            for each in self.subscriptions
            if (each.subscriber, each.path) != (first.subscriber, first.path)
        ]
        known: dict[str, float] = {}
        for each in wanted:
            interest, _ = place(each.filter)
            new = _Noted(interest, each.since, each.since)
            noted = self.noted.setdefault((each.workspace, interest.digest), new)
            noted.used_at = max(noted.used_at, each.since)
            known[interest.digest] = noted.created_at
            self.serial += 1
            self.subscriptions.append(replace(each, serial=self.serial))
        return known

    async def unsubscribe(self, subscriber: str, path: str) -> None:
        self.subscriptions = [
            each
            for each in self.subscriptions
            if each.subscriber != subscriber
            or not (path in {"", each.path} or each.path.startswith(f"{path}/"))
        ]

    async def since(
        self, workspace: WorkspaceId, type: str, *, at: float, after: int, limit: int
    ) -> Sequence[Stored]:
        found = [
            row
            for row in self.rows
            if row.workspace == workspace
            and row.received_at > at
            and row.serial > after
            and type in {"", row.event.type}
        ]
        return found[:limit]

    async def kept(
        self, workspace: WorkspaceId, place: tuple[str, str], *, at: float, limit: int
    ) -> Sequence[Stored]:
        found = [
            row
            for row in self.rows
            if (workspace, *place, row.serial) in self.keys and row.received_at > at
        ]
        return found[-limit:]

    async def prune(self, *, before: float, limit: int) -> int:
        old = [row for row in self.rows if row.received_at < before][:limit]
        gone = {row.serial for row in old}
        self.rows = [row for row in self.rows if row.serial not in gone]
        self.keys = {each for each in self.keys if each[3] not in gone}
        if len(old) < limit:
            self._forget(before)
        return len(old)

    def _forget(self, before: float) -> None:
        def is_left(each: Subscription) -> bool:
            row = self.journal.rows.get(RunId(each.subscriber))
            ended = 0.0 if row is None else row.run.ended_at
            is_run = each.subscriber.startswith("run_")
            return is_run and each.since < before and ended is not None and ended < before

        self.subscriptions = [each for each in self.subscriptions if not is_left(each)]
        used = {(each.workspace, place(each.filter)[0].digest) for each in self.subscriptions}
        self.noted = {
            at: each for at, each in self.noted.items() if at in used or each.used_at >= before
        }


class NoTrigger:
    async def triggered(
        self, schedule: str, stored: Stored, matches: Sequence[Match]
    ) -> Sequence[RunId]:
        raise AssertionError(f"{schedule} is no run, and this test has no schedules")
