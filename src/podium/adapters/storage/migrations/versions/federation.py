"""Who is known by an identity provider."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    _ = op.create_table(
        "federated_users",
        sa.Column("issuer", key, nullable=False),
        sa.Column("subject", key, nullable=False),
        sa.Column("owner", key, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name="federated_users_pk"),
        sa.ForeignKeyConstraint(["owner"], ["users.id"], name="federated_users_owner_fk"),
    )
