"""How `MemoryStores` keeps rows and cuts pages."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from enum import StrEnum
from typing import TypeVar, cast

from msgspec import Struct, structs

from podium.adapters.storage import cursors
from podium.gateway.configuration.versions import Version
from podium.governance.approvals import Approval
from podium.identity.ports import Credential, User, Workspace
from podium.kernel.errors import Invalid
from podium.kernel.json import Json
from podium.kernel.paging import Page
from podium.observability.spans import Span
from podium.workflows.runs import Run, WorkflowVersion

T = TypeVar("T", Run, WorkflowVersion, Approval, Span, User, Workspace, Credential, Version)
U = TypeVar("U")

_JSON: dict[type, frozenset[str]] = {
    Run: frozenset({"input", "output", "error", "labels"}),
    Approval: frozenset({"payload", "edited"}),
    WorkflowVersion: frozenset({"document"}),
    Span: frozenset({"attributes"}),
    Version: frozenset({"document"}),
}
_MARKS: dict[str, tuple[type, ...]] = {
    "workflows": (str, str),
    "schedules": (str, str, str),
    "versions": (int,),
}
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _copy(value: Json) -> Json:
    """What a caller changes later must not change what is stored."""
    try:
        return cast("Json", json.loads(json.dumps(value, allow_nan=False)))
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(f"A value cannot be stored as JSON: {error}.") from error


def _words(text: str) -> str:
    return _UNSTORABLE.sub(lambda found: "\u2400" if found[0] == "\0" else "\ufffd", text)


def kept(thing: T) -> T:
    is_struct = isinstance(thing, Struct)
    names = thing.__struct_fields__ if is_struct else tuple(each.name for each in fields(thing))
    changes: dict[str, object] = {}
    for name in names:
        value = cast("object", getattr(thing, name))
        if name in _JSON.get(type(thing), ()):
            changes[name] = _copy(cast("Json", value))
        elif isinstance(value, str) and not isinstance(value, StrEnum):
            changes[name] = _words(value)
    return structs.replace(thing, **changes) if is_struct else replace(thing, **changes)


def page(
    listing: str,
    rows: Iterable[U],
    mark: Callable[[U], cursors.Mark],
    *,
    cursor: str | None,
    limit: int,
    newest_first: bool = False,
) -> Page[U]:
    ordered = sorted(rows, key=mark, reverse=newest_first)
    if cursor is not None:
        after = cursors.read(listing, cursor, _MARKS.get(listing, (float, str)))
        ordered = [
            row for row in ordered if (mark(row) < after if newest_first else mark(row) > after)
        ]
    items = tuple(ordered[:limit])
    if len(ordered) <= limit:
        return Page(items)
    return Page(items, cursors.write(listing, mark(items[-1])))


def by_start(span: Span) -> cursors.Mark:
    return (float(span.started_at), span.id)


def by_time(thing: Run | Approval | User | Credential) -> cursors.Mark:
    return (float(thing.created_at), thing.id)
