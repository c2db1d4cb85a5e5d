"""Values that fit the schemas of an interface's description, made from nothing else."""

from collections import Counter

from podium.workflows.calls.bodies import is_binary, media
from podium.workflows.calls.openapi.description import Description
from podium.workflows.calls.openapi.operation import In, Operation
from podium.workflows.calls.openapi.payload import chosen, whole_name
from podium.workflows.calls.openapi.schemas import is_file, kinds, listed, members

PLAIN = {"integer": 7, "number": 1.5, "boolean": True, "string": "x y/ü&"}
DEEPEST = 4


def value(description: Description, given: object, depth: int = 0) -> object:  # noqa: C901, PLR0911, PLR0912 - one line a keyword
    """One that the schema allows, as far as types and enums go; recursion ends in little."""
    schema = description.known(given)
    for word in ("example", "default", "const"):
        if word in schema and not isinstance(schema[word], dict | list):
            return schema[word]
    if schema.get("enum"):
        return schema["enum"][0]
    for word in ("allOf", "oneOf", "anyOf"):
        if listed(schema.get(word)) and "properties" not in schema:
            if word == "allOf" or "object" in kinds(description.known(schema[word][0])):
                return an_object(description, schema, depth)
            return value(description, schema[word][0], depth)
    kind = next(iter(sorted(kinds(schema))), "object" if depth == 0 else "string")
    if is_file(schema):
        return "aGk="
    if kind == "array":
        return [value(description, schema.get("items"), depth + 1)]
    if kind == "object":
        return an_object(description, schema, depth)
    return PLAIN.get(kind, "x")


def an_object(description: Description, schema: object, depth: int) -> dict[str, object]:
    known = members(description, schema)
    names = list(known.properties) if depth == 0 else sorted(known.required)
    if depth >= DEEPEST:
        return {}
    return {
        name: value(description, known.properties.get(name, {}), depth + 1)
        for name in names
        if not known.properties.get(name, {}).get("readOnly")
    }


def parameters(operation: Operation) -> dict[str, object]:
    """Every parameter, and every property of the body, or the body as a whole."""
    description = operation.description
    times = Counter(each.name for each in operation.parameters)
    given = {
        each.name if times[each.name] == 1 else f"{each.place}.{each.name}": value(
            description, each.schema, 1 if each.place is not In.QUERY else 0
        )
        for each in operation.parameters
    }
    if operation.body is not None:
        way = chosen(description, operation.body, ())
        whole = whole_name(operation.body, way.known)
        made = value(description, way.content.schema)
        if is_binary(way.kind):
            made = "aGk="
        if media(way.kind) == "multipart/form-data" and not isinstance(made, dict):
            made = {"file": "aGk="}  # one vendor describes the parts themselves and not their names
        clash = isinstance(made, dict) and set(made) & set(given)
        if isinstance(made, dict) and made and not clash and set(made) <= set(way.known.properties):
            given |= made
        elif whole:
            given[whole] = made
        else:
            given |= {name: each for name, each in made.items() if name not in given}
    return given
