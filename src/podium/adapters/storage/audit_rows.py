"""How deeds and calls become rows of the audit trail, within the transaction of what was done."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, exists, select

from podium.adapters.storage.audit_tables import audit_entries
from podium.adapters.storage.database import Database
from podium.adapters.storage.prepared import Command, Prepared, Rows
from podium.adapters.storage.tables import runs
from podium.governance.audit.events import (
    MODEL_CALL,
    Entry,
    Event,
    entry_of,
    entry_of_many,
    event_of,
)
from podium.kernel.audit import Deed, Outcome
from podium.kernel.clock import Chance, Clock
from podium.kernel.ids import Ids, RunId
from podium.kernel.json import Json
from podium.observability import genai
from podium.observability.spans import Span, SpanKind, SpanStatus

_NAMES: Final = Entry.__struct_fields__


class AuditRows:
    """Makes rows, and puts them in; a row that is there already stays as it is."""

    def __init__(self, database: Database, clock: Clock, chance: Chance) -> None:
        dialect = database.engine.dialect
        self._clock: Clock = clock
        self._ids: Ids = Ids(clock, chance)
        new = database.insert(audit_entries).on_conflict_do_nothing(index_elements=["id"])
        self._shared: bool = database.shared
        self._rows: Rows = Rows(dialect, new, _NAMES)
        self._add: Prepared = self._rows.one
        values = [bindparam(name, type_=audit_entries.c[name].type) for name in _NAMES]
        there = exists().where(runs.c.id == bindparam("run"))
        given = select().add_columns(*values).where(there)
        self._add_where_run: Prepared = Prepared(
            dialect, database.insert(audit_entries).from_select(list(_NAMES), given)
        )

    def keep(self, connection: Connection, deeds: Sequence[Deed]) -> None:
        self._put(connection, [_row(entry) for entry in self._entries(deeds)])

    def keep_calls(self, connection: Connection, spans: Iterable[Span]) -> None:
        self._put(connection, [_row(entry) for entry in entries_of(spans)])

    def _put(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        if self._shared:
            for row in rows:
                _ = self._add.changes(connection, row)
        else:
            self._rows.insert(connection, [self._add.bound(row) for row in rows])

    def of_calls(self, spans: Iterable[Span]) -> Sequence[Command]:
        return [Command(self._add, _row(entry)) for entry in entries_of(spans)]

    def of_run(self, run: RunId, deeds: Sequence[Deed]) -> Sequence[Command]:
        """Told where that run is stored; not where another one has its idempotency key."""
        return [
            Command(self._add_where_run, {**_row(entry), "run": run})
            for entry in self._entries(deeds)
        ]

    def _entries(self, deeds: Iterable[Deed]) -> Iterator[Entry]:
        now = self._clock.now()
        return (entry_of(event_of(deed, self._ids.audit(), now)) for deed in deeds)


def _row(entry: Entry) -> Mapping[str, object]:
    return {
        "id": entry.id,
        "workspace": entry.workspace,
        "at": entry.at,
        "action": entry.action,
        "actor": entry.actor,
        "resource": entry.resource,
        "outcome": entry.outcome,
        "events": entry.events,
        "body": entry.body,
    }


def entries_of(spans: Iterable[Span]) -> Iterator[Entry]:
    """Calls to models. Those from outside that are stored at once share an entry, which costs the
    request path a tenth of a row for each; those of a run have one each, whose id is that of the
    span, so that a replay tells nothing twice.
    """
    outside: defaultdict[str, list[Event]] = defaultdict(list)
    for span in spans:
        if span.kind is not SpanKind.MODEL or span.ended_at is None:
            continue
        if span.run:
            yield entry_of(_call(span, f"{span.run}:{span.id}"))
        else:
            id = str(span.attributes.get(genai.CALL) or span.id)
            outside[span.workspace].append(_call(span, id))
    for workspace in sorted(outside):
        yield entry_of_many(sorted(outside[workspace], key=_id))


def _id(event: Event) -> str:
    return event.id


def _call(span: Span, id: str) -> Event:
    said = span.attributes
    details: dict[str, Json] = {
        "model": span.model or "",
        "provider": said.get(genai.PROVIDER, ""),
        "input_tokens": span.input_tokens,
        "output_tokens": span.output_tokens,
        "cost": span.cost,
    }
    return Event(
        id=id,
        at=span.started_at,
        workspace=span.workspace,
        action=MODEL_CALL,
        actor=span.run or str(said.get("podium.user", "")),
        actor_kind="run" if span.run else "user",
        kind="model",
        resource=str(said.get(genai.REQUEST_MODEL) or span.model or span.name),
        outcome=_OUTCOMES[span.status],
        via=str(said.get("podium.key", "")),
        trace=span.trace,
        details=details,
    )


_OUTCOMES: Final = {
    SpanStatus.OK: Outcome.ALLOWED.value,
    SpanStatus.ERROR: Outcome.FAILED.value,
    SpanStatus.OPEN: Outcome.ALLOWED.value,
}
