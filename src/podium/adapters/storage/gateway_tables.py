"""The tables of the gateway: what was spent, counters of limits, versions of the configuration."""

from sqlalchemy import Column, Index, Table

from podium.adapters.storage.columns import Count, Document, Key, Seconds, Words
from podium.adapters.storage.schema import metadata

spending = Table(
    "spending",
    metadata,
    Column("day", Count, primary_key=True),
    Column("workspace", Key, primary_key=True),
    Column("owner", Key, primary_key=True),
    Column("api_key", Key, primary_key=True),
    Column("team", Key, primary_key=True),
    Column("model", Key, primary_key=True),
    Column("requests", Count, nullable=False),
    Column("tokens", Count, nullable=False),
    Column("cost", Count, nullable=False),
)

limit_counters = Table(
    "limit_counters",
    metadata,
    Column("name", Key, primary_key=True),
    Column("ends", Seconds, nullable=False),
    Column("state", Document, nullable=False),
    Index("limit_counters_by_end", "ends"),
)

configurations = Table(
    "configurations",
    metadata,
    Column("version", Count, primary_key=True, autoincrement=False),
    Column("workspace", Key, nullable=False),
    Column("owner", Key, nullable=False),
    Column("created_at", Seconds, nullable=False),
    Column("digest", Key, nullable=False),
    Column("restores", Count, nullable=False),
    Column("comment", Words, nullable=False),
    Column("document", Document, nullable=False),
    Column("text", Words, nullable=False),
)
