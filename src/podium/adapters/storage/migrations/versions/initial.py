"""The first tables. Types are spelled out here, so that later changes elsewhere cannot alter it."""

import sqlalchemy as sa
from alembic import op

from podium.kernel.errors import Refused

revision = "0001"
down_revision = None


def _key() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _keys(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, _key(), nullable=False) for name in names]


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _maybe(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text()) for name in names]


def _maybe_keys(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, _key()) for name in names]


def _times(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double[float]()) for name in names]


def _created() -> sa.Column[float]:
    return sa.Column("created_at", sa.Double[float](), nullable=False)


def _partial_index(name: str, table: str, columns: list[str], *, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    _identity()
    _workflows()
    _runs()
    _spans()
    _approvals()
    _by_content()


def _identity() -> None:
    _ = op.create_table(
        "workspaces",
        *_keys("id"),
        *_texts("name"),
        _created(),
        sa.PrimaryKeyConstraint("id", name="workspaces_pk"),
    )
    _ = op.create_table(
        "users",
        *_keys("id", "workspace"),
        *_texts("name", "role"),
        _created(),
        sa.PrimaryKeyConstraint("id", name="users_pk"),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name="users_workspace_fk"),
    )
    op.create_index("users_by_workspace", "users", ["workspace", "created_at", "id"])
    _ = op.create_table(
        "credentials",
        *_keys("id", "workspace", "owner"),
        *_texts("kind"),
        *_keys("secret_sha256"),
        *_texts("name"),
        _created(),
        *_times("expires_at", "used_at", "revoked_at"),
        sa.PrimaryKeyConstraint("id", name="credentials_pk"),
        sa.UniqueConstraint("secret_sha256", name="credentials_secret_sha256_uq"),
        sa.ForeignKeyConstraint(["owner"], ["users.id"], name="credentials_owner_fk"),
    )
    op.create_index("credentials_by_owner", "credentials", ["owner", "created_at", "id"])


def _workflows() -> None:
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    _ = op.create_table(
        "workflows",
        sa.Column("serial", serial, autoincrement=True, nullable=False),
        *_keys("workspace", "owner", "namespace", "name", "version", "digest"),
        *_texts("title"),
        _created(),
        *_maybe("document"),
        *_texts("text"),
        sa.PrimaryKeyConstraint("serial", name="workflows_pk"),
        sa.UniqueConstraint(
            "workspace",
            "namespace",
            "name",
            "version",
            name="workflows_workspace_namespace_name_version_uq",
        ),
    )
    op.create_index("workflows_by_digest", "workflows", ["workspace", "digest"])


def _runs() -> None:
    _ = op.create_table(
        "runs",
        *_keys("id", "workspace", "owner", "status"),
        *_maybe_keys("batch"),
        _created(),
        *_times("started_at", "ended_at"),
        *_texts("workflow_namespace", "workflow_name", "workflow_version", "workflow_digest"),
        *_maybe_keys("idempotency_key"),
        *_maybe("waiting_on"),
        *_texts("labels"),
        *_maybe("input", "output", "error"),
        sa.PrimaryKeyConstraint("id", name="runs_pk"),
        sa.UniqueConstraint(
            "workspace", "idempotency_key", name="runs_workspace_idempotency_key_uq"
        ),
    )
    op.create_index("runs_newest", "runs", ["workspace", "created_at", "id"])
    op.create_index("runs_by_status", "runs", ["workspace", "status", "created_at", "id"])
    _partial_index(
        "runs_by_batch",
        "runs",
        ["workspace", "batch", "created_at", "id"],
        where="batch IS NOT NULL",
    )
    _partial_index("runs_unfinished", "runs", ["created_at", "id"], where="ended_at IS NULL")


def _spans() -> None:
    _ = op.create_table(
        "spans",
        *_keys("run", "id", "workspace"),
        *_texts("kind", "status"),
        sa.Column("started_at", sa.Double[float](), nullable=False),
        *_times("ended_at"),
        *[
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("input_tokens", "output_tokens", "cost")
        ],
        *_maybe("model"),
        *_texts("name", "trace"),
        *_maybe("parent"),
        *_texts("path"),
        *_maybe("error"),
        *_texts("attributes"),
        sa.PrimaryKeyConstraint("run", "id", name="spans_pk"),
    )
    _partial_index("spans_calls", "spans", ["workspace", "started_at", "id"], where="run = ''")
    _partial_index("spans_open", "spans", ["run"], where="ended_at IS NULL")


def _approvals() -> None:
    _ = op.create_table(
        "approvals",
        *_keys("id", "workspace", "owner", "status", "run", "path"),
        _created(),
        *_times("expires_at", "decided_at"),
        *_maybe_keys("decided_by"),
        *_times("owed_since"),
        *_texts("engine_id", "topic", "payload_digest", "title"),
        *_maybe("comment", "payload", "edited"),
        sa.PrimaryKeyConstraint("id", name="approvals_pk"),
        sa.UniqueConstraint("run", "path", name="approvals_run_path_uq"),
    )
    op.create_index("approvals_by_status", "approvals", ["workspace", "status", "created_at", "id"])
    _partial_index("approvals_owed", "approvals", ["owed_since"], where="owed_since IS NOT NULL")


def _by_content() -> None:
    _ = op.create_table(
        "payloads",
        *_keys("workspace", "digest"),
        *_texts("coding"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "digest", name="payloads_pk"),
    )
    _ = op.create_table(
        "vectors",
        *_keys("model", "digest"),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("model", "digest", name="vectors_pk"),
    )


def downgrade() -> None:
    raise Refused(
        "There is no way back from the first schema: it would delete everything. "
        "Restore a backup, or start with an empty database."
    )
