"""Runs are executed from a journal in these tables; before, another engine kept one beside them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NOT_TAKEN_OVER = (
    '{"detail":"It was under way when podium was updated to an engine that cannot read what the '
    'one before had recorded. Start it again.","status":500,"title":"Not taken over",'
    '"type":"https://serverlessworkflow.io/spec/1.0.0/errors/runtime"}'
)


def _key() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _serial() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=sa.text("0"))


def _seconds(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double[float](), nullable=False, server_default=sa.text("0"))


def _partial_index(name: str, columns: list[str], *, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "runs", columns, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    for column in (
        sa.Column("parent", _key()),
        sa.Column("executor", _key()),
        _count("epoch"),
        sa.Column("wake_at", sa.Double[float]()),
        sa.Column("still_since", sa.Double[float]()),
        _seconds("idle"),
        _count("recoveries"),
        _count("steps_seen"),
        sa.Column("wish", sa.Text()),
        sa.Column("failed_step", sa.Text()),
        sa.Column("edits", sa.Text()),
    ):
        op.add_column("runs", column)
    op.execute(
        sa.text(
            "UPDATE runs SET status = 'faulted', waiting_on = NULL, error = :error, "
            "ended_at = created_at WHERE ended_at IS NULL"
        ).bindparams(error=NOT_TAKEN_OVER)
    )
    op.drop_index("runs_unfinished", "runs")
    _partial_index("runs_due", ["wake_at", "id"], where="executor IS NULL AND wake_at IS NOT NULL")
    _partial_index("runs_held", ["executor"], where="executor IS NOT NULL")
    _partial_index("runs_children", ["parent"], where="parent IS NOT NULL")
    op.drop_column("approvals", "engine_id")
    _tables()


def _tables() -> None:
    _ = op.create_table(
        "steps",
        sa.Column("run", _key(), nullable=False),
        sa.Column("name", _key(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run", "name", name="steps_pk"),
    )
    _ = op.create_table(
        "messages",
        sa.Column("serial", _serial(), autoincrement=True, nullable=False),
        sa.Column("run", _key(), nullable=False),
        sa.Column("topic", _key(), nullable=False),
        sa.Column("key", _key(), nullable=False),
        _count("taken"),
        sa.Column("body", sa.Text()),
        sa.PrimaryKeyConstraint("serial", name="messages_pk"),
        sa.UniqueConstraint("run", "topic", "key", name="messages_run_topic_key_uq"),
    )
    _ = op.create_table(
        "executors",
        sa.Column("id", _key(), nullable=False),
        sa.Column("beat_at", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("id", name="executors_pk"),
    )
