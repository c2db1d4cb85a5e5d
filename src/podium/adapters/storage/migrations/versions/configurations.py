"""Versions of what is laid over podium.yaml."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    _ = op.create_table(
        "configurations",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("workspace", key, nullable=False),
        sa.Column("owner", key, nullable=False),
        sa.Column("created_at", sa.Double[float](), nullable=False),
        sa.Column("digest", key, nullable=False),
        sa.Column("restores", sa.BigInteger(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="configurations_pk"),
    )
