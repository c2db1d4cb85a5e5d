"""The tables of the organisation: workspaces, users, groups, their roles and credentials."""

from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint, text

from podium.adapters.storage.columns import Count, Document, Key, Seconds, Words
from podium.adapters.storage.schema import metadata

organisations = Table(
    "organisations",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", Words, nullable=False),
    Column("created_at", Seconds, nullable=False),
)

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", Words, nullable=False),
    Column("created_at", Seconds, nullable=False),
    Column("removed_at", Seconds),
    Index(
        "workspaces_by_name",
        "name",
        unique=True,
        sqlite_where=text("removed_at IS NULL"),
        postgresql_where=text("removed_at IS NULL"),
    ),
)

users = Table(
    "users",
    metadata,
    Column("id", Key, primary_key=True),
    Column("workspace", Key, ForeignKey("workspaces.id"), nullable=False),
    Column("name", Words, nullable=False),
    Column("created_at", Seconds, nullable=False),
    Column("kind", Key, nullable=False, server_default=text("'user'")),
    Column("email", Key, nullable=False, server_default=text("''")),
    Column("disabled_at", Seconds),
    Column("removed_at", Seconds),
    Index("users_by_workspace", "workspace", "created_at", "id"),
    Index(
        "users_by_email",
        "email",
        unique=True,
        sqlite_where=text("email <> '' AND removed_at IS NULL"),
        postgresql_where=text("email <> '' AND removed_at IS NULL"),
    ),
)

# A team is a group with a workspace; a group of the organisation has "" there.
groups = Table(
    "groups",
    metadata,
    Column("id", Key, primary_key=True),
    Column("workspace", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("created_at", Seconds, nullable=False),
    UniqueConstraint("workspace", "name"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("parent", Key, ForeignKey("groups.id"), primary_key=True),
    Column("member", Key, ForeignKey("users.id"), primary_key=True),
    Index("memberships_by_member", "member"),
)

role_bindings = Table(
    "role_bindings",
    metadata,
    Column("id", Key, primary_key=True),
    Column("subject", Key, nullable=False),
    Column("role", Key, nullable=False),
    Column("workspace", Key, nullable=False),
    Column("team", Key, nullable=False),
    Column("created_at", Seconds, nullable=False),
    Column("created_by", Key, nullable=False),
    UniqueConstraint("subject", "role", "workspace", "team"),
    Index("role_bindings_by_workspace", "workspace", "created_at", "id"),
)

custom_roles = Table(
    "custom_roles",
    metadata,
    Column("name", Key, primary_key=True),
    Column("created_at", Seconds, nullable=False),
    Column("created_by", Key, nullable=False),
    Column("description", Words, nullable=False),
)

policy_versions = Table(
    "policy_versions",
    metadata,
    Column("number", Count, primary_key=True, autoincrement=False),
    Column("created_at", Seconds, nullable=False),
    Column("created_by", Key, nullable=False),
    Column("note", Words, nullable=False),
    Column("text", Words, nullable=False),
)

credentials = Table(
    "credentials",
    metadata,
    Column("id", Key, primary_key=True),
    Column("workspace", Key, nullable=False),
    Column("owner", Key, ForeignKey("users.id"), nullable=False),
    Column("kind", Words, nullable=False),
    Column("secret_sha256", Key, nullable=False),
    Column("name", Words, nullable=False),
    Column("created_at", Seconds, nullable=False),
    Column("expires_at", Seconds),
    Column("used_at", Seconds),
    Column("revoked_at", Seconds),
    Column("disabled_at", Seconds),
    Column("hint", Words, nullable=False, server_default=text("''")),
    Column("old_sha256", Key),
    Column("old_until", Seconds),
    Column("team", Key, nullable=False, server_default=text("''")),
    Column("scopes", Document),
    Column("limits", Document),
    UniqueConstraint("secret_sha256"),
    Index("credentials_by_owner", "owner", "created_at", "id"),
    Index("credentials_by_workspace", "workspace", "kind", "created_at", "id"),
    Index(
        "credentials_by_old_secret",
        "old_sha256",
        sqlite_where=text("old_sha256 IS NOT NULL"),
        postgresql_where=text("old_sha256 IS NOT NULL"),
    ),
)
