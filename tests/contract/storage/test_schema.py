"""The two ways to the tables end in the same ones, on both databases."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import cast

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.runtime.migration import MigrationStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from podium.adapters.storage import migrate
from podium.adapters.storage.grants import principal_of
from podium.adapters.storage.migrations import REVISIONS
from podium.adapters.storage.schema import metadata
from podium.kernel.errors import Invalid, Refused
from podium.kernel.ids import UserId, WorkspaceId

SCRIPTS = Path(migrate.__file__).parent / "migrations"

_SQLITE_SCHEMA = (
    """
    SELECT t.name, c.name, c.type, c."notnull", c.dflt_value, c.pk > 0
    FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY 1, 2
    """,
    """
    SELECT t.name, i."unique", i.origin, i.partial,
           (SELECT group_concat(x.name) FROM pragma_index_info(i.name) x),
           (SELECT m.sql FROM sqlite_master m WHERE m.name = i.name)
    FROM sqlite_master t, pragma_index_list(t.name) i WHERE t.type = 'table' ORDER BY 1, 5
    """,
    """
    SELECT t.name, f."table", f."from", f."to"
    FROM sqlite_master t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table' ORDER BY 1, 2, 3
    """,
)
"""Columns by name: those that came later stand at a table's end."""

_POSTGRESQL_SCHEMA = (
    """
    SELECT table_name, column_name, data_type, character_maximum_length,
           is_nullable, column_default, collation_name
    FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, 2
    """,
    """
    SELECT tablename, indexname, indexdef FROM pg_indexes
    WHERE schemaname = current_schema() ORDER BY 1, 2
    """,
    """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = current_schema()::regnamespace ORDER BY 1, 2
    """,
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Callable[[str], Connection]]:
    """Connections to databases with nothing in them, undone at the end."""
    if request.param == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path}/one.db")
        other = create_engine(f"sqlite:///{tmp_path}/two.db")
        with engine.connect() as first, other.connect() as second:
            yield {"one": first, "two": second}.__getitem__
        engine.dispose()
        other.dispose()
        return
    url = cast("str", request.getfixturevalue("postgresql_url"))
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:

        def schema(name: str) -> Connection:
            _ = connection.execute(text(f"CREATE SCHEMA schema_{name}"))
            _ = connection.execute(text(f"SET LOCAL search_path = schema_{name}"))
            return connection

        yield schema
        connection.rollback()
    engine.dispose()


def _dump(connection: Connection) -> list[str]:
    sqlite = connection.dialect.name == "sqlite"
    queries = _SQLITE_SCHEMA if sqlite else _POSTGRESQL_SCHEMA
    rows = [row for query in queries for row in connection.execute(text(query)).all()]
    # Indexes of one column come in the order in which they were made, which is no part of a schema.
    return sorted(
        " ".join(str(tuple(row)).replace("\\n", " ").split()).replace("schema_two.", "schema_one.")
        for row in rows
    )


def test_creating_and_replaying_end_in_the_same_schema(empty: Callable[[str], Connection]):
    created = empty("one")
    migrate.create(created)
    first = _dump(created)
    replayed = empty("two")
    migrate.replay(replayed)
    assert _dump(replayed) == first
    assert len(first) >= 20


def test_alembic_finds_no_difference_to_the_tables(empty: Callable[[str], Connection]):
    connection = empty("one")
    migrate.replay(connection)
    context = MigrationContext.configure(
        connection, opts={"version_table": migrate.VERSION_TABLE, "compare_server_default": True}
    )
    assert compare_metadata(context, metadata) == []


def test_both_ways_leave_the_newest_revision(empty: Callable[[str], Connection]):
    for name, way in (("one", migrate.create), ("two", migrate.replay)):
        connection = empty(name)
        assert not migrate.is_current(connection)
        way(connection)
        assert migrate.is_current(connection)
        migrate.upgrade(connection)


def test_the_list_of_revisions_is_that_of_the_files():
    walked = ScriptDirectory(SCRIPTS).walk_revisions()
    assert tuple(script.revision for script in walked) == REVISIONS[::-1]


def test_there_is_no_way_back_from_the_first_schema():
    script = ScriptDirectory(SCRIPTS).get_revision("0001")
    assert script is not None
    with pytest.raises(Refused, match="Restore a backup"):
        script.module.downgrade()


def test_a_database_of_a_newer_podium_is_refused(empty: Callable[[str], Connection]):
    connection = empty("one")
    migrate.create(connection)
    _ = connection.execute(text(f"UPDATE {migrate.VERSION_TABLE} SET version_num = '9999'"))  # noqa: S608
    with pytest.raises(Invalid, match=r"newer podium .* '9999'.* Start the newer podium"):
        migrate.upgrade(connection)


def test_tables_of_another_program_are_not_touched(empty: Callable[[str], Connection]):
    connection = empty("one")
    _ = connection.execute(text("CREATE TABLE users (mine INTEGER)"))
    with pytest.raises(Invalid, match="another program with podium's names: users"):
        migrate.upgrade(connection)


def _to(connection: Connection, revision: str) -> None:
    """As a podium of that time left it."""
    scripts = ScriptDirectory(SCRIPTS)
    steps = [
        MigrationStep.upgrade_from_script(scripts.revision_map, script)
        for script in reversed(list(scripts.iterate_revisions(revision, "base")))
    ]
    options = {
        "fn": lambda _current, _context: steps,
        "script": scripts,
        "version_table": migrate.VERSION_TABLE,
    }
    context = MigrationContext.configure(connection, opts=options)
    with Operations.context(context):
        context.run_migrations()


def test_admins_of_before_are_owners_and_members_engineers(empty: Callable[[str], Connection]):
    connection = empty("one")
    _to(connection, "0008")
    for statement in (
        "INSERT INTO workspaces (id, name, created_at) VALUES ('ws_1', 'default', 1)",
        """
        INSERT INTO users (id, workspace, name, role, created_at) VALUES
        ('user_a', 'ws_1', 'Ann', 'admin', 1), ('user_b', 'ws_1', 'Bob', 'member', 2)
        """,
        """
        INSERT INTO credentials (id, workspace, owner, kind, secret_sha256, name, created_at)
        VALUES ('key_1', 'ws_1', 'user_a', 'invitation', 's', 'member', 1)
        """,
    ):
        _ = connection.execute(text(statement))
    migrate.upgrade(connection)
    for user, roles, everywhere in (
        ("user_a", {"owner"}, {"owner"}),
        ("user_b", {"engineer"}, set[str]()),
    ):
        found = principal_of(connection, UserId(user), WorkspaceId("ws_1"))
        assert found is not None
        assert (found.roles, found.everywhere) == (roles, everywhere)
    offered = connection.execute(text("SELECT name FROM credentials")).scalar()
    assert offered == "engineer"
