"""API keys have scopes, limits and a team; they rotate, and can be switched off."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    empty = sa.text("''")
    for column in (
        sa.Column("disabled_at", sa.Double[float]()),
        sa.Column("hint", sa.Text(), nullable=False, server_default=empty),
        sa.Column("old_sha256", key),
        sa.Column("old_until", sa.Double[float]()),
        sa.Column("team", key, nullable=False, server_default=empty),
        sa.Column("scopes", sa.Text()),
        sa.Column("limits", sa.Text()),
    ):
        op.add_column("credentials", column)
    rotated = sa.text("old_sha256 IS NOT NULL")
    op.create_index(
        "credentials_by_old_secret",
        "credentials",
        ["old_sha256"],
        sqlite_where=rotated,
        postgresql_where=rotated,
    )
