"""Each fault with its place and what to do about it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from podium.gateway.catalogue import nearest
from podium.kernel.errors import Problem
from podium.kernel.json import Json, JsonObject, pointer, unescaped
from podium.settings.model import Settings
from podium.settings.routes import NAMED, SPELLED
from podium.settings.secrets import ENV_NAME
from podium.settings.section import NAMED_PATTERN
from podium.workflows.documents.source import Source

_NOT_SHOWN = frozenset({"api_key", "api_key_env", "url", "proxy", "base_url"})
_LONGEST = 60
_NONE: JsonObject = {}


def from_pydantic(error: ValidationError) -> Iterator[Problem]:
    for each in error.errors(include_url=False):
        place = tuple(part for part in each["loc"] if part not in {"[key]", NAMED, SPELLED})
        if _is_other_half(each):
            continue
        yield Problem(_sentence(each, place), f"settings/{_rule(each)}", pointer(*place))


def located(problems: Iterable[Problem], source: Source) -> tuple[Problem, ...]:
    """With line and column, in the order of the file; one for each place and rule."""
    found: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        line, column = source.place(problem.path)
        placed = Problem(problem.message, problem.rule, problem.path, line, column)
        _ = found.setdefault((problem.path, problem.rule), placed)
    return tuple(sorted(found.values(), key=lambda each: (each.line, each.column)))


def located_in(problems: Iterable[Problem], overlay: Source, source: Source) -> tuple[Problem, ...]:
    """With the place in the overlay; where it says nothing of the matter, the sentence says where
    podium.yaml does.
    """
    inside: list[Problem] = []
    outside: list[Problem] = []
    for problem in problems:
        depth = depth_of(problem.path, overlay.value)
        if depth and depth >= depth_of(problem.path, source.value):
            inside.append(problem)
            continue
        line, _ = source.place(problem.path)
        said = f"{problem.message} (That is in {source.name}, line {line}.)" if line else ""
        outside.append(replace(problem, message=said or problem.message))
    return (*located(inside, overlay), *outside)


def depth_of(path: str, value: Json) -> int:
    """How many steps of a JSON pointer there are."""
    for depth, token in enumerate(unescaped(path)):
        if isinstance(value, Mapping) and token in value:
            value = value[token]
        elif isinstance(value, list | tuple) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        else:
            return depth
    return len(unescaped(path))


def _rule(error: ErrorDetails) -> str:
    return {"extra_forbidden": "unknown", "missing": "missing"}.get(error["type"], "value")


def _is_other_half(error: ErrorDetails) -> bool:
    """`EnvName | ""` reports both halves; the one of the empty string says nothing."""
    return error["loc"][-1] == "literal['']"


def _sentence(error: ErrorDetails, place: tuple[str | int, ...]) -> str:
    *above, last = place
    where = ".".join(map(str, place))
    match error["type"]:
        case "extra_forbidden":
            inside = ".".join(map(str, above)) or "podium.yaml"
            return f"'{last}' is no setting of {inside}. {nearest(str(last), _names(above))}"
        case "missing":
            return f"{where} is missing. {_described(above, str(last))}".strip()
        case "string_pattern_mismatch" if "[key]" in error["loc"]:
            return f"'{last}' cannot be a name. Use {NAMED_PATTERN}."
        case "string_pattern_mismatch" if "api_key_env" in place:
            return (
                f"{where.partition('.constrained-str')[0]} takes the name of an environment "
                f"variable, as OPENAI_API_KEY ({ENV_NAME}), not the key itself."
            )
        case _:
            return f"{where}: {error['msg']}{_shown(error, place)}."


def _shown(error: ErrorDetails, place: Sequence[str | int]) -> str:
    """`, got 'x'`, where it is short and cannot be a secret."""
    given = cast("object", error["input"])
    if _NOT_SHOWN & {str(part) for part in place} or "headers" in place:
        return ""
    text = repr(given)
    return f", got {text}" if len(text) <= _LONGEST else ""


def _schema() -> JsonObject:
    return Settings.model_json_schema()


def _names(above: Sequence[str | int]) -> tuple[str, ...]:
    """The settings that exist at a place, out of the JSON Schema."""
    return tuple(_at(above))


def _described(above: Sequence[str | int], name: str) -> str:
    field = _at(above).get(name)
    text = field.get("description") if isinstance(field, Mapping) else ""
    return str(text or "")


def _at(above: Sequence[str | int]) -> JsonObject:
    root = _schema()
    here: Json = root
    for token in above:
        here = _below(_followed(here, root), str(token))
    return _part(_followed(here, root), "properties")


def _below(node: JsonObject, token: str) -> Json:
    properties = node.get("properties")
    if isinstance(properties, Mapping) and token in properties:
        return properties[token]
    if token.isdecimal() and "items" in node:
        return node["items"]
    for key in ("additionalProperties", "patternProperties"):
        inner = node.get(key)
        if isinstance(inner, Mapping) and inner:
            return inner if key == "additionalProperties" else next(iter(inner.values()))
    return None


def _followed(node: Json, root: JsonObject) -> JsonObject:
    """The object schema at a node: through `$ref`, and through the first object of an `anyOf`."""
    if not isinstance(node, Mapping):
        return _NONE
    target = node.get("$ref")
    if isinstance(target, str):
        return _part(_part(root, "$defs"), target.rpartition("/")[2])
    options = node.get("anyOf", node.get("oneOf"))
    if isinstance(options, Sequence):
        return next((f for f in (_followed(o, root) for o in options) if "properties" in f), _NONE)
    return node


def _part(node: JsonObject, key: str) -> JsonObject:
    inner = node.get(key)
    return inner if isinstance(inner, Mapping) else _NONE
