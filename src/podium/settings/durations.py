"""Lengths of time, in seconds or with a unit."""

from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from podium.kernel.durations import PATTERN, seconds


def _seconds(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = seconds(value)
    if found is None:
        raise PydanticCustomError(
            "duration", "Write seconds (30) or a duration such as 500ms, 30s, 15m, 24h or 7d"
        )
    return found


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
