"""Events: what is emitted, what is waited for, what is done with each."""

from typing import Final

from podium.workflows.documents.language.shapes import (
    ANY,
    TEXT,
    Shape,
    by_key,
    closed,
    one_of,
    opened,
    ref,
    table,
)
from podium.workflows.documents.language.values import expression_or

READ: Final = one_of("data", "envelope", "raw")
_UNTIL: Final[Shape] = {
    "type": ["string", "object"],
    "if": {"type": "object"},
    "then": {"allOf": [ref("consumption"), {"properties": {"until": False}}]},
}
_FILTERS: Final[Shape] = {"type": "array", "items": ref("event-filter")}

EVENTS: Final[dict[str, Shape]] = {
    "event": opened(
        {
            "id": TEXT,
            "source": ref("uri-or-expression"),
            "type": TEXT,
            "time": expression_or({"type": "string", "format": "date-time"}),
            "subject": TEXT,
            "datacontenttype": TEXT,
            "dataschema": ref("uri-or-expression"),
            "data": ANY,
        }
    ),
    "event-filter": closed(
        {
            "with": {**ref("event"), "minProperties": 1},
            "correlate": table(opened({"from": TEXT, "expect": TEXT}, "from")),
        },
        "with",
    ),
    "consumption": by_key(
        [
            ("any", closed({"any": _FILTERS, "until": _UNTIL})),
            ("all", closed({"all": _FILTERS})),
            ("one", closed({"one": ref("event-filter")})),
        ],
        says="Write one of 'one', 'any' or 'all' with the events to wait for.",
    ),
    "iterator": closed(
        {
            "item": TEXT,
            "at": TEXT,
            "do": ref("tasks"),
            "output": ref("output"),
            "export": ref("output"),
        }
    ),
}
