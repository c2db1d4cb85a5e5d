"""Approvals: questions to people, and the votes on each of them."""

from dataclasses import replace

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)

from podium.adapters.storage import cursors, payloads
from podium.adapters.storage.approval_rows import cells, opened, row, rows, vote_row
from podium.adapters.storage.approval_tables import (
    approval_candidates,
    approval_votes,
    approvals,
)
from podium.adapters.storage.database import Database
from podium.adapters.storage.tables import runs
from podium.governance.approvals import (
    Approval,
    ApprovalQuery,
    ApprovalStatus,
    Seat,
    Voter,
)
from podium.kernel import audit
from podium.kernel.audit import Thing
from podium.kernel.errors import Conflict, NotFound
from podium.kernel.ids import ApprovalId, RunId, WorkspaceId
from podium.kernel.json import digest
from podium.kernel.paging import Page

_LISTING = "approvals"


def _conditions(query: ApprovalQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [approvals.c.workspace == query.workspace]
    if query.status is not None:
        conditions.append(approvals.c.status == query.status.value)
    if query.run is not None:
        conditions.append(approvals.c.run == query.run)
    if query.batch is not None:
        members = select(runs.c.id).where(
            runs.c.workspace == query.workspace, runs.c.batch == query.batch
        )
        conditions.append(approvals.c.run.in_(members))
    if query.voter is not None:
        conditions.append(_waits_for(query.voter))
    return conditions


def _waits_for(voter: Voter) -> ColumnElement[bool]:
    seats = or_(*(_seat(one) for one in voter.seats)) if voter.seats else approvals.c.id.is_(None)
    return and_(_not_theirs(voter.user), seats)


def _seat(seat: Seat) -> ColumnElement[bool]:
    asked = exists().where(
        approval_candidates.c.approval == approvals.c.id,
        approval_candidates.c.candidate.in_(sorted(seat.names)),
    )
    one = approvals.c.id == seat.approval if seat.approval is not None else approvals.c.id != ""
    return and_(one, asked, _not_theirs(seat.user))


def _not_theirs(user: str) -> ColumnElement[bool]:
    """Not started by them, and not voted on by them or for them."""
    votes = approval_votes.c
    voted = exists().where(
        votes.approval == approvals.c.id,
        votes.digest == approvals.c.proposal_digest,
        or_(votes.voter == user, votes.on_behalf_of == user),
    )
    return and_(or_(approvals.c.owner != user, approvals.c.self_approval == 1), ~voted)


def _one(connection: Connection, workspace: WorkspaceId, approval: ApprovalId) -> Approval:
    found = rows(connection, approvals.c.workspace == workspace, approvals.c.id == approval)
    if not found:
        raise NotFound(f"There is no approval {approval}.")
    return opened(connection, found)[0]


_CHANGING = (
    "status",
    "decided_by",
    "decided_at",
    "comment",
    "edited",
    "proposal_digest",
    "escalated_at",
    "revision",
)


def _tell(decided: Approval) -> None:
    """What it was about is told by digests."""
    audit.tell(
        "decide",
        Thing("approval", str(decided.id), decided.workspace),
        status=decided.status.value,
        run=str(decided.run),
        payload=decided.payload_digest,
        edited="" if decided.edited is None else digest(decided.edited),
        comment="" if decided.comment is None else digest(decided.comment),
    )


class SqlApprovals:
    """An `ApprovalStore`."""

    def __init__(self, database: Database) -> None:
        self._database: Database = database

    async def add(self, approval: Approval) -> Approval:
        packed = await cells(approval)
        statement = (
            self._database.insert(approvals)
            .values(**row(approval, packed))
            .on_conflict_do_nothing(index_elements=["run", "path"])
            .returning(approvals.c.id)
        )
        same = [approvals.c.run == approval.run, approvals.c.path == approval.path]

        def work(connection: Connection) -> Approval:
            if connection.execute(statement).first() is None:
                return opened(connection, rows(connection, *same))[0]
            kept = (packed["payload"], packed["edited"], packed["terms"])
            payloads.keep(self._database, connection, approval.workspace, *kept)
            self._ask(connection, approval)
            return approval

        return await self._database.write(work)

    def _ask(self, connection: Connection, approval: Approval) -> None:
        """Who may decide by now."""
        names = sorted({name for one in approval.candidates for name in one.names})
        asked = [{"approval": approval.id, "candidate": name} for name in names]
        statement = self._database.insert(approval_candidates).on_conflict_do_nothing()
        _ = connection.execute(statement, asked)

    async def get(self, workspace: WorkspaceId, approval: ApprovalId) -> Approval:
        return await self._database.read(lambda connection: _one(connection, workspace, approval))

    async def list(self, query: ApprovalQuery, *, cursor: str | None, limit: int) -> Page[Approval]:
        conditions = _conditions(query)
        if cursor is not None:
            mark = cursors.read(_LISTING, cursor, (float, str))
            conditions.append(tuple_(approvals.c.created_at, approvals.c.id) > mark)
        found = await self._database.read(
            lambda connection: opened(connection, rows(connection, *conditions, limit=limit + 1))
        )
        items = tuple(found[:limit])
        if len(found) <= limit:
            return Page(items)
        return Page(items, cursors.write(_LISTING, (items[-1].created_at, items[-1].id)))

    async def count(self, query: ApprovalQuery) -> int:
        statement = select(func.count()).select_from(approvals).where(*_conditions(query))
        return await self._database.read(
            lambda connection: connection.execute(statement).scalar_one()
        )

    async def change(self, new: Approval, *, seen: Approval) -> Approval:
        after = replace(new, revision=seen.revision + 1)
        packed = await cells(after)
        added = list(enumerate(after.votes))[len(seen.votes) :]
        edits = [await payloads.pack(vote.edited) for _, vote in added]
        votes = [
            vote_row(new.id, position, vote, edited=edit)
            for (position, vote), edit in zip(added, edits, strict=True)
        ]
        all_of_it = row(after, packed)
        is_decided = after.status is not ApprovalStatus.WAITING
        owed = {"owed_since": after.decided_at or 0.0} if is_decided else {}
        statement = (
            update(approvals)
            .where(
                approvals.c.id == new.id,
                approvals.c.workspace == new.workspace,
                approvals.c.status == ApprovalStatus.WAITING.value,
                approvals.c.revision == seen.revision,
            )
            .values({name: all_of_it[name] for name in _CHANGING} | owed)
        )

        def work(connection: Connection) -> Approval:
            if connection.execute(statement).rowcount == 0:
                stored = _one(connection, new.workspace, new.id)
                raise Conflict(f"Approval {new.id} is {stored.status}, not as it was. Reload it.")
            if votes:
                _ = connection.execute(self._database.insert(approval_votes), votes)
            payloads.keep(self._database, connection, new.workspace, packed["edited"], *edits)
            self._ask(connection, after)
            _tell(new)
            return _one(connection, new.workspace, new.id)

        return await self._database.write(work)

    async def withdraw(self, run: RunId, at: float) -> None:
        statement = (
            update(approvals)
            .where(approvals.c.run == run, approvals.c.status == ApprovalStatus.WAITING.value)
            .values(status=ApprovalStatus.WITHDRAWN.value, decided_at=at)
        )
        _ = await self._database.write(lambda connection: connection.execute(statement))

    async def restore(self, run: RunId) -> None:
        statement = (
            update(approvals)
            .where(approvals.c.run == run, approvals.c.status == ApprovalStatus.WITHDRAWN.value)
            .values(status=ApprovalStatus.WAITING.value, decided_at=None)
        )
        _ = await self._database.write(lambda connection: connection.execute(statement))

    async def undelivered(self) -> tuple[Approval, ...]:
        owed = approvals.c.owed_since
        order = (owed, approvals.c.id)
        found = await self._database.read(
            lambda connection: opened(connection, rows(connection, owed.is_not(None), order=order))
        )
        return tuple(found)

    async def delivered(self, approval: ApprovalId) -> None:
        statement = update(approvals).where(approvals.c.id == approval).values(owed_since=None)
        _ = await self._database.write(lambda connection: connection.execute(statement))
