"""The twelve tasks. A task's kind is the first of these keys that it has."""

from typing import Final

from podium.workflows.documents.language.calls import ARGUMENTS
from podium.workflows.documents.language.events import READ
from podium.workflows.documents.language.shapes import (
    FLAG,
    MAPPING,
    TEXT,
    TEXT_OR_MAPPING,
    TEXTS,
    Shape,
    by_key,
    by_type,
    closed,
    exactly_one,
    named,
    one_of,
    opened,
    ref,
)

_EVERY_TASK: Final[Shape] = {
    "if": TEXT,
    "input": ref("input"),
    "output": ref("output"),
    "export": ref("output"),
    "timeout": ref("timeout"),
    "then": TEXT,
    "metadata": MAPPING,
}


def _task(members: Shape, *required: str) -> Shape:
    return closed({**_EVERY_TASK, **members}, *required)


def _call() -> Shape:
    """By the word under `call`; every other word is the name of a function."""
    shape: Shape = _task({"call": TEXT, "with": MAPPING}, "call")
    for name in ARGUMENTS:
        other: Shape = {
            "if": {"properties": {"call": {"const": name}}},
            "then": _task({"call": TEXT, "with": ref(f"{name}-arguments")}, "call", "with"),
            "else": shape,
        }
        shape = other
    return shape


_LIFETIME: Final[Shape] = {
    **closed(
        {"cleanup": one_of("always", "never", "eventually"), "after": ref("duration")}, "cleanup"
    ),
    "if": {"properties": {"cleanup": {"const": "eventually"}}},
    "then": {"required": ["after"]},
    "else": {"properties": {"after": False}},
    "x-says": "'after' belongs to cleanup: eventually.",
}
_CONTAINER: Final = closed(
    {
        "image": TEXT,
        "name": TEXT,
        "command": TEXT,
        "ports": MAPPING,
        "volumes": MAPPING,
        "environment": MAPPING,
        "stdin": TEXT,
        "arguments": TEXTS,
        "lifetime": _LIFETIME,
        "pullPolicy": one_of("ifNotPresent", "always", "never"),
    },
    "image",
)
_ARGUMENTS: Final[Shape] = {
    "type": ["array", "object"],
    "items": TEXT,
    "x-says": "Write a list of texts.",
}
"""The specification has a list; before 1.0.3, in the Java SDK and perhaps again, a mapping."""
_SHARED_BY_PROGRAMS: Final[Shape] = {
    "stdin": TEXT,
    "arguments": _ARGUMENTS,
    "environment": MAPPING,
}
_SCRIPT: Final = by_key(
    [
        (key, closed({"language": TEXT, key: shape, **_SHARED_BY_PROGRAMS}, "language"))
        for key, shape in (("code", TEXT), ("source", ref("resource")))
    ],
    says="Write the script under 'code', or where it is under 'source'.",
)
_RUN: Final = exactly_one(
    {
        "container": _CONTAINER,
        "script": _SCRIPT,
        "shell": closed({"command": TEXT, **_SHARED_BY_PROGRAMS}, "command"),
        "workflow": closed(
            {"namespace": TEXT, "name": TEXT, "version": TEXT, "input": MAPPING},
            "namespace",
            "name",
            "version",
        ),
    },
    beside={"await": FLAG, "return": one_of("stdout", "stderr", "code", "all", "none")},
    says="Write one of container, script, shell or workflow.",
)
_EMIT: Final = closed(
    {"event": opened({"with": {**ref("event"), "required": ["type"]}})},
    "event",
)
_FOR: Final = closed(
    {
        "each": TEXT,
        "in": {"type": ["string", "array"], "items": MAPPING},
        "at": TEXT,
    },
    "in",
)
_CASES: Final[Shape] = {
    "type": "array",
    "minItems": 1,
    "items": named(closed({"when": TEXT, "then": TEXT}, "then")),
}
_CATCH: Final = closed(
    {
        "errors": opened({"with": ref("error-filter")}),
        "as": TEXT,
        "when": TEXT,
        "exceptWhen": TEXT,
        "retry": by_type(
            text=TEXT, mapping=ref("retry"), says="Write a retry policy or the name of one."
        ),
        "do": ref("tasks"),
        "then": TEXT,
    }
)

KINDS: Final[tuple[tuple[str, Shape], ...]] = (
    ("call", _call()),
    ("fork", _task({"fork": closed({"branches": ref("tasks"), "compete": FLAG}, "branches")})),
    ("emit", _task({"emit": _EMIT})),
    ("for", _task({"for": _FOR, "while": TEXT, "do": ref("tasks")}, "do")),
    (
        "listen",
        _task(
            {
                "listen": closed({"to": ref("consumption"), "read": READ}, "to"),
                "foreach": ref("iterator"),
            }
        ),
    ),
    (
        "raise",
        _task(
            {
                "raise": closed(
                    {"error": by_type(text=TEXT, mapping=ref("error"), says="Write an error.")},
                    "error",
                )
            }
        ),
    ),
    ("run", _task({"run": _RUN})),
    ("set", _task({"set": {**TEXT_OR_MAPPING, "minProperties": 1}})),
    ("switch", _task({"switch": _CASES})),
    ("try", _task({"try": ref("tasks"), "catch": _CATCH}, "catch")),
    ("wait", _task({"wait": ref("duration")})),
    ("do", _task({"do": ref("tasks")})),
)

TASKS: Final[dict[str, Shape]] = {
    "task": by_key(
        KINDS,
        says=(
            "A task needs one of call, do, emit, for, fork, listen, raise, run, set, switch, "
            "try or wait."
        ),
    ),
    "tasks": {"type": "array", "items": named(ref("task"))},
}
