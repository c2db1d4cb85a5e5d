"""Events and who waits for them.

On PostgreSQL a statement sees what is committed when it starts, which the order of the bus's steps
counts on (see `workflows.events.bus`). One thing that does not order by itself: an event is
stored in one step with the look at the interests it may meet. So there is a lock, shared by those
who store events, and had alone by who writes down an interest for the first time.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypedDict, cast

from sqlalchemy import (
    Connection,
    Executable,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    update,
)

from podium.adapters.storage import payloads
from podium.adapters.storage.database import Database
from podium.adapters.storage.tables import (
    event_keys,
    events,
    gathered,
    interests,
    runs,
    subscriptions,
)
from podium.identity.principal import Principal
from podium.kernel.ids import UserId, WorkspaceId
from podium.kernel.json import JsonObject
from podium.workflows.events import filters
from podium.workflows.events.bus import RUN
from podium.workflows.events.cloudevents import Event
from podium.workflows.events.filters import Interest
from podium.workflows.events.ports import Stored, Subscription

_USED: Final = 3600.0
"""Seconds: how exactly it is known when an interest was last used."""

_SHARED: Final = text("SELECT pg_advisory_xact_lock_shared(hashtext('podium interests'))")


class _Row(TypedDict):
    serial: int
    workspace: WorkspaceId
    owner: UserId
    envelope: str
    received_at: float
    routed: int


class _InterestRow(TypedDict):
    type: str
    digest: str
    expressions: str


class _SubscriptionRow(TypedDict):
    serial: int
    subscriber: str
    path: str
    position: int
    since: float
    filter: str


_EVENTS: Final = select(events)
_SAME: Final = _EVENTS.where(
    events.c.workspace == bindparam("of"),
    events.c.source == bindparam("from"),
    events.c.id == bindparam("named"),
)
_INTERESTS: Final = select(interests).where(
    interests.c.workspace == bindparam("of"), interests.c.type.in_(["", bindparam("kind")])
)


def _stored(row: _Row) -> Stored:
    return Stored(
        serial=row["serial"],
        workspace=row["workspace"],
        owner=row["owner"],
        event=Event(cast("JsonObject", payloads.decoded(row["envelope"]))),
        received_at=row["received_at"],
    )


def _fetch(
    connection: Connection, statement: Executable, values: Mapping[str, object] | None = None
) -> list[_Row]:
    return cast("list[_Row]", connection.execute(statement, values).mappings().all())


def _met(connection: Connection, workspace: str, type: str) -> Mapping[str, Interest]:
    found = connection.execute(_INTERESTS, {"of": workspace, "kind": type}).mappings().all()
    return {
        row["digest"]: Interest(
            row["type"], tuple(cast("list[str]", payloads.decoded(row["expressions"])))
        )
        for row in cast("list[_InterestRow]", found)
    }


class SqlEvents:
    """An `EventStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database
        self._shared: bool = database.engine.dialect.name == "postgresql"

    async def add(
        self, principal: Principal, event: Event, *, at: float
    ) -> tuple[Stored, bool, Mapping[str, Interest]]:
        values = {
            "workspace": principal.workspace,
            "owner": principal.user,
            "type": event.type,
            "source": event.source,
            "id": event.id,
            "received_at": at,
            "envelope": payloads.encoded(event.envelope),
        }
        insert = (
            self._database.insert(events)
            .on_conflict_do_nothing(index_elements=["workspace", "source", "id"])
            .returning(events.c.serial)
        )
        same = {"of": principal.workspace, "from": event.source, "named": event.id}

        def work(connection: Connection) -> tuple[Stored, bool, Mapping[str, Interest]]:
            if self._shared:
                _ = connection.execute(_SHARED)
            met = _met(connection, principal.workspace, event.type)
            row = {**values, "routed": int(not met)}
            serial = connection.execute(insert, row).scalar()
            if serial is None:
                (found,) = _fetch(connection, _SAME, same)
                return _stored(found), False, {} if found["routed"] else met
            stored = Stored(cast("int", serial), principal.workspace, principal.user, event, at)
            return stored, True, met

        return await self._database.write(work)

    async def interests(self, stored: Stored) -> Mapping[str, Interest]:
        return await self._database.read(
            lambda connection: _met(connection, stored.workspace, stored.event.type)
        )

    async def keep_keys(self, stored: Stored, keys: Mapping[str, str]) -> None:
        rows = [
            {"workspace": stored.workspace, "interest": each, "key": key, "event": stored.serial}
            for each, key in keys.items()
        ]
        statement = self._database.insert(event_keys).on_conflict_do_nothing()
        _ = await self._database.write(lambda connection: connection.execute(statement, rows))

    async def waiting(
        self, workspace: WorkspaceId, places: Mapping[str, str], *, after: int, limit: int
    ) -> Sequence[Subscription]:
        table = subscriptions.c
        wanted = [
            and_(table.interest == interest, table.key == key) for interest, key in places.items()
        ]
        ended = exists().where(runs.c.id == table.subscriber, runs.c.ended_at.is_not(None))
        statement = (
            select(subscriptions)
            .where(table.workspace == workspace, table.serial > after, or_(*wanted), ~ended)
            .order_by(table.serial)
            .limit(limit)
        )

        def work(connection: Connection) -> list[Subscription]:
            found = connection.execute(statement).mappings().all()
            rows = cast("list[_SubscriptionRow]", found)
            return [
                Subscription(
                    workspace=workspace,
                    subscriber=row["subscriber"],
                    path=row["path"],
                    position=row["position"],
                    filter=filters.read(payloads.decoded(row["filter"])),
                    since=row["since"],
                    serial=row["serial"],
                )
                for row in rows
            ]

        return await self._database.read(work)

    async def routed(self, serials: Sequence[int]) -> None:
        statement = update(events).where(events.c.serial.in_(serials)).values(routed=1)
        _ = await self._database.write(lambda connection: connection.execute(statement))

    async def unrouted(self, *, before: float, limit: int) -> Sequence[Stored]:
        statement = (
            _EVENTS.where(events.c.routed == 0, events.c.received_at < before)
            .order_by(events.c.serial)
            .limit(limit)
        )
        return await self._read(statement)

    async def subscribe(self, wanted: Sequence[Subscription]) -> Mapping[str, float]:
        first = wanted[0]
        places = [filters.place(each.filter) for each in wanted]
        rows = [
            {
                "workspace": each.workspace,
                "interest": interest.digest,
                "key": key,
                "subscriber": each.subscriber,
                "path": each.path,
                "position": each.position,
                "since": each.since,
                # Not in `payloads`, which keeps for good what is wanted for a while.
                "filter": payloads.encoded(filters.written(each.filter)),
            }
            for each, (interest, key) in zip(wanted, places, strict=True)
        ]
        before = delete(subscriptions).where(
            subscriptions.c.subscriber == first.subscriber, subscriptions.c.path == first.path
        )

        def work(connection: Connection) -> Mapping[str, float]:
            known = {
                interest.digest: self._noted(connection, first, interest) for interest, _ in places
            }
            _ = connection.execute(before)
            _ = connection.execute(subscriptions.insert(), rows)
            return known

        return await self._database.write(work)

    def _noted(self, connection: Connection, first: Subscription, interest: Interest) -> float:
        """Since when the interest is known."""
        is_it = and_(
            interests.c.workspace == first.workspace,
            interests.c.type == interest.type,
            interests.c.digest == interest.digest,
        )
        found = select(interests.c.created_at, interests.c.used_at).where(is_it)
        if connection.execute(found).first() is None:
            self._database.alone(connection, "interests")
            statement = self._database.insert(interests).on_conflict_do_nothing()
            values = {
                "workspace": first.workspace,
                "type": interest.type,
                "digest": interest.digest,
                "created_at": first.since,
                "used_at": first.since,
                "expressions": payloads.encoded(list(interest.of)),
            }
            _ = connection.execute(statement, values)
        created, used = cast("tuple[float, float]", tuple(connection.execute(found).one()))
        if used < first.since - _USED:
            touch = update(interests).where(is_it).values(used_at=first.since)
            _ = connection.execute(touch)
        return created

    async def unsubscribe(self, subscriber: str, path: str) -> None:
        table = subscriptions.c
        statement = delete(subscriptions).where(table.subscriber == subscriber)
        if path:
            below = f"{path}/"
            is_below = func.substr(table.path, 1, len(below)) == below
            statement = statement.where((table.path == path) | is_below)
        _ = await self._database.write(lambda connection: connection.execute(statement))

    async def since(
        self, workspace: WorkspaceId, type: str, *, at: float, after: int, limit: int
    ) -> Sequence[Stored]:
        conditions = [
            events.c.workspace == workspace,
            events.c.received_at > at,
            events.c.serial > after,
        ]
        if type:
            conditions.append(events.c.type == type)
        return await self._read(_EVENTS.where(*conditions).order_by(events.c.serial).limit(limit))

    async def kept(
        self, workspace: WorkspaceId, place: tuple[str, str], *, at: float, limit: int
    ) -> Sequence[Stored]:
        interest, key = place
        found = (
            select(event_keys.c.event)
            .where(
                event_keys.c.workspace == workspace,
                event_keys.c.interest == interest,
                event_keys.c.key == key,
            )
            .order_by(event_keys.c.event.desc())
            .limit(limit)
        )
        statement = _EVENTS.where(events.c.serial.in_(found), events.c.received_at > at)
        return await self._read(statement.order_by(events.c.serial))

    async def prune(self, *, before: float, limit: int) -> int:
        old = (
            select(events.c.serial)
            .where(events.c.received_at < before)
            .order_by(events.c.received_at)
            .limit(limit)
        )
        table = subscriptions.c
        may_go_on = runs.c.ended_at.is_(None) | (runs.c.ended_at >= before)
        left = (
            func.substr(table.subscriber, 1, len(RUN)) == RUN,
            table.since < before,
            ~exists().where(runs.c.id == table.subscriber, may_go_on),
        )
        unused = (
            interests.c.used_at < before,
            ~exists().where(
                table.workspace == interests.c.workspace, table.interest == interests.c.digest
            ),
        )

        def work(connection: Connection) -> int:
            serials = connection.execute(old).scalars().all()
            for table, column in (
                (events, events.c.serial),
                (event_keys, event_keys.c.event),
                (gathered, gathered.c.event),
            ):
                _ = connection.execute(delete(table).where(column.in_(serials)))
            if len(serials) < limit:
                _ = connection.execute(delete(subscriptions).where(*left))
                _ = connection.execute(delete(interests).where(*unused))
            return len(serials)

        return await self._database.write(work)

    async def _read(self, statement: Executable) -> Sequence[Stored]:
        found = await self._database.read(lambda connection: _fetch(connection, statement))
        return [_stored(row) for row in found]
