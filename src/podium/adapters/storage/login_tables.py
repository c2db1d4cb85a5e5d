"""The tables of signing in: names, passwords, second factors, sessions that showed one."""

from sqlalchemy import Column, ForeignKey, Table, UniqueConstraint, text

from podium.adapters.storage.columns import Count, Document, Key, Seconds, Words
from podium.adapters.storage.schema import metadata

logins = Table(
    "logins",
    metadata,
    Column("owner", Key, ForeignKey("users.id"), primary_key=True),
    Column("name", Key, nullable=False),
    Column("changed_at", Seconds, nullable=False),
    Column("is_confirmed", Count, nullable=False),
    Column("last_step", Count, nullable=False),
    Column("revision", Count, nullable=False, server_default=text("0")),
    Column("password", Words, nullable=False),
    Column("factor", Words, nullable=False),
    Column("recovery", Document, nullable=False),
    UniqueConstraint("name"),
)

federated_users = Table(
    "federated_users",
    metadata,
    Column("issuer", Key, primary_key=True),
    Column("subject", Key, primary_key=True),
    Column("owner", Key, ForeignKey("users.id"), nullable=False),
)

session_proofs = Table(
    "session_proofs",
    metadata,
    Column("credential", Key, ForeignKey("credentials.id"), primary_key=True),
    Column("at", Seconds, nullable=False),
)
