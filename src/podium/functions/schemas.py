"""Holding values to JSON Schemas that a workflow brings along.

Nothing outside the schema is read: a reference to an address or a file is an error, not a
request. Patterns run on an engine without backtracking.
"""

from collections.abc import Sequence

from podium.kernel.errors import Invalid, Problem
from podium.kernel.json import Json, JsonObject, canonical
from podium.workflows.schemas import Schema, compiled


def problems(schema: JsonObject, value: Json) -> list[Problem]:
    """Each way in which the value breaks the schema; of a large value perhaps the first alone.

    Raises Invalid for a schema that is none, and for a value that is too large or deep for it.
    """
    return [
        Problem(each.message, rule=each.rule, path=pointer(each.path))
        for each in _compiled(schema).mismatches(value)
    ]


def check(schema: JsonObject) -> None:
    """Raises Invalid for a schema that is none."""
    _ = _compiled(schema)


def _compiled(schema: JsonObject) -> Schema:
    try:
        return compiled(canonical(schema))
    except Invalid as error:
        raise Invalid(
            f"The schema is not valid: {error.message.rstrip('.')}. Correct it in the workflow."
        ) from error


def pointer(path: Sequence[str | int]) -> str:
    """An RFC 6901 pointer; "" is the whole value."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
