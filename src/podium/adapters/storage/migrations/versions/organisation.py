"""An organisation of workspaces, teams and groups; roles are bound to a place, and users may leave.

Whoever was admin of the one workspace owns the organisation, whoever was member is an engineer.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def _key() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _keys(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, _key(), nullable=False) for name in names]


def _name() -> sa.Column[str]:
    return sa.Column("name", sa.Text(), nullable=False)


def _created() -> sa.Column[float]:
    return sa.Column("created_at", sa.Double[float](), nullable=False)


def _partial_index(name: str, table: str, column: str, *, where: str) -> None:
    condition = sa.text(where)
    op.create_index(
        name, table, [column], unique=True, sqlite_where=condition, postgresql_where=condition
    )


def upgrade() -> None:
    _tables()
    _roles()
    _people()


def _tables() -> None:
    _ = op.create_table(
        "organisations",
        *_keys("id"),
        _name(),
        _created(),
        sa.PrimaryKeyConstraint("id", name="organisations_pk"),
    )
    _ = op.create_table(
        "groups",
        *_keys("id", "workspace", "name"),
        _created(),
        sa.PrimaryKeyConstraint("id", name="groups_pk"),
        sa.UniqueConstraint("workspace", "name", name="groups_workspace_name_uq"),
    )
    _ = op.create_table(
        "memberships",
        *_keys("parent", "member"),
        sa.PrimaryKeyConstraint("parent", "member", name="memberships_pk"),
        sa.ForeignKeyConstraint(["parent"], ["groups.id"], name="memberships_parent_fk"),
        sa.ForeignKeyConstraint(["member"], ["users.id"], name="memberships_member_fk"),
    )
    op.create_index("memberships_by_member", "memberships", ["member"])
    _ = op.create_table(
        "role_bindings",
        *_keys("id", "subject", "role", "workspace", "team"),
        _created(),
        *_keys("created_by"),
        sa.PrimaryKeyConstraint("id", name="role_bindings_pk"),
        sa.UniqueConstraint(
            "subject",
            "role",
            "workspace",
            "team",
            name="role_bindings_subject_role_workspace_team_uq",
        ),
    )
    op.create_index(
        "role_bindings_by_workspace", "role_bindings", ["workspace", "created_at", "id"]
    )
    _ = op.create_table(
        "custom_roles",
        *_keys("name"),
        _created(),
        *_keys("created_by"),
        sa.Column("description", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="custom_roles_pk"),
    )


def _roles() -> None:
    op.execute(
        sa.text(
            "INSERT INTO role_bindings (id, subject, role, workspace, team, created_at, created_by)"
            " SELECT 'bind_' || substr(id, 6), id,"
            " CASE role WHEN 'admin' THEN 'owner' ELSE 'engineer' END,"
            " CASE role WHEN 'admin' THEN '' ELSE workspace END, '', created_at, ''"
            " FROM users"
        )
    )
    op.execute(
        sa.text(
            "UPDATE credentials SET name = CASE name WHEN 'admin' THEN 'owner' ELSE 'engineer' END"
            " WHERE kind = 'invitation'"
        )
    )


def _people() -> None:
    op.drop_column("users", "role")
    op.add_column("users", sa.Column("kind", _key(), nullable=False, server_default="user"))
    op.add_column("users", sa.Column("email", _key(), nullable=False, server_default=""))
    op.add_column("users", sa.Column("disabled_at", sa.Double[float]()))
    op.add_column("users", sa.Column("removed_at", sa.Double[float]()))
    op.add_column("workspaces", sa.Column("removed_at", sa.Double[float]()))
    _partial_index("workspaces_by_name", "workspaces", "name", where="removed_at IS NULL")
    _partial_index("users_by_email", "users", "email", where="email <> '' AND removed_at IS NULL")
    op.create_index(
        "credentials_by_workspace", "credentials", ["workspace", "kind", "created_at", "id"]
    )
