"""Approvals and their votes as rows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypedDict, cast

from sqlalchemy import ColumnElement, Connection, select

from podium.adapters.storage import payloads
from podium.adapters.storage.approval_tables import approval_votes, approvals
from podium.governance import terms
from podium.governance.approvals import Approval, ApprovalStatus, Vote
from podium.governance.terms import PLAIN
from podium.kernel.ids import ApprovalId, RunId, UserId, WorkspaceId
from podium.kernel.json import JsonObject


class Row(TypedDict):
    id: ApprovalId
    workspace: WorkspaceId
    owner: UserId
    status: str
    run: RunId
    path: str
    created_at: float
    expires_at: float | None
    decided_at: float | None
    decided_by: UserId | None
    topic: str
    payload_digest: str
    title: str
    comment: str | None
    payload: str | None
    edited: str | None
    proposal_digest: str
    self_approval: int
    escalated_at: float | None
    revision: int
    terms: str | None


class VoteRow(TypedDict):
    approval: ApprovalId
    position: int
    voter: UserId
    on_behalf_of: UserId | None
    status: str
    at: float
    seen: str
    digest: str
    comment: str
    edited: str | None


class Cells(TypedDict):
    """What of an approval may be large."""

    payload: payloads.Cell
    edited: payloads.Cell
    terms: payloads.Cell


async def cells(approval: Approval) -> Cells:
    return {
        "payload": await payloads.pack(approval.payload),
        "edited": await payloads.pack(approval.edited),
        "terms": await payloads.pack(
            None if approval.terms == PLAIN else terms.written(approval.terms)
        ),
    }


def row(approval: Approval, packed: Cells) -> Row:
    return {
        "id": approval.id,
        "workspace": approval.workspace,
        "owner": approval.owner,
        "status": approval.status.value,
        "run": approval.run,
        "path": approval.path,
        "created_at": approval.created_at,
        "expires_at": approval.expires_at,
        "decided_at": approval.decided_at,
        "decided_by": approval.decided_by,
        "topic": approval.topic,
        "payload_digest": approval.payload_digest,
        "title": approval.title,
        "comment": approval.comment,
        "payload": packed["payload"].text,
        "edited": packed["edited"].text,
        "proposal_digest": approval.proposal_digest,
        "self_approval": int(approval.terms.self_approval),
        "escalated_at": approval.escalated_at,
        "revision": approval.revision,
        "terms": packed["terms"].text,
    }


def vote_row(approval: ApprovalId, position: int, vote: Vote, *, edited: payloads.Cell) -> VoteRow:
    return {
        "approval": approval,
        "position": position,
        "voter": vote.by,
        "on_behalf_of": vote.on_behalf_of,
        "status": vote.status.value,
        "at": vote.at,
        "seen": vote.seen,
        "digest": vote.digest,
        "comment": vote.comment,
        "edited": edited.text,
    }


def rows(
    connection: Connection,
    *conditions: ColumnElement[bool],
    order: tuple[ColumnElement[object], ...] = (approvals.c.created_at, approvals.c.id),
    limit: int | None = None,
) -> list[Row]:
    result = connection.execute(select(approvals).where(*conditions).order_by(*order).limit(limit))
    return cast("list[Row]", result.mappings().all())


def opened(connection: Connection, found: Sequence[Row]) -> list[Approval]:
    """With their votes, and the large values in place."""
    votes = _votes(connection, [one["id"] for one in found])
    wanted: dict[WorkspaceId, list[str | None]] = defaultdict(list)
    for one in found:
        wanted[one["workspace"]] += [one["payload"], one["edited"], one["terms"]]
        wanted[one["workspace"]] += [vote["edited"] for vote in votes[one["id"]]]
    texts = {
        workspace: payloads.fetch(connection, workspace, each) for workspace, each in wanted.items()
    }
    return [_approval(one, votes[one["id"]], texts[one["workspace"]]) for one in found]


def _votes(
    connection: Connection, ids: Sequence[ApprovalId]
) -> "Mapping[ApprovalId, list[VoteRow]]":
    votes: dict[ApprovalId, list[VoteRow]] = defaultdict(list)
    for start in range(0, len(ids), 500):
        statement = (
            select(approval_votes)
            .where(approval_votes.c.approval.in_(ids[start : start + 500]))
            .order_by(approval_votes.c.approval, approval_votes.c.position)
        )
        for each in cast("list[VoteRow]", connection.execute(statement).mappings().all()):
            votes[each["approval"]].append(each)
    return votes


def _approval(one: Row, votes: Sequence[VoteRow], texts: payloads.Opened) -> Approval:
    written = cast("JsonObject | None", texts.value(one["terms"]))
    return Approval(
        id=one["id"],
        workspace=one["workspace"],
        owner=one["owner"],
        run=one["run"],
        path=one["path"],
        topic=one["topic"],
        title=one["title"],
        payload=texts.value(one["payload"]),
        payload_digest=one["payload_digest"],
        created_at=one["created_at"],
        expires_at=one["expires_at"],
        status=ApprovalStatus(one["status"]),
        decided_by=one["decided_by"],
        decided_at=one["decided_at"],
        comment=one["comment"],
        edited=texts.value(one["edited"]),
        terms=PLAIN if written is None else terms.read(written),
        votes=tuple(_vote(each, texts) for each in votes),
        escalated_at=one["escalated_at"],
        revision=one["revision"],
    )


def _vote(one: VoteRow, texts: payloads.Opened) -> Vote:
    return Vote(
        by=one["voter"],
        status=ApprovalStatus(one["status"]),
        at=one["at"],
        seen=one["seen"],
        digest=one["digest"],
        comment=one["comment"],
        edited=texts.value(one["edited"]),
        on_behalf_of=one["on_behalf_of"],
    )
