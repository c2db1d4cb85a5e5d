"""Passwords, second factors, and sessions that showed one."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def _key() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _ = op.create_table(
        "logins",
        sa.Column("owner", _key(), nullable=False),
        sa.Column("name", _key(), nullable=False),
        sa.Column("changed_at", sa.Double[float](), nullable=False),
        sa.Column("is_confirmed", sa.BigInteger(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("factor", sa.Text(), nullable=False),
        sa.Column("recovery", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name="logins_pk"),
        sa.ForeignKeyConstraint(["owner"], ["users.id"], name="logins_owner_fk"),
        sa.UniqueConstraint("name", name="logins_name_uq"),
    )
    _ = op.create_table(
        "session_proofs",
        sa.Column("credential", _key(), nullable=False),
        sa.Column("at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("credential", name="session_proofs_pk"),
        sa.ForeignKeyConstraint(
            ["credential"], ["credentials.id"], name="session_proofs_credential_fk"
        ),
    )
