"""What an entry of the trail says: one event, or those of many calls that were stored at once.

The body of an entry is JSON in ASCII, stored and hashed as it was written: nobody has to spell it
again in the same way.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from msgspec import Struct, convert
from msgspec import json as msgjson

from podium.kernel.audit import Deed
from podium.kernel.errors import Invalid

MODEL_CALL: Final = "model.call"


class Event(Struct, frozen=True, omit_defaults=True):
    """`at` is seconds since 1970. Of the actor: `kind`, `id` and the key that it came with."""

    id: str
    at: float
    workspace: str
    action: str
    actor: str
    actor_kind: str
    kind: str
    resource: str
    outcome: str
    via: str = ""
    policy: str = ""
    source: str = ""
    request: str = ""
    trace: str = ""
    details: Mapping[str, object] = {}


class Entry(Struct, frozen=True):
    """A row. What it says besides its body is for finding it, and has to agree with it."""

    id: str
    workspace: str
    at: float
    action: str
    actor: str
    resource: str
    outcome: str
    events: int
    body: str


@dataclass(frozen=True, slots=True)
class Stored:
    """`position` counts from 0 in the tree; None while it is not sealed."""

    serial: int
    entry: Entry
    position: int | None = None


def event_of(deed: Deed, id: str, at: float) -> Event:
    origin = deed.origin
    return Event(
        id=id,
        at=at,
        workspace=origin.workspace,
        action=deed.action,
        actor=origin.actor.id,
        actor_kind=origin.actor.kind,
        kind=deed.kind,
        resource=deed.id,
        outcome=deed.outcome.value,
        via=origin.actor.via,
        policy=deed.policy,
        source=origin.source,
        request=origin.request,
        trace=origin.trace,
        details=deed.details,
    )


def _body(events: Sequence[Event]) -> str:
    """In ASCII, so that both databases take whatever text it holds."""
    try:
        said = msgjson.encode(events)
        return said.decode("ascii")
    except UnicodeError:
        return json.dumps(_plain(events), separators=(",", ":"))


def _plain(events: Sequence[Event]) -> list[dict[str, object]]:
    names = Event.__struct_fields__
    return [{name: cast("object", getattr(event, name)) for name in names} for event in events]


def entry_of(event: Event) -> Entry:
    return Entry(
        id=event.id,
        workspace=event.workspace,
        at=event.at,
        action=event.action,
        actor=event.actor,
        resource=event.resource,
        outcome=event.outcome,
        events=1,
        body=_body([event]),
    )


def entry_of_many(events: Sequence[Event]) -> Entry:
    """Of one workspace and one action; actor and resource stand in the body alone."""
    first = events[0]
    if len(events) == 1:
        return entry_of(first)
    return Entry(
        id=first.id,
        workspace=first.workspace,
        at=first.at,
        action=first.action,
        actor="",
        resource="",
        outcome="",
        events=len(events),
        body=_body(events),
    )


def events_in(body: str) -> tuple[Event, ...]:
    """Raises Invalid for what is no body of an entry."""
    try:
        return tuple(convert(json.loads(body), list[Event]))
    except (ValueError, RecursionError) as error:
        raise Invalid(f"An entry of the audit trail cannot be read: {error}.") from error


def agrees(entry: Entry) -> bool:
    """Whether the columns of a row say what its body says."""
    try:
        events = events_in(entry.body)
    except Invalid:
        return False
    return bool(events) and entry_of_many(events) == Entry(
        entry.id,
        entry.workspace,
        entry.at,
        entry.action,
        entry.actor,
        entry.resource,
        entry.outcome,
        entry.events,
        _body(events),
    )
