"""Schema versions: which one a database has, and how it comes to this podium's.

Alembic runs the revisions in `migrations/versions`, on a connection and in a transaction that the
caller has begun and in which it is alone.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, column, inspect, select, table

from podium.adapters.storage.migrations import REVISIONS
from podium.adapters.storage.tables import metadata
from podium.kernel.errors import Invalid

VERSION_TABLE = "podium_version"
"""Not Alembic's own name, as the database may be shared with another program that uses it."""

_MIGRATIONS = Path(__file__).parent / "migrations"


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    versions = select(column("version_num")).select_from(table(VERSION_TABLE))
    return cast("str | None", connection.execute(versions).scalar())


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
    """Run what is missing; nothing where another process has just done so."""
    if is_current(connection):
        return
    # Alembic takes as long to import as all of SQLAlchemy; a database that is up to date, the
    # usual case, never pays for it.
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
