"""Checks of literal values against JSON Schemas that others wrote, expressions left out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NoReturn, cast

import jsonschema_rs

from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.findings import quoted, shown
from podium.workflows.documents.source import pointer
from podium.workflows.expressions.expression import is_expression
from podium.workflows.expressions.names import nearest

_WHOLE: Final = frozenset(
    {
        "anyOf",
        "oneOfNotValid",
        "oneOfMultipleValid",
        "oneOf",
        "not",
        "enum",
        "const",
        "constant",
        "uniqueItems",
        "contains",
        "propertyNames",
    }
)


def _no_fetching(uri: str) -> NoReturn:
    raise ValueError(f"{uri} is outside the document, and podium does not fetch schemas")


def trouble(schema: Json) -> str:
    """Why this is no JSON Schema that can be used, or ''."""
    try:
        _ = _validator(schema)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        return str(error).splitlines()[0]
    return ""


def _validator(schema: Json) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(
        cast("bool | dict[str, object]", schema), retriever=_no_fetching
    )


def mismatches(arguments: JsonObject, schema: JsonObject) -> Iterator[tuple[str, str]]:
    """Pointer below the arguments, and what is wrong there; nothing for an unusable schema."""
    if trouble(schema):
        return
    for error in _validator(schema).iter_errors(arguments):
        value = cast("Json", error.instance)
        if _depends(value, deep=error.kind.name in _WHOLE):
            continue
        yield pointer(*error.instance_path), _sentence(error, schema)


def _depends(value: Json, *, deep: bool) -> bool:
    """An expression is compatible with everything until it is evaluated."""
    if is_expression(value):
        return True
    if not deep or isinstance(value, str):
        return False
    if isinstance(value, Mapping):
        return any(_depends(each, deep=True) for each in value.values())
    return isinstance(value, Sequence) and any(_depends(each, deep=True) for each in value)


def _sentence(error: jsonschema_rs.ValidationError, schema: JsonObject) -> str:
    name = ".".join(str(step) for step in error.instance_path)
    facts = cast("Mapping[str, Json]", error.kind.as_dict())
    if error.kind.name == "required":
        return f"the argument '{facts.get('property')}' is missing{f' in {name}' if name else ''}."
    if error.kind.name == "additionalProperties" and not name:
        members = schema.get("properties")
        known = list(members) if isinstance(members, Mapping) else []
        unexpected = [str(each) for each in cast("Sequence[Json]", facts.get("unexpected", ()))]
        near = nearest(unexpected[0], known) if unexpected else ""
        return f"there is no argument {quoted(unexpected)}.{near} Known: {quoted(known)}."
    where = f"'{name}'" if name else "the arguments"
    return f"{where} {shown(cast('Json', error.instance))} does not fit: {error.message}."
