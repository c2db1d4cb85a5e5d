"""Events, who waits for them, and the schedules that start runs."""

import sqlalchemy as sa
from alembic import op

from podium.kernel.errors import Refused

revision = "0003"
down_revision = "0002"


def _key() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _serial() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("serial", kind, autoincrement=True, nullable=False)


def _keys(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, _key(), nullable=False) for name in names]


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _counts(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _times(*names: str, nullable: bool = False) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double[float](), nullable=nullable) for name in names]


def _partial_index(name: str, table: str, columns: list[str], *, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    _events()
    _waiting()
    _schedules()


def _events() -> None:
    _ = op.create_table(
        "events",
        _serial(),
        *_keys("workspace", "owner", "type", "source", "id"),
        *_times("received_at"),
        *_counts("routed"),
        *_texts("envelope"),
        sa.PrimaryKeyConstraint("serial", name="events_pk"),
        sa.UniqueConstraint("workspace", "source", "id", name="events_workspace_source_id_uq"),
    )
    op.create_index("events_by_type", "events", ["workspace", "type", "serial"])
    op.create_index("events_by_time", "events", ["received_at"])
    _partial_index("events_unrouted", "events", ["received_at"], where="routed = 0")


def _waiting() -> None:
    _ = op.create_table(
        "interests",
        *_keys("workspace", "type", "digest"),
        *_times("created_at", "used_at"),
        *_texts("expressions"),
        sa.PrimaryKeyConstraint("workspace", "type", "digest", name="interests_pk"),
    )
    _ = op.create_table(
        "event_keys",
        *_keys("workspace", "interest", "key"),
        *_counts("event"),
        sa.PrimaryKeyConstraint("workspace", "interest", "key", "event", name="event_keys_pk"),
    )
    op.create_index("event_keys_by_event", "event_keys", ["event"])
    _ = op.create_table(
        "subscriptions",
        _serial(),
        *_keys("workspace", "interest", "key", "subscriber", "path"),
        *_counts("position"),
        *_times("since"),
        *_texts("filter"),
        sa.PrimaryKeyConstraint("serial", name="subscriptions_pk"),
    )
    op.create_index(
        "subscriptions_by_place", "subscriptions", ["workspace", "interest", "key", "serial"]
    )
    op.create_index("subscriptions_by_subscriber", "subscriptions", ["subscriber", "path"])


def _schedules() -> None:
    _ = op.create_table(
        "schedules",
        *_keys("id", "workspace", "owner", "namespace", "name", "kind", "version"),
        *_times("created_at"),
        *_times("next_at", "claimed_until", "last_at", nullable=True),
        sa.Column("last_run", _key()),
        *_times("paused_at", nullable=True),
        *_counts("revision"),
        sa.Column("problem", sa.Text()),
        *_texts("rule"),
        sa.PrimaryKeyConstraint("id", name="schedules_pk"),
        sa.UniqueConstraint(
            "workspace",
            "namespace",
            "name",
            "kind",
            name="schedules_workspace_namespace_name_kind_uq",
        ),
    )
    where = "paused_at IS NULL AND next_at IS NOT NULL"
    _partial_index("schedules_due", "schedules", ["next_at", "id"], where=where)
    where = "kind = 'after' AND next_at IS NULL"
    _partial_index("schedules_following", "schedules", ["last_run"], where=where)
    _ = op.create_table(
        "gathered",
        *_keys("schedule"),
        *_counts("event"),
        *_keys("crowd"),
        sa.Column("start", _key()),
        *_counts("is_done"),
        *_texts("matches"),
        sa.PrimaryKeyConstraint("schedule", "event", name="gathered_pk"),
    )
    op.create_index("gathered_by_crowd", "gathered", ["schedule", "is_done", "crowd", "event"])
    op.create_index("gathered_by_event", "gathered", ["event"])


def downgrade() -> None:
    raise Refused("There is no way back from the tables of events. Restore a backup.")
