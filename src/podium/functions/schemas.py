"""Holding values to JSON Schemas that a workflow brings along.

Nothing outside the schema is read: a reference to an address or a file is an error, not a
request. Patterns run on an engine without backtracking.
"""

from collections.abc import Sequence
from functools import lru_cache

import jsonschema_rs

from podium.kernel.errors import Invalid, Problem
from podium.kernel.json import Json, JsonObject, canonical


def problems(schema: JsonObject, value: Json) -> list[Problem]:
    """Each way in which the value breaks the schema. Raises Invalid for a schema that is none."""
    return [
        Problem(error.message, rule=_rule(error.schema_path), path=pointer(error.instance_path))
        for error in _validator(canonical(schema)).iter_errors(value)
    ]


def check(schema: JsonObject) -> None:
    """Raises Invalid for a schema that is none."""
    _ = _validator(canonical(schema))


@lru_cache(maxsize=256)
def _validator(schema: bytes) -> jsonschema_rs.Validator:
    try:
        return jsonschema_rs.validator_for(
            schema.decode(), offline=True, pattern_options=jsonschema_rs.RegexOptions()
        )
    except ValueError as error:
        said = str(error).split("\n", 1)[0]
        raise Invalid(f"The schema is not valid: {said} Correct it in the workflow.") from error


def pointer(path: Sequence[str | int]) -> str:
    """An RFC 6901 pointer; "" is the whole value."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def _rule(path: Sequence[str | int]) -> str:
    words = [part for part in path if isinstance(part, str)]
    return words[-1] if words else "schema"
