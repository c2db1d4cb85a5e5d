"""Checks of literal values against JSON Schemas that others wrote, expressions left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn, cast

import jsonschema_rs

from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.expansion import Shape
from podium.workflows.documents.findings import quoted, shown
from podium.workflows.documents.source import is_small, pointer, values
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


MAX_VALUES: Final = 20_000
MAX_PATTERNS: Final = 500
MAX_PATTERN: Final = 2_000
MAX_LARGE_PATTERNS: Final = 5
_PLAIN: Final = 50_000
_LARGE: Final = 10_000_000
_WORK: Final = 10_000_000
_ERRORS: Final = 20_000
_SMALL: Final = 5_000
_CHARACTERS: Final = 16
_UNBOUNDED: Final = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})


def _no_fetching(uri: str) -> NoReturn:
    raise ValueError(f"{uri} is outside the document, and podium does not fetch schemas")


@dataclass(frozen=True, slots=True)
class _Compiled:
    """`schema` is here so that its identity stays its own."""

    schema: Json
    validator: jsonschema_rs.Validator | None
    trouble: str
    values: int
    is_bounded: bool


class Schemas:
    """The schemas of one document: each is compiled once, and all together may cost so much.

    Nothing else runs while the validator compiles or checks, so that each piece has to be short.
    The pattern for eighty letters of any script takes 15 ms and 4 MB; one that fits `_PLAIN` bytes
    takes 0.2 ms.
    """

    def __init__(self) -> None:
        self._known: dict[int, _Compiled] = {}
        self._patterns: int = MAX_PATTERNS
        self._large: int = MAX_LARGE_PATTERNS
        self._work: int = _WORK
        self._errors: int = _ERRORS

    def trouble(self, schema: Json) -> str:
        """Why this is no JSON Schema that can be used, or ''."""
        return self._compiled(schema).trouble

    def mismatches(self, arguments: JsonObject, schema: JsonObject) -> Iterator[tuple[str, str]]:
        """Pointer below the arguments, and what is wrong there.

        Nothing for an unusable schema, nor for one with references or patterns: what those cost
        is seen only when they run.
        """
        compiled = self._compiled(schema)
        if compiled.validator is None or not compiled.is_bounded:
            return
        product = compiled.values * sum(map(_weight, values(arguments)))
        self._work -= product
        if self._work < 0:
            return
        for error in self._broken(compiled.validator, arguments, large=product > _SMALL):
            value = cast("Json", error.instance)
            if not _depends(value, deep=error.kind.name in _WHOLE):
                yield pointer(*error.instance_path), _sentence(error, schema)

    def _broken(
        self, validator: jsonschema_rs.Validator, arguments: JsonObject, *, large: bool
    ) -> Sequence[jsonschema_rs.ValidationError]:
        """All errors, or the first alone where all may be too many."""
        value = cast("dict[str, object]", arguments)
        if validator.is_valid(value):
            return []
        if not large and self._errors > 0:
            found = list(validator.iter_errors(value))
            self._errors -= len(found)
            return found
        try:
            validator.validate(value)
        except jsonschema_rs.ValidationError as error:
            return [error]
        return []

    def _compiled(self, schema: Json) -> _Compiled:
        known = self._known.get(id(schema))
        if known is None:
            known = self._known[id(schema)] = self._compile(schema)
        return known

    def _compile(self, schema: Json) -> _Compiled:
        if not is_small(schema, MAX_VALUES):
            return _Compiled(schema, None, f"it has more than {MAX_VALUES:,} values", 0, False)
        if fanning := Shape(schema).trouble():
            return _Compiled(schema, None, fanning, 0, False)
        parts = [each for each in values(schema) if isinstance(each, Mapping)]
        patterns = [pattern for part in parts for pattern in _patterns(part)]
        large = self._refused(patterns)
        found = large or _validator(schema, _LARGE if patterns else _PLAIN)
        bounded = not patterns and all(_UNBOUNDED.isdisjoint(part) for part in parts)
        count = sum(1 for _ in values(schema))
        if isinstance(found, str):
            return _Compiled(schema, None, found, count, bounded)
        return _Compiled(schema, found, "", count, bounded)

    def _refused(self, patterns: Sequence[str]) -> str:
        """Why the document has too many, or ''."""
        self._patterns -= len(patterns)
        if self._patterns < 0:
            return f"the document has more than {MAX_PATTERNS} patterns"
        if any(len(each) > MAX_PATTERN for each in patterns):
            return f"a pattern in it has more than {MAX_PATTERN:,} characters"
        self._large -= sum(
            isinstance(_validator({"pattern": each}, _PLAIN), str) for each in patterns
        )
        if self._large < 0:
            return f"the document has more than {MAX_LARGE_PATTERNS} patterns as large as one in it"
        return ""


def trouble(schema: Json) -> str:
    """Of a schema on its own: why it cannot be used, or ''."""
    return Schemas().trouble(schema)


def _validator(schema: Json, most: int) -> jsonschema_rs.Validator | str:
    """Or why not. Patterns are for the engine that runs have: its time grows with the text."""
    try:
        return jsonschema_rs.validator_for(
            cast("bool | dict[str, object]", schema),
            retriever=_no_fetching,
            pattern_options=jsonschema_rs.RegexOptions(size_limit=most),
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        return str(error).splitlines()[0]


def _patterns(part: JsonObject) -> Iterator[str]:
    pattern, below = part.get("pattern"), part.get("patternProperties")
    if isinstance(pattern, str):
        yield pattern
    if isinstance(below, Mapping):
        yield from below


def _weight(value: Json) -> int:
    """Messages repeat the value, so that a long text counts for many values."""
    return 1 + (len(value) // _CHARACTERS if isinstance(value, str) else 0)


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
