"""The tables of work; those of people are in `people_tables`, those of approvals in
`approval_tables`. A change in one of them needs a migration
beside the others; a test compares the two.

Every row of somebody names its workspace and owner (spans and payloads have the workspace alone:
their run has the owner). Long columns come last, as SQLite reads a row from its start.
"""

from sqlalchemy import Column, Index, Table, UniqueConstraint, text

from podium.adapters.storage.columns import Bytes, Count, Document, Key, Seconds, Serial, Words
from podium.adapters.storage.schema import metadata

workflows = Table(
    "workflows",
    metadata,
    Column("serial", Serial, primary_key=True, autoincrement=True),
    Column("workspace", Key, nullable=False),
    Column("owner", Key, nullable=False),
    Column("namespace", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("version", Key, nullable=False),
    Column("digest", Key, nullable=False),
    Column("title", Words, nullable=False),
    Column("created_at", Seconds, nullable=False),
    Column("document", Document),
    Column("text", Words, nullable=False),
    UniqueConstraint("workspace", "namespace", "name", "version"),
    Index("workflows_by_digest", "workspace", "digest"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Key, primary_key=True),
    Column("workspace", Key, nullable=False),
    Column("owner", Key, nullable=False),
    Column("status", Key, nullable=False),
    Column("batch", Key),
    Column("created_at", Seconds, nullable=False),
    Column("started_at", Seconds),
    Column("ended_at", Seconds),
    Column("workflow_namespace", Words, nullable=False),
    Column("workflow_name", Words, nullable=False),
    Column("workflow_version", Words, nullable=False),
    Column("workflow_digest", Words, nullable=False),
    Column("idempotency_key", Key),
    Column("waiting_on", Words),
    Column("labels", Document, nullable=False),
    Column("input", Document),
    Column("output", Document),
    Column("error", Document),
    Column("parent", Key),
    Column("executor", Key),
    Column("epoch", Count, nullable=False, server_default=text("0")),
    Column("wake_at", Seconds),
    Column("still_since", Seconds),
    Column("idle", Seconds, nullable=False, server_default=text("0")),
    Column("recoveries", Count, nullable=False, server_default=text("0")),
    Column("steps_seen", Count, nullable=False, server_default=text("0")),
    Column("wish", Words),
    Column("failed_step", Words),
    Column("edits", Document),
    UniqueConstraint("workspace", "idempotency_key"),
    Index("runs_newest", "workspace", "created_at", "id"),
    Index("runs_by_status", "workspace", "status", "created_at", "id"),
    Index(
        "runs_by_batch",
        "workspace",
        "batch",
        "created_at",
        "id",
        sqlite_where=text("batch IS NOT NULL"),
        postgresql_where=text("batch IS NOT NULL"),
    ),
    Index(
        "runs_due",
        "wake_at",
        "id",
        sqlite_where=text("executor IS NULL AND wake_at IS NOT NULL"),
        postgresql_where=text("executor IS NULL AND wake_at IS NOT NULL"),
    ),
    Index(
        "runs_held",
        "executor",
        sqlite_where=text("executor IS NOT NULL"),
        postgresql_where=text("executor IS NOT NULL"),
    ),
    Index(
        "runs_children",
        "parent",
        sqlite_where=text("parent IS NOT NULL"),
        postgresql_where=text("parent IS NOT NULL"),
    ),
)

steps = Table(
    "steps",
    metadata,
    Column("run", Key, primary_key=True),
    Column("name", Key, primary_key=True),
    Column("position", Count, nullable=False),
    Column("outcome", Document, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    Column("serial", Serial, primary_key=True, autoincrement=True),
    Column("run", Key, nullable=False),
    Column("topic", Key, nullable=False),
    Column("key", Key, nullable=False),
    Column("taken", Count, nullable=False, server_default=text("0")),
    Column("body", Document),
    UniqueConstraint("run", "topic", "key"),
    Index(
        "messages_waiting",
        "run",
        "topic",
        "serial",
        sqlite_where=text("taken = 0"),
        postgresql_where=text("taken = 0"),
    ),
)

executors = Table(
    "executors",
    metadata,
    Column("id", Key, primary_key=True),
    Column("beat_at", Seconds, nullable=False),
)

spans = Table(
    "spans",
    metadata,
    Column("run", Key, primary_key=True),
    Column("id", Key, primary_key=True),
    Column("workspace", Key, nullable=False),
    Column("kind", Words, nullable=False),
    Column("status", Words, nullable=False),
    Column("started_at", Seconds, nullable=False),
    Column("ended_at", Seconds),
    Column("input_tokens", Count, nullable=False),
    Column("output_tokens", Count, nullable=False),
    Column("cost", Count, nullable=False),
    Column("model", Words),
    Column("name", Words, nullable=False),
    Column("trace", Words, nullable=False),
    Column("parent", Words),
    Column("path", Words, nullable=False),
    Column("error", Words),
    Column("attributes", Document, nullable=False),
    Index(
        "spans_calls",
        "workspace",
        "started_at",
        "id",
        sqlite_where=text("run = ''"),
        postgresql_where=text("run = ''"),
    ),
    Index(
        "spans_open",
        "run",
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)

payloads = Table(
    "payloads",
    metadata,
    Column("workspace", Key, primary_key=True),
    Column("digest", Key, primary_key=True),
    Column("coding", Words, nullable=False),
    Column("body", Bytes, nullable=False),
)

vectors = Table(
    "vectors",
    metadata,
    Column("model", Key, primary_key=True),
    Column("digest", Key, primary_key=True),
    Column("vector", Bytes, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("serial", Serial, primary_key=True, autoincrement=True),
    Column("workspace", Key, nullable=False),
    Column("owner", Key, nullable=False),
    Column("type", Key, nullable=False),
    Column("source", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("received_at", Seconds, nullable=False),
    Column("routed", Count, nullable=False),
    # Not in `payloads`, which keeps for good what events hold for a while.
    Column("envelope", Document, nullable=False),
    UniqueConstraint("workspace", "source", "id"),
    Index("events_by_type", "workspace", "type", "serial"),
    Index("events_by_time", "received_at"),
    Index(
        "events_unrouted",
        "received_at",
        sqlite_where=text("routed = 0"),
        postgresql_where=text("routed = 0"),
    ),
)

interests = Table(
    "interests",
    metadata,
    Column("workspace", Key, primary_key=True),
    Column("type", Key, primary_key=True),
    Column("digest", Key, primary_key=True),
    Column("created_at", Seconds, nullable=False),
    Column("used_at", Seconds, nullable=False),
    Column("expressions", Document, nullable=False),
)

event_keys = Table(
    "event_keys",
    metadata,
    Column("workspace", Key, primary_key=True),
    Column("interest", Key, primary_key=True),
    Column("key", Key, primary_key=True),
    Column("event", Count, primary_key=True),
    Index("event_keys_by_event", "event"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("serial", Serial, primary_key=True, autoincrement=True),
    Column("workspace", Key, nullable=False),
    Column("interest", Key, nullable=False),
    Column("key", Key, nullable=False),
    Column("subscriber", Key, nullable=False),
    Column("path", Key, nullable=False),
    Column("position", Count, nullable=False),
    Column("since", Seconds, nullable=False),
    Column("filter", Document, nullable=False),
    Index("subscriptions_by_place", "workspace", "interest", "key", "serial"),
    Index("subscriptions_by_subscriber", "subscriber", "path"),
)

schedules = Table(
    "schedules",
    metadata,
    Column("id", Key, primary_key=True),
    Column("workspace", Key, nullable=False),
    Column("owner", Key, nullable=False),
    Column("namespace", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("kind", Key, nullable=False),
    Column("version", Key, nullable=False),
    Column("created_at", Seconds, nullable=False),
    Column("next_at", Seconds),
    Column("claimed_until", Seconds),
    Column("last_at", Seconds),
    Column("last_run", Key),
    Column("paused_at", Seconds),
    Column("revision", Count, nullable=False),
    Column("problem", Words),
    Column("rule", Document, nullable=False),
    UniqueConstraint("workspace", "namespace", "name", "kind"),
    Index(
        "schedules_due",
        "next_at",
        "id",
        sqlite_where=text("paused_at IS NULL AND next_at IS NOT NULL"),
        postgresql_where=text("paused_at IS NULL AND next_at IS NOT NULL"),
    ),
    Index(
        "schedules_following",
        "last_run",
        sqlite_where=text("kind = 'after' AND next_at IS NULL"),
        postgresql_where=text("kind = 'after' AND next_at IS NULL"),
    ),
)

gathered = Table(
    "gathered",
    metadata,
    Column("schedule", Key, primary_key=True),
    Column("event", Count, primary_key=True),
    Column("crowd", Key, nullable=False),
    Column("start", Key),
    Column("is_done", Count, nullable=False),
    Column("matches", Document, nullable=False),
    Index("gathered_by_crowd", "schedule", "is_done", "crowd", "event"),
    Index("gathered_by_event", "event"),
)
