"""Schema versions: which one a database has, and how it comes to this podium's.

An empty database gets `tables` as they are; an older one runs the Alembic revisions it misses.
Tests hold the two ways together: they must end in the same schema. The caller has begun a
transaction in which no other process migrates; an error undoes all of it.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import cast

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from podium.adapters.storage import (
    approval_tables,
    audit_tables,
    gateway_tables,
    login_tables,
    people_tables,
    tables,
)
from podium.adapters.storage.migrations import REVISIONS
from podium.adapters.storage.schema import metadata
from podium.kernel.errors import Invalid

VERSION_TABLE = "podium_version"
"""Not Alembic's own name, as the database may be shared with another program that uses it."""

TABLES = (
    approval_tables,
    audit_tables,
    gateway_tables,
    login_tables,
    people_tables,
    tables,
)
"""Importing them registers them."""

_MIGRATIONS = Path(__file__).parent / "migrations"

# As Alembic makes it.
_versions = Table(
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), primary_key=True, nullable=False),
)
_versions.primary_key.name = f"{VERSION_TABLE}_pkc"


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return cast("str | None", connection.execute(select(_versions.c.version_num)).scalar())


def is_current(connection: Connection) -> bool:
    """Raises Invalid for a revision that this podium does not know."""
    revision = _revision(connection)
    if revision is not None and revision not in REVISIONS:
        raise Invalid(
            f"The database was written by a newer podium (its schema is '{revision}', this "
            f"podium knows up to '{REVISIONS[-1]}'). Start the newer podium, or restore the "
            "backup from before the update."
        )
    return revision == REVISIONS[-1]


def upgrade(connection: Connection) -> None:
    """Do what is missing; nothing where another process has just done so."""
    if is_current(connection):
        return
    if _revision(connection) is None:
        create(connection)
    else:
        replay(connection)


def create(connection: Connection) -> None:
    """Make all tables. Raises Invalid where another program's are in the way."""
    taken = sorted(metadata.tables.keys() & set(inspect(connection).get_table_names()))
    if taken:
        raise Invalid(
            f"The database has tables of another program with podium's names: {', '.join(taken)}. "
            "Give podium a database, or a PostgreSQL schema, of its own."
        )
    metadata.create_all(connection, checkfirst=False)
    _versions.create(connection, checkfirst=True)
    _ = connection.execute(_versions.insert().values(version_num=REVISIONS[-1]))


def replay(connection: Connection) -> None:
    """Run the revisions that the database misses."""
    # Alembic takes 0.5 s to import, ten times what an empty database takes to fill, and a
    # process needs it only after an update of podium.
    from alembic.migration import MigrationContext  # noqa: PLC0415
    from alembic.operations import Operations  # noqa: PLC0415
    from alembic.runtime.migration import MigrationStep, RevisionStep  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    scripts = ScriptDirectory(_MIGRATIONS)

    def missing(current: Iterable[str], _context: MigrationContext) -> list[RevisionStep]:
        revisions = scripts.iterate_revisions("head", tuple(current) or "base")
        return [
            MigrationStep.upgrade_from_script(scripts.revision_map, script)
            for script in reversed(list(revisions))
        ]

    context = MigrationContext.configure(
        connection,
        opts={
            "fn": missing,
            "script": scripts,
            "version_table": VERSION_TABLE,
            "target_metadata": metadata,
            "transactional_ddl": True,
        },
    )
    with Operations.context(context):
        context.run_migrations()
