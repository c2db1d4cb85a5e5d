"""The audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def _key(name: str) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, autoincrement=False)


def _serial(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, autoincrement=True, nullable=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def upgrade() -> None:
    _ = op.create_table(
        "audit_entries",
        _serial("serial"),
        _key("id"),
        _key("workspace"),
        sa.Column("at", sa.Double[float](), nullable=False),
        *(_key(name) for name in ("action", "actor", "resource", "outcome")),
        _count("events"),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name="audit_entries_pk"),
        sa.UniqueConstraint("id", name="audit_entries_id_uq"),
    )
    op.create_index("audit_entries_newest", "audit_entries", ["workspace", "serial"])
    _ = op.create_table(
        "audit_leaves",
        _count("position"),
        _count("entry"),
        _bytes("hash"),
        sa.PrimaryKeyConstraint("position", name="audit_leaves_pk"),
        sa.UniqueConstraint("entry", name="audit_leaves_entry_uq"),
    )
    _ = op.create_table(
        "audit_nodes",
        _count("level"),
        _count("position"),
        _bytes("hash"),
        sa.PrimaryKeyConstraint("level", "position", name="audit_nodes_pk"),
    )
    _ = op.create_table(
        "audit_checkpoints",
        _serial("number"),
        _count("size"),
        _bytes("peaks"),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="audit_checkpoints_pk"),
    )
    for table in ("audit_entries", "audit_leaves", "audit_nodes", "audit_checkpoints"):
        _refuse_changes(table)


def _refuse_changes(table: str) -> None:
    """Spelled out here: what a migration does is never changed."""
    refusal = "The audit trail is only added to."
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION podium_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{refusal}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION podium_audit_refuse()"
    )
