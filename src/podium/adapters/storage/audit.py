"""The audit trail in SQL."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypedDict, cast

from sqlalchemy import ColumnElement, Connection, Executable, func, insert, or_, select
from sqlalchemy.engine import RowMapping

from podium.adapters.storage.audit_rows import AuditRows
from podium.adapters.storage.audit_tables import (
    audit_checkpoints,
    audit_entries,
    audit_leaves,
    audit_nodes,
)
from podium.adapters.storage.database import Database
from podium.governance.audit.events import Entry, Stored, events_in
from podium.governance.audit.notes import Checkpoint, read_checkpoint
from podium.governance.audit.ports import EntryQuery, Leaf, Seal, Sealed, Sealing
from podium.governance.audit.tree import Hash, Node
from podium.kernel.audit import Deed
from podium.kernel.ids import WorkspaceId

_HASH_BYTES: Final = 32
_CHUNK: Final = 500
_LATE_SECONDS: Final = 15.0
"""On PostgreSQL an entry may appear behind others that have a higher serial: a transaction takes
its serial before it ends. So long after they were sealed it is looked for among them.
"""
_CANDIDATES: Final = 64
_OF_MANY: Final = audit_entries.c.events > 1


class _Row(TypedDict):
    serial: int
    position: int | None
    id: str
    workspace: str
    at: float
    action: str
    actor: str
    resource: str
    outcome: str
    events: int
    body: str


class _LeafRow(TypedDict):
    position: int
    entry: int
    hash: bytes
    id: str | None


_JOINED: Final = select(audit_entries, audit_leaves.c.position).outerjoin(
    audit_leaves, audit_leaves.c.entry == audit_entries.c.serial
)
_UNSEALED: Final = audit_leaves.c.position.is_(None)
_NEWEST: Final = (
    select(audit_checkpoints.c.note, audit_checkpoints.c.peaks)
    .order_by(audit_checkpoints.c.number.desc())
    .limit(1)
)


def _entry(row: _Row) -> Entry:
    return Entry(
        id=row["id"],
        workspace=row["workspace"],
        at=row["at"],
        action=row["action"],
        actor=row["actor"],
        resource=row["resource"],
        outcome=row["outcome"],
        events=row["events"],
        body=row["body"],
    )


def _stored(rows: Sequence[RowMapping]) -> list[Stored]:
    return [
        Stored(row["serial"], _entry(row), row["position"]) for row in cast("Sequence[_Row]", rows)
    ]


class SqlAudit:
    """An `AuditStore`. From its making on, the database's transactions take deeds along."""

    def __init__(self, database: Database, rows: AuditRows) -> None:
        self._database: Database = database
        self._rows: AuditRows = rows
        self._sealed_to: int = 0
        """The serial up to which nothing is unsealed any more."""
        self._recent: list[tuple[float, int]] = []
        """When which serial was the newest that was sealed, on the event loop's clock."""
        database.keeps(rows.keep)

    async def record(self, deeds: Iterable[Deed]) -> None:
        told = tuple(deeds)
        await self._database.write(lambda connection: self._rows.keep(connection, told))

    async def seal(self, make: Sealing, *, most: int) -> Seal | None:
        since = self._settled()

        def work(connection: Connection) -> tuple[Seal | None, int]:
            self._database.alone(connection, "audit seal")
            unsealed = (
                _JOINED.where(_UNSEALED, audit_entries.c.serial > since)
                .order_by(audit_entries.c.serial)
                .limit(most)
            )
            waiting = _stored(connection.execute(unsealed).mappings().all())
            seal = make(_newest(connection), waiting)
            if seal is not None:
                _put(connection, seal)
            return seal, waiting[-1].serial if waiting else since

        seal, newest = await self._database.write(work)
        self._recent.append((time.monotonic(), newest))
        return seal

    def _settled(self) -> int:
        """The serial up to which nothing can appear any more."""
        late = time.monotonic() - (_LATE_SECONDS if self._database.shared else 0.0)
        while self._recent and self._recent[0][0] <= late:
            self._sealed_to = max(self._sealed_to, self._recent.pop(0)[1])
        return self._sealed_to

    async def newest(self) -> Sealed | None:
        return await self._database.read(_newest)

    async def checkpoints(self, *, after: int, limit: int) -> Sequence[tuple[int, Checkpoint]]:
        columns = (audit_checkpoints.c.number, audit_checkpoints.c.note)
        statement = (
            select(*columns)
            .where(audit_checkpoints.c.number > after)
            .order_by(audit_checkpoints.c.number)
            .limit(limit)
        )
        rows = await self._database.read(lambda c: c.execute(statement).all())
        found = cast("list[tuple[int, str]]", rows)
        return [(number, read_checkpoint(note)) for number, note in found]

    async def leaves(self, *, start: int, limit: int) -> Sequence[Leaf]:
        statement = (
            select(audit_leaves, audit_entries)
            .outerjoin(audit_entries, audit_entries.c.serial == audit_leaves.c.entry)
            .where(audit_leaves.c.position >= start)
            .order_by(audit_leaves.c.position)
            .limit(limit)
        )
        rows = await self._database.read(lambda c: c.execute(statement).mappings().all())
        return [_leaf(row) for row in cast("Sequence[_LeafRow]", rows)]

    async def hashes(self, nodes: Iterable[Node]) -> Mapping[Node, Hash]:
        wanted: defaultdict[int, list[int]] = defaultdict(list)
        for node in nodes:
            wanted[node.level].append(node.position)

        def work(connection: Connection) -> Mapping[Node, Hash]:
            return {
                Node(level, position): bytes(hashed)
                for level, positions in wanted.items()
                for start in range(0, len(positions), _CHUNK)
                for position, hashed in _hashes(
                    connection, level, positions[start : start + _CHUNK]
                )
            }

        return await self._database.read(work)

    async def waiting(self) -> tuple[int, float | None]:
        statement = (
            select(func.count(), func.min(audit_entries.c.at))
            .outerjoin(audit_leaves, audit_leaves.c.entry == audit_entries.c.serial)
            .where(_UNSEALED)
        )
        row = await self._database.read(lambda c: c.execute(statement).one())
        return cast("tuple[int, float | None]", tuple(row))

    async def list(self, query: EntryQuery, *, before: int | None, limit: int) -> Sequence[Stored]:
        where = _conditions(query)
        if before is not None:
            where.append(audit_entries.c.serial < before)
        newest = audit_entries.c.serial.desc()
        return await self._rows_of(_JOINED.where(*where).order_by(newest).limit(limit))

    async def oldest_first(self, query: EntryQuery, *, after: int, limit: int) -> Sequence[Stored]:
        where = [*_conditions(query), audit_entries.c.serial > after]
        return await self._rows_of(
            _JOINED.where(*where).order_by(audit_entries.c.serial).limit(limit)
        )

    async def find(self, workspace: WorkspaceId, event: str) -> Stored | None:
        """One that shares its entry with others stands behind the one whose id the entry has."""
        of = audit_entries.c.workspace.in_([workspace, ""])
        own = await self._rows_of(_JOINED.where(of, audit_entries.c.id == event))
        if own:
            return own[0]
        shared = _JOINED.where(of, _OF_MANY, audit_entries.c.id < event)
        near = shared.order_by(audit_entries.c.id.desc()).limit(_CANDIDATES)
        for stored in await self._rows_of(near):
            if any(one.id == event for one in events_in(stored.entry.body)):
                return stored
        return None

    async def _rows_of(self, statement: Executable) -> Sequence[Stored]:
        return _stored(await self._database.read(lambda c: c.execute(statement).mappings().all()))


