"""What was spent by whom, and counters of limits that processes share."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    who = ("workspace", "owner", "api_key", "team", "model")
    _ = op.create_table(
        "spending",
        sa.Column("day", sa.BigInteger(), nullable=False),
        *(sa.Column(name, key, nullable=False) for name in who),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("requests", "tokens", "cost")
        ),
        sa.PrimaryKeyConstraint("day", *who, name="spending_pk"),
    )
    _ = op.create_table(
        "limit_counters",
        sa.Column("name", key, nullable=False),
        sa.Column("ends", sa.Double[float](), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="limit_counters_pk"),
    )
    op.create_index("limit_counters_by_end", "limit_counters", ["ends"])
