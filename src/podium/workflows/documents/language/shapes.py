"""The few shapes that the language is made of."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from podium.kernel.json import Json

Shape: TypeAlias = "dict[str, Json]"

ANY: Final[Shape] = {}
TEXT: Final[Shape] = {"type": "string"}
INTEGER: Final[Shape] = {"type": "integer"}
FLAG: Final[Shape] = {"type": "boolean"}
MAPPING: Final[Shape] = {"type": "object"}
TEXT_OR_MAPPING: Final[Shape] = {"type": ["string", "object"]}
TEXTS: Final[Shape] = {"type": "array", "items": TEXT}
NAME: Final[Shape] = {"type": "string", "minLength": 1}


def ref(name: str) -> Shape:
    return {"$ref": f"#/$defs/{name}"}


def closed(members: Mapping[str, Json], *required: str) -> Shape:
    """An object with these members and no others."""
    return {**opened(members, *required), "additionalProperties": False}


def opened(members: Mapping[str, Json], *required: str) -> Shape:
    """An object with these members and any others."""
    return {"type": "object", "properties": dict(members), "required": list(required)}


def table(values: Shape) -> Shape:
    """An object with free names."""
    return {"type": "object", "additionalProperties": values}


def named(value: Shape) -> Shape:
    """A list entry: one name and what it names."""
    return {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": value,
    }


def one_of(*words: str) -> Shape:
    return {"type": "string", "enum": list(words)}


def pattern(expression: str, says: str) -> Shape:
    return {"type": "string", "pattern": expression, "x-says": says}


def by_type(*, text: Shape, mapping: Shape, says: str = "") -> Shape:
    """A string of one shape or an object of another."""
    return {
        "type": ["string", "object"],
        "if": {"type": "string"},
        "then": text,
        "else": {"if": {"type": "object"}, "then": mapping},
        "x-says": says,
    }


def by_key(choices: Sequence[tuple[str, Shape]], *, says: str) -> Shape:
    """The object's shape is that of the first of these keys that it has."""
    shape: Shape | bool = False
    for key, choice in reversed(choices):
        shape = {"if": {"required": [key]}, "then": choice, "else": shape}
    return {
        "type": "object",
        "if": {"type": "object"},
        "then": shape,
        "x-says": says,
        "x-keys": [key for key, _ in choices],
    }


def exactly_one(
    choices: Mapping[str, Shape], *, says: str, beside: Mapping[str, Json] | None = None
) -> Shape:
    """An object with one of these members, and `beside` it what may always stand there."""
    others = dict(beside or {})
    return by_key(
        [(key, closed({key: shape, **others})) for key, shape in choices.items()], says=says
    )
