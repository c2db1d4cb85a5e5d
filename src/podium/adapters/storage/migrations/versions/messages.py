"""Messages that wait are found without looking at those that were taken."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    waiting = sa.text("taken = 0")
    op.create_index(
        "messages_waiting",
        "messages",
        ["run", "topic", "serial"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
