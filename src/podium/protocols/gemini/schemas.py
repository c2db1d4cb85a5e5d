"""JSON Schemas as Gemini takes them.

It knows the keywords of `_KEPT` and refuses others. What it lacks is said with what it has
(`const`, `allOf`, exclusive bounds, `nullable`) or left out: the answer is then freer than asked.
Source: https://ai.google.dev/gemini-api/docs/structured-output, "JSON Schema support".
"""

from collections.abc import Mapping, Sequence
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.protocols.shapes import Misshapen

_DEEPEST: Final = 64
_KEPT: Final = frozenset(
    {
        "$anchor",
        "$id",
        "additionalProperties",
        "anyOf",
        "description",
        "enum",
        "format",
        "items",
        "maxItems",
        "maximum",
        "minItems",
        "minimum",
        "oneOf",
        "prefixItems",
        "properties",
        "propertyOrdering",
        "required",
        "title",
        "type",
    }
)
_MAPS: Final = frozenset({"properties", "$defs"})
_LISTS: Final = frozenset({"anyOf", "oneOf", "prefixItems"})
_BOUNDS: Final = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
_JOINED: Final = frozenset({"properties", "$defs"})


def cleaned(schema: JsonObject, at: str) -> dict[str, Json]:
    """Raises Misshapen where it is nested too deeply."""
    return _schema(schema, at, _DEEPEST)


def _schema(schema: JsonObject, at: str, left: int) -> dict[str, Json]:
    if not left:
        raise Misshapen(at, f"is nested more than {_DEEPEST} levels deep")
    if "$ref" in schema:
        # Beside a reference Gemini takes only what begins with $.
        kept = {key: value for key, value in schema.items() if key in {"$defs", "definitions"}}
        return {"$ref": _reference(schema["$ref"]), **_members(kept, at, left)}
    made = _members(schema, at, left)
    for part in _schemas(schema.get("allOf")):
        made = _merged(made, _schema(part, f"{at}/allOf", left - 1))
    return made


def _members(schema: JsonObject, at: str, left: int) -> dict[str, Json]:
    made: dict[str, Json] = {}
    for key, value in schema.items():
        name = "$defs" if key == "definitions" else key
        if name in _MAPS and isinstance(value, Mapping):
            made[name] = {
                each: _inner(inner, f"{at}/{name}/{each}", left) for each, inner in value.items()
            }
        elif name in _LISTS:
            made[name] = [_schema(inner, f"{at}/{name}", left - 1) for inner in _schemas(value)]
        elif name in _KEPT:
            made[name] = _inner(value, f"{at}/{name}", left)
        elif name in _BOUNDS and isinstance(value, int | float) and not isinstance(value, bool):
            _ = made.setdefault(_BOUNDS[name], value)
        elif name == "const" and isinstance(value, str | int | float):
            made["enum"] = [value]
    return _typed(made, nullable=schema.get("nullable") is True)


def _typed(made: dict[str, Json], *, nullable: bool) -> dict[str, Json]:
    """`enum` for texts and numbers alone; OpenAPI's `nullable` as JSON Schema has it."""
    values = made.get("enum")
    if isinstance(values, Sequence) and not isinstance(values, str):
        plain = [v for v in values if isinstance(v, str | int | float) and not isinstance(v, bool)]
        if len(plain) == len(values) or None in values:
            made["enum"] = plain
        if len(plain) < len(values) - values.count(None) or not plain:
            del made["enum"]
    kind = made.get("type")
    if nullable and isinstance(kind, str):
        made["type"] = [kind, "null"]
    return made


def _inner(value: Json, at: str, left: int) -> Json:
    return _schema(value, at, left - 1) if isinstance(value, Mapping) else value


def _schemas(value: Json) -> Sequence[JsonObject]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return ()
    return [each for each in value if isinstance(each, Mapping)]


def _merged(one: dict[str, Json], other: dict[str, Json]) -> dict[str, Json]:
    made = {**one, **other}
    for key in _JOINED:
        first, second = one.get(key), other.get(key)
        if isinstance(first, Mapping) and isinstance(second, Mapping):
            made[key] = {**first, **second}
    first, second = one.get("required"), other.get("required")
    if isinstance(first, list) and isinstance(second, list):
        made["required"] = list(dict.fromkeys([*map(str, first), *map(str, second)]))
    return made


def _reference(target: Json) -> Json:
    return target.replace("#/definitions/", "#/$defs/") if isinstance(target, str) else target
