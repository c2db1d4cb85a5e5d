"""The tables of approvals: questions, whom they ask, their votes, and who votes for whom."""

from sqlalchemy import Column, Index, Table, UniqueConstraint, text

from podium.adapters.storage.columns import Count, Document, Key, Seconds, Words
from podium.adapters.storage.schema import metadata

approvals = Table(
    "approvals",
    metadata,
    Column("id", Key, primary_key=True),
    Column("workspace", Key, nullable=False),
    Column("owner", Key, nullable=False),
    Column("status", Key, nullable=False),
    Column("run", Key, nullable=False),
    Column("path", Key, nullable=False),
    Column("created_at", Seconds, nullable=False),
    Column("expires_at", Seconds),
    Column("decided_at", Seconds),
    Column("decided_by", Key),
    Column("owed_since", Seconds),
    Column("topic", Words, nullable=False),
    Column("payload_digest", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("comment", Words),
    Column("payload", Document),
    Column("edited", Document),
    Column("proposal_digest", Key, nullable=False, server_default=text("''")),
    Column("self_approval", Count, nullable=False, server_default=text("0")),
    Column("escalated_at", Seconds),
    Column("revision", Count, nullable=False, server_default=text("0")),
    Column("terms", Document),
    UniqueConstraint("run", "path"),
    Index("approvals_by_status", "workspace", "status", "created_at", "id"),
    Index(
        "approvals_owed",
        "owed_since",
        sqlite_where=text("owed_since IS NOT NULL"),
        postgresql_where=text("owed_since IS NOT NULL"),
    ),
)

approval_candidates = Table(
    "approval_candidates",
    metadata,
    Column("approval", Key, primary_key=True),
    Column("candidate", Key, primary_key=True),
)

approval_votes = Table(
    "approval_votes",
    metadata,
    Column("approval", Key, primary_key=True),
    Column("position", Count, primary_key=True),
    Column("voter", Key, nullable=False),
    Column("on_behalf_of", Key),
    Column("status", Words, nullable=False),
    Column("at", Seconds, nullable=False),
    Column("seen", Words, nullable=False),
    Column("digest", Key, nullable=False),
    Column("comment", Words, nullable=False),
    Column("edited", Document),
)

delegations = Table(
    "delegations",
    metadata,
    Column("id", Key, primary_key=True),
    Column("workspace", Key, nullable=False),
    Column("owner", Key, nullable=False),
    Column("delegate", Key, nullable=False),
    Column("approval", Key),
    Column("created_at", Seconds, nullable=False),
    Column("begins_at", Seconds, nullable=False),
    Column("ends_at", Seconds, nullable=False),
    Column("revoked_at", Seconds),
    Index("delegations_by_owner", "workspace", "owner"),
    Index("delegations_by_delegate", "workspace", "delegate"),
)
