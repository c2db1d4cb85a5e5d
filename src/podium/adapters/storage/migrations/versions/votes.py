"""Approvals get terms and votes; delegations."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def _key() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _count(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=sa.text("0"))


def upgrade() -> None:
    _approvals()
    _votes()
    _delegations()
    # Whoever has the right may decide what waits since before.
    op.execute(
        "INSERT INTO approval_candidates (approval, candidate) "
        "SELECT id, '*' FROM approvals WHERE status = 'waiting'"
    )
    op.execute("UPDATE approvals SET proposal_digest = payload_digest")


def _approvals() -> None:
    empty = sa.Column("proposal_digest", _key(), nullable=False, server_default=sa.text("''"))
    op.add_column("approvals", empty)
    op.add_column("approvals", _count("self_approval"))
    op.add_column("approvals", sa.Column("escalated_at", sa.Double[float]()))
    op.add_column("approvals", _count("revision"))
    op.add_column("approvals", sa.Column("terms", sa.Text()))


def _votes() -> None:
    _ = op.create_table(
        "approval_candidates",
        sa.Column("approval", _key(), nullable=False),
        sa.Column("candidate", _key(), nullable=False),
        sa.PrimaryKeyConstraint("approval", "candidate", name="approval_candidates_pk"),
    )
    _ = op.create_table(
        "approval_votes",
        sa.Column("approval", _key(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("voter", _key(), nullable=False),
        sa.Column("on_behalf_of", _key()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("at", sa.Double[float](), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("digest", _key(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("edited", sa.Text()),
        sa.PrimaryKeyConstraint("approval", "position", name="approval_votes_pk"),
    )


def _delegations() -> None:
    _ = op.create_table(
        "delegations",
        *(
            sa.Column(name, _key(), nullable=False)
            for name in ("id", "workspace", "owner", "delegate")
        ),
        sa.Column("approval", _key()),
        *(
            sa.Column(name, sa.Double[float](), nullable=False)
            for name in ("created_at", "begins_at", "ends_at")
        ),
        sa.Column("revoked_at", sa.Double[float]()),
        sa.PrimaryKeyConstraint("id", name="delegations_pk"),
    )
    op.create_index("delegations_by_owner", "delegations", ["workspace", "owner"])
    op.create_index("delegations_by_delegate", "delegations", ["workspace", "delegate"])
