"""Checks a document against the schema of the language and says in words what is wrong."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from typing import Final, TypeAlias, cast

import jsonschema_rs

from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.findings import MAX_ERRORS, Findings, label, quoted, shown
from podium.workflows.documents.language import SCHEMA
from podium.workflows.documents.source import is_small, pointer
from podium.workflows.expressions.names import nearest

_WORDS: Final = {
    "object": "a mapping",
    "array": "a list",
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}
_LOOKED_AT: Final = 20
_SMALL: Final = 10_000

Facts: TypeAlias = "Mapping[str, Json]"


@lru_cache(maxsize=1)
def language() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)


def check_language(value: JsonObject, findings: Findings) -> bool:
    """False when the document breaks the schema. Of a large one the first error alone is told."""
    errors = _errors(value)
    of_type = {pointer(*each.instance_path) for each in errors if each.kind.name == "type"}
    for error in errors:
        path = pointer(*error.instance_path)
        if error.kind.name == "type" or path not in of_type:
            _report(_Broken(error, SCHEMA), findings)
    return not errors


def _errors(value: JsonObject) -> Sequence[jsonschema_rs.ValidationError]:
    """The validator makes all errors before it hands out the first, and nothing else runs
    meanwhile: 100,000 of them took two seconds.
    """
    if is_small(value, _SMALL):
        return list(islice(language().iter_errors(value), MAX_ERRORS))
    try:
        language().validate(value)
    except jsonschema_rs.ValidationError as error:
        return [error]
    return []


class _Broken:
    """One error of the validator with the part of the schema that it broke."""

    def __init__(self, error: jsonschema_rs.ValidationError, schema: JsonObject) -> None:
        self.path: str = pointer(*error.instance_path)
        self.keyword: str = error.kind.name
        self.facts: Facts = cast("Facts", error.kind.as_dict())
        self.value: Json = cast("Json", error.instance)
        self.steps: Sequence[str | int] = error.schema_path
        self.message: str = error.message
        self._schema: JsonObject = schema

    def above(self) -> list[JsonObject]:
        """The schemas around the broken keyword, innermost first."""
        here: Json = self._schema
        found: list[JsonObject] = []
        for step in self.steps:
            if isinstance(here, Mapping):
                found.append(here)
                here = here.get(str(step))
            elif isinstance(here, Sequence) and not isinstance(here, str):
                here = here[int(step)]
        return found[::-1]

    def says(self) -> str:
        """The sentence of this value's own schema, not of one around it."""
        steps = [*reversed(self.steps), "", ""]
        for place, schema in enumerate(self.above()):
            says = schema.get("x-says")
            if isinstance(says, str):
                return says
            if steps[place + 1] in {"items", "additionalProperties"}:
                break
            if steps[place + 2] == "properties" and self.keyword != "falseSchema":
                break
        return ""

    def known(self) -> list[str]:
        """Member names that the schema around has."""
        for schema in self.above():
            keys = schema.get("x-keys")
            if isinstance(keys, Sequence):
                return [str(key) for key in keys]
            members = schema.get("properties")
            if isinstance(members, Mapping):
                return [name for name, shape in members.items() if shape is not False]
        return []


def _report(broken: _Broken, findings: Findings) -> None:
    rule = f"schema/{broken.keyword}"
    if broken.keyword == "additionalProperties":
        unexpected = cast("list[str]", broken.facts.get("unexpected", []))
        for name in unexpected:
            message = _unexpected(broken, name)
            findings.error(rule, message, f"{broken.path}{pointer(name)}")
        return
    findings.error(rule, sentence(broken), broken.path)


def _unexpected(broken: _Broken, name: str) -> str:
    known = broken.known()
    near = nearest(name, known)
    listed = "" if near else f" Known here: {quoted(known)}."
    return f"{label(broken.path)} has '{name}', which is not known there.{near}{listed}"


def sentence(broken: _Broken) -> str:
    """What is wrong, with which value, and what to do."""
    special = _SENTENCES.get(broken.keyword)
    if special is not None:
        return special(broken)
    what = f"{label(broken.path)} is {shown(broken.value)}"
    match broken.keyword:
        case "minProperties" | "minItems" | "minLength":
            return f"{label(broken.path)} is empty. Write something or leave it out."
        case "maxProperties":
            names = quoted(broken.value) if isinstance(broken.value, Mapping) else ""
            return f"{label(broken.path)} holds {names} in one entry. Begin each with its own '- '."
        case "pattern" | "anyOf" | "format":
            return f"{what}. {broken.says() or broken.message}"
        case _:
            return f"{label(broken.path)}: {broken.message}. {broken.says()}".strip()


def _type(broken: _Broken) -> str:
    types = cast("list[str]", broken.facts.get("types", []))
    wanted = " or ".join(_WORDS[each] for each in types)
    what = f"{label(broken.path)} is {shown(broken.value)}"
    return f"{what}, expected {wanted}. {broken.says()}".strip()


def _required(broken: _Broken) -> str:
    name = str(broken.facts.get("property", ""))
    present = list(broken.value) if isinstance(broken.value, Mapping) else []
    known = broken.known()
    unknown = [key for key in present[:_LOOKED_AT] if key not in known]
    close = get_close_matches(name, unknown, n=1)
    near = f" Is '{close[0]}' meant to be it?" if close else ""
    return f"{label(broken.path)} needs '{name}'. Add it.{near}"


def _enum(broken: _Broken) -> str:
    what = f"{label(broken.path)} is {shown(broken.value)}"
    options = [str(each) for each in cast("list[Json]", broken.facts.get("options", []))]
    return f"{what}, expected one of {quoted(options)}.{nearest(str(broken.value), options)}"


def _no_choice(broken: _Broken) -> str:
    says = broken.says()
    if isinstance(broken.steps[-1], str) and broken.steps[-1] != "else":
        return f"{label(broken.path)} may not stand here. {says}".strip()
    keys = list(broken.value) if isinstance(broken.value, Mapping) else []
    known = broken.known()
    near = next((text for key in keys[:_LOOKED_AT] if (text := nearest(key, known))), "")
    has = f"has {quoted(keys)}" if keys else "is empty"
    return f"{label(broken.path)} {has}. {says}{near}"


_SENTENCES: Final[Mapping[str, Callable[[_Broken], str]]] = {
    "type": _type,
    "required": _required,
    "enum": _enum,
    "falseSchema": _no_choice,
}
