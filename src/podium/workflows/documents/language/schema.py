"""The whole document."""

from typing import Final

from podium.workflows.documents.language.calls import CALLS
from podium.workflows.documents.language.events import EVENTS, READ
from podium.workflows.documents.language.shapes import (
    MAPPING,
    TEXT,
    TEXTS,
    Shape,
    closed,
    named,
    one_of,
    opened,
    ref,
    table,
)
from podium.workflows.documents.language.tasks import TASKS
from podium.workflows.documents.language.values import LABEL, VALUES, VERSION

_DOCUMENT: Final = closed(
    {
        "dsl": VERSION,
        "namespace": LABEL,
        "name": LABEL,
        "version": VERSION,
        "title": TEXT,
        "summary": TEXT,
        "tags": MAPPING,
        "metadata": MAPPING,
    },
    "dsl",
    "namespace",
    "name",
    "version",
)
_EXTENSION: Final = closed(
    {
        "extend": one_of(
            "call",
            "composite",
            "emit",
            "for",
            "listen",
            "raise",
            "run",
            "set",
            "switch",
            "try",
            "wait",
            "all",
        ),
        "when": TEXT,
        "before": ref("tasks"),
        "after": ref("tasks"),
    },
    "extend",
)
_USE: Final = closed(
    {
        "authentications": table(ref("authentication-policy")),
        "errors": table(ref("error")),
        "extensions": {"type": "array", "items": named(_EXTENSION)},
        "functions": table(ref("task")),
        "retries": table(ref("retry")),
        "secrets": TEXTS,
        "timeouts": table(ref("timeout-policy")),
        "catalogs": table(ref("catalog")),
    }
)
_SCHEDULE: Final[Shape] = {
    **closed(
        {
            "every": ref("duration"),
            "cron": TEXT,
            "after": ref("duration"),
            "on": ref("consumption"),
            "read": READ,
        }
    ),
    "dependentRequired": {"read": ["on"]},
}

SCHEMA: Final[Shape] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Open Workflow Specification DSL 1.0.3, as podium reads it",
    **opened(
        {
            "document": _DOCUMENT,
            "input": ref("input"),
            "use": _USE,
            "do": ref("tasks"),
            "timeout": ref("timeout"),
            "output": ref("output"),
            "schedule": _SCHEDULE,
            "evaluate": closed({"language": TEXT, "mode": one_of("strict", "loose")}),
        },
        "document",
        "do",
    ),
    "$defs": {**VALUES, **EVENTS, **CALLS, **TASKS},
}
