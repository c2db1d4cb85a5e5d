"""The tables of the audit trail. Rows are put in, and neither changed nor taken out.

Triggers refuse that on both databases, so that a mistake in podium, or a hand in the database, is
told at once. Who takes the triggers away is found by the signatures.
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Column, Connection, Index, Table, UniqueConstraint, event, text

from podium.adapters.storage.columns import Bytes, Count, Document, Key, Seconds, Serial, Words
from podium.adapters.storage.schema import metadata

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("serial", Serial, primary_key=True, autoincrement=True),
    Column("id", Key, nullable=False),
    Column("workspace", Key, nullable=False),
    Column("at", Seconds, nullable=False),
    Column("action", Key, nullable=False),
    Column("actor", Key, nullable=False),
    Column("resource", Key, nullable=False),
    Column("outcome", Key, nullable=False),
    Column("events", Count, nullable=False),
    Column("body", Document, nullable=False),
    UniqueConstraint("id"),
    Index("audit_entries_newest", "workspace", "serial"),
)

audit_leaves = Table(
    "audit_leaves",
    metadata,
    Column("position", Count, primary_key=True, autoincrement=False),
    Column("entry", Count, nullable=False),
    Column("hash", Bytes, nullable=False),
    UniqueConstraint("entry"),
)

audit_nodes = Table(
    "audit_nodes",
    metadata,
    Column("level", Count, primary_key=True, autoincrement=False),
    Column("position", Count, primary_key=True, autoincrement=False),
    Column("hash", Bytes, nullable=False),
)

audit_checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=True),
    Column("size", Count, nullable=False),
    Column("peaks", Bytes, nullable=False),
    Column("note", Words, nullable=False),
)

TABLES: Final = (audit_entries, audit_leaves, audit_nodes, audit_checkpoints)

_REFUSAL: Final = "The audit trail is only added to."

POSTGRESQL_FUNCTION: Final = f"""
CREATE OR REPLACE FUNCTION podium_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$
"""


def triggers(table: str, dialect: str) -> Iterator[str]:
    """The statements that keep a table from being changed."""
    if dialect == "sqlite":
        for verb in ("update", "delete"):
            yield (
                f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
        return
    yield POSTGRESQL_FUNCTION
    yield (
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION podium_audit_refuse()"
    )


def _guard(table: Table, connection: Connection, **_options: object) -> None:
    for statement in triggers(table.name, connection.dialect.name):
        _ = connection.execute(text(statement))


for _table in TABLES:
    event.listen(_table, "after_create", _guard)
