"""Lengths of time, in seconds or with a unit."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
PATTERN = r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$"


def _seconds(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = re.match(PATTERN, value)
    if found is None:
        raise PydanticCustomError(
            "duration", "Write seconds (30) or a duration such as 500ms, 30s, 15m, 24h or 7d"
        )
    unit = found.group(2)
    return float(value.removesuffix(unit)) * _UNITS[unit]


Seconds = Annotated[
    float,
    Field(gt=0),
    BeforeValidator(_seconds),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0},
                {"type": "string", "pattern": PATTERN},
            ]
        }
    ),
]
