"""Values held to JSON Schemas that anybody wrote: bounded in time and memory.

Whether a value fits takes the validator 12 ns for each step. To say what does not fit it copies the
value for each error, and the errors of alternatives into those above them: that is asked for only
where it is known to be little.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, cast

import jsonschema_rs
import msgspec

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.expansion import Shape, weight
from podium.workflows.documents.schemas import trouble

MAX_DEPTH: Final = 500
"""Levels of a value. The validator goes down on the stack of its thread: 100,000 would end it."""
MAX_WORK: Final = 100_000_000
"""Steps, of about 12 ns at most; nothing else runs meanwhile."""
MAX_TOLD: Final = 200_000
"""Values that errors may copy, of about 400 bytes each."""
MAX_VISITS: Final = 20_000
_SHOWN: Final = 500


@dataclass(frozen=True, slots=True)
class Mismatch:
    """`path` leads to the value at fault, `rule` is the keyword that it breaks."""

    path: Sequence[str | int]
    message: str
    rule: str


@dataclass(frozen=True, slots=True)
class Size:
    count: int
    depth: int


class Schema:
    """Compiled. Raises Invalid for a text that is no schema, or one that asks for too much."""

    def __init__(self, text: bytes) -> None:
        written = cast("bool | JsonObject", msgspec.json.decode(text))
        if reason := trouble(written):
            raise Invalid(reason)
        self._shape: Shape = Shape(written)
        self._steps: int = self._shape.steps().count
        self._alternatives: bool = b'"anyOf"' in text or b'"oneOf"' in text
        self._validator: jsonschema_rs.Validator = jsonschema_rs.validator_for(
            text.decode(), offline=True, pattern_options=jsonschema_rs.RegexOptions()
        )

    def mismatches(self, value: Json) -> list[Mismatch]:
        """What does not fit; of a large value perhaps the first alone, [] where all does.

        Raises Invalid for a value that is too deep, or too large for what the schema asks.
        """
        size = _size(value)
        if self._steps * size.count > MAX_WORK:
            raise Invalid(
                f"The value is too large for its schema: {size.count:,} values at {self._steps:,} "
                f"steps each are over {MAX_WORK:,}. Simplify the schema, or check parts of it."
            )
        if self._validator.is_valid(value):
            return []
        if self._is_told(value, size):
            return [_mismatch(each) for each in self._validator.iter_errors(value)]
        return [self._first(value)]

    def _is_told(self, value: Json, size: Size) -> bool:
        if not self._shape.circular and self._steps * size.count * size.depth <= MAX_TOLD:
            return True
        return _Told(self._shape).is_little(value)

    def _first(self, value: Json) -> Mismatch:
        if self._alternatives:
            return Mismatch(
                (),
                "the value does not fit the schema; podium does not look where, as it is large "
                "for a schema with so many alternatives",
                "schema",
            )
        try:
            self._validator.validate(value)
        except jsonschema_rs.ValidationError as error:
            return _mismatch(error)
        return Mismatch((), "the value does not fit the schema", "schema")


@lru_cache(maxsize=512)
def compiled(text: bytes) -> Schema:
    """Of canonical JSON. Raises Invalid as `Schema` does."""
    return Schema(text)


class _Told:
    """How many values the errors may copy, at most: that they can be listed at all."""

    def __init__(self, shape: Shape) -> None:
        self._shape: Shape = shape
        self._known: dict[tuple[int, int], int] = {}
        self._sizes: dict[int, int] = {}
        self._left: int = MAX_VISITS

    def is_little(self, value: Json) -> bool:
        schema = self._shape.schema
        try:
            return not isinstance(schema, Mapping) or self._count(schema, value) <= MAX_TOLD
        except (RecursionError, _Much):
            return False

    def _count(self, part: JsonObject, value: Json) -> int:
        key = id(part), id(value)
        if (known := self._known.get(key)) is not None:
            return known
        self._left -= 1
        if self._left < 0:
            raise _Much
        self._known[key] = 0  # a reference in a circle that comes back to the same value
        total = weight(part) * self._size(value)
        for each in self._shape.beside(part):
            total += self._count(each, value)
        for each, inner in self._pairs(part, value):
            total += self._count(each, inner)
        if total > MAX_TOLD:
            raise _Much
        self._known[key] = total
        return total

    def _pairs(self, part: JsonObject, value: Json) -> Iterator[tuple[JsonObject, Json]]:
        """What the members or items of the value are held to."""
        every = list(self._shape.of_each(part, is_object=isinstance(value, Mapping)))
        own: Mapping[str | int, Json] = _own(part, value)
        if isinstance(value, Mapping):
            places: Iterable[tuple[str | int, Json]] = value.items()
        else:
            places = enumerate(value) if isinstance(value, list) else ()
        for place, inner in places:
            for each in [*every, own.get(place)]:
                if isinstance(each, Mapping):
                    yield each, inner

    def _size(self, value: Json) -> int:
        if not isinstance(value, Mapping | list):
            return 1 + (len(value) // 16 if isinstance(value, str) else 0)
        known = self._sizes.get(id(value))
        if known is None:
            inner = value.values() if isinstance(value, Mapping) else value
            known = self._sizes[id(value)] = 1 + sum(self._size(each) for each in inner)
        if known > MAX_TOLD:
            raise _Much
        return known


def _own(part: JsonObject, value: Json) -> dict[str | int, Json]:
    """What single members or items are held to, by name or index."""
    if isinstance(value, Mapping):
        named = part.get("properties")
        return {**named} if isinstance(named, Mapping) else {}
    lists = (part.get("prefixItems"), part.get("items"))
    return {n: each for one in lists if isinstance(one, list) for n, each in enumerate(one)}


class _Much(Exception):
    """More than may be told."""


def _size(value: Json) -> Size:
    """Level by level, so that measuring cannot itself go too deep. Raises Invalid."""
    level: list[Json] = [value] if isinstance(value, dict | list) else []
    count = 1
    for depth in range(1, MAX_DEPTH + 1):
        below: list[Json] = []
        for outer in level:
            if isinstance(outer, Mapping):
                below += outer.values()
            elif isinstance(outer, Sequence):
                below += outer
        count += len(below)
        level = [each for each in below if isinstance(each, dict | list)]
        if not level:
            return Size(count, depth)
    raise Invalid(f"The value nests deeper than {MAX_DEPTH} levels. Pass a flatter one.")


def _mismatch(error: jsonschema_rs.ValidationError) -> Mismatch:
    words = [part for part in error.schema_path if isinstance(part, str)]
    message = error.message
    shown = message if len(message) <= _SHOWN else f"{message[:_SHOWN]}…"
    return Mismatch(error.instance_path, shown, words[-1] if words else "schema")