def _newest(connection: Connection) -> Sealed | None:
    row = connection.execute(_NEWEST).first()
    if row is None:
        return None
    note, peaks = cast("tuple[str, bytes]", tuple(row))
    cut = range(0, len(peaks), _HASH_BYTES)
    return Sealed(read_checkpoint(note), tuple(bytes(peaks[at : at + _HASH_BYTES]) for at in cut))


def _put(connection: Connection, seal: Seal) -> None:
    if seal.leaves:
        rows = [{"position": at, "entry": serial, "hash": h} for at, serial, h in seal.leaves]
        _ = connection.execute(insert(audit_leaves), rows)
    if seal.nodes:
        rows = [{"level": n.level, "position": n.position, "hash": h} for n, h in seal.nodes]
        _ = connection.execute(insert(audit_nodes), rows)
    sealed = seal.sealed
    row = {
        "size": sealed.checkpoint.head.size,
        "peaks": b"".join(sealed.peaks),
        "note": sealed.checkpoint.note,
    }
    _ = connection.execute(insert(audit_checkpoints), row)


def _leaf(row: _LeafRow) -> Leaf:
    entry = None if row["id"] is None else _entry(cast("_Row", cast("object", row)))
    return Leaf(row["position"], row["entry"], bytes(row["hash"]), entry)


def _hashes(
    connection: Connection, level: int, positions: Sequence[int]
) -> Sequence[tuple[int, bytes]]:
    table = audit_leaves if level == 0 else audit_nodes
    where: list[ColumnElement[bool]] = [table.c.position.in_(positions)]
    if level:
        where.append(table.c.level == level)
    rows = connection.execute(select(table.c.position, table.c.hash).where(*where)).all()
    return cast("Sequence[tuple[int, bytes]]", rows)


def _conditions(query: EntryQuery) -> list[ColumnElement[bool]]:
    """Of what shares an entry with others only action and workspace can be asked here. What belongs
    to no workspace, as a secret that nobody has, is for every admin.
    """
    table = audit_entries.c
    conditions: list[ColumnElement[bool]] = [table.workspace.in_([query.workspace, ""])]
    if query.action is not None:
        conditions.append(table.action == query.action)
    for column, value in (
        (table.actor, query.actor),
        (table.resource, query.resource),
        (table.outcome, query.outcome),
    ):
        if value is not None:
            conditions.append(or_(column == value, _OF_MANY))
    if query.since is not None:
        conditions.append(or_(table.at >= query.since, _OF_MANY))
    if query.until is not None:
        conditions.append(table.at < query.until)
    return conditions
