"""What a schema says about the members of an object and about the kind of a value.

Only as much as it takes to put values in their places: whether they are right is for the service
to say, whose description may be older than the service.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.bodies import as_object
from podium.workflows.calls.openapi.description import Description
from podium.workflows.documents.findings import shown

_MOST: Final = 64
_PLAIN: Final = frozenset({"string", "integer", "number", "boolean"})
_INTEGER: Final = re.compile(r"[-+]?\d+(?:\.0+)?")
_NUMBER: Final = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_MOST_OPTIONS: Final = 12


@dataclass(frozen=True, slots=True)
class Members:
    """Of an object: the schemas of its properties, and the names of those that it must have.

    `open` is true where the schema says that others may stand beside them, or names none at all. A
    name that it does not know is more often a slip than meant, although JSON Schema would take it.
    """

    properties: Mapping[str, JsonObject]
    required: frozenset[str]
    open: bool


def members(description: Description, schema: JsonObject) -> Members:
    """With everything that `allOf`, `oneOf` and `anyOf` add; what is required in one alternative
    alone is not.
    """
    properties: dict[str, JsonObject] = {}
    required: set[str] = set()
    more: list[bool] = []
    waiting: list[tuple[JsonObject, bool]] = [(schema, True)]
    for _ in range(_MOST):
        if not waiting:
            break
        raw, certain = waiting.pop(0)
        here = description.known(raw)
        for name, each in as_object(here.get("properties")).items():
            _ = properties.setdefault(name, description.known(each))
        if certain:
            required |= {str(name) for name in listed(here.get("required"))}
        if "additionalProperties" in here:
            more.append(here["additionalProperties"] is not False)
        for keyword in ("allOf", "oneOf", "anyOf"):
            sure = certain and keyword == "allOf"
            waiting += [(as_object(each), sure) for each in listed(here.get(keyword))]
    # Some vendors require what they do not describe: it may be given, but nobody has to know it.
    needed = {n for n in required if n in properties and not properties[n].get("readOnly")}
    properties |= {name: {} for name in required if name not in properties}
    return Members(properties, frozenset(needed), all(more) if more else not properties)


def kinds(schema: JsonObject) -> frozenset[str]:
    """The types that it allows; empty where it does not say."""
    said = schema.get("type")
    found = [said] if isinstance(said, str) else [str(each) for each in listed(said)]
    if not found and "properties" in schema:
        return frozenset({"object"})
    if not found and "items" in schema:
        return frozenset({"array"})
    return frozenset(found) - {"null"}


def is_file(schema: JsonObject) -> bool:
    """Bytes, in a form: `file` in 2.0, `binary` in 3.0, a media type of its own in 3.1."""
    if schema.get("type") == "file" or schema.get("format") == "binary":
        return True
    return "contentMediaType" in schema and "contentEncoding" not in schema


def listed(value: Json) -> Sequence[Json]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def trouble(schema: JsonObject, value: Json) -> str:
    """Why a plain value cannot be what the schema says, as it will be written; empty if it can."""
    allowed = kinds(schema)
    if isinstance(value, Mapping) or listed(value):
        what = "a mapping" if isinstance(value, Mapping) else "a list"
        return f"takes {_or(allowed)}, got {what}" if allowed and allowed <= _PLAIN else ""
    text = value if isinstance(value, str) else json.dumps(value)
    options = [each if isinstance(each, str) else json.dumps(each)
               for each in listed(schema.get("enum"))]  # fmt: skip
    if options and text not in options:
        return f"is {shown(value)}, and has to be one of {', '.join(options[:_MOST_OPTIONS])}"
    fits = {"integer": _INTEGER, "number": _NUMBER, "boolean": re.compile("true|false")}
    patterns = [fits.get(kind) for kind in allowed]
    if patterns and all(each is not None and not each.fullmatch(text) for each in patterns):
        return f"is {shown(value)}, and has to be {_or(allowed)}"
    return ""


def _or(kinds: frozenset[str]) -> str:
    names = {"integer": "a whole number", "number": "a number", "boolean": "true or false",
             "string": "a text"}  # fmt: skip
    return " or ".join(names.get(kind, kind) for kind in sorted(kinds))
