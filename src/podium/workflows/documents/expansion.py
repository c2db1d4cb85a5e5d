"""How much a JSON Schema asks for when its references are followed, found without following them.

The validator knows a value again that has come back to the same schema by a circle of references.
It does not know it again where references only fan out: thirty definitions, each of which names
the next one twice, are 3 KB and a thousand million steps.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.source import values

MAX_STEPS: Final = 20_000
"""Steps on the way to one value inside of another; each takes about 12 ns, while nothing else runs.
Of published schemas those of whole languages need some hundreds.
"""
MAX_NESTING: Final = 400
"""Of subschemas, references followed. The validator goes down on the stack of its thread."""
MAX_LOOKUPS: Final = 100_000
"""Parts with an `$id` of their own, for each reference that may mean something in them."""

_LISTS: Final = ("allOf", "anyOf", "oneOf")
_ONES: Final = ("not", "if", "then", "else")
_MAPS: Final = ("dependentSchemas", "dependencies")
_REFS: Final = ("$ref", "$dynamicRef", "$recursiveRef")
_IDS: Final = ("$id", "id")
_ANCHORS: Final = ("$anchor", "$dynamicAnchor")
_OF_MEMBERS: Final = ("additionalProperties", "unevaluatedProperties", "propertyNames")
_OF_ITEMS: Final = ("items", "additionalItems", "unevaluatedItems", "contains")
_PLACED: Final = ("prefixItems", "items")
_LEFT_OVER: Final = ("unevaluatedProperties", "unevaluatedItems")


@dataclass(frozen=True, slots=True)
class Steps:
    """`nesting`: of subschemas below one another; `rest`: what `unevaluated…` looks at again."""

    count: int = 1
    rest: int = 0
    nesting: int = 1


@dataclass(slots=True)
class Shape:
    """A schema with its references resolved; `circular` where one leads back to itself."""

    schema: Json
    circular: bool = False
    _anchors: dict[str, list[JsonObject]] = field(default_factory=dict[str, list[JsonObject]])
    _resources: dict[str, list[JsonObject]] = field(default_factory=dict[str, list[JsonObject]])
    _refs: dict[str, list[JsonObject]] = field(default_factory=dict[str, list[JsonObject]])
    _lookups: int = MAX_LOOKUPS
    _known: dict[int, Steps] = field(default_factory=dict[int, Steps])

    def __post_init__(self) -> None:
        self._index()

    def steps(self) -> Steps:
        """Of the whole schema for each value at most."""
        if not isinstance(self.schema, Mapping):
            return Steps()
        open_: set[int] = set()
        stack: list[JsonObject] = [self.schema]
        while stack:
            part = stack[-1]
            if id(part) in self._known:
                _ = stack.pop()
            elif id(part) in open_:
                self._known[id(part)] = self._sum(part, open_)
                open_.discard(id(part))
                _ = stack.pop()
            else:
                open_.add(id(part))
                below = list(self.below(part))
                self.circular = self.circular or any(id(each) in open_ for each in below)
                stack += [each for each in below if id(each) not in open_]
        return self._known[id(self.schema)]

    def trouble(self) -> str:
        """Why it is not to be used, or ''."""
        steps = self.steps()
        if steps.count > MAX_STEPS:
            return (
                f"its references fan out to more than {MAX_STEPS:,} steps for one value; "
                "let fewer alternatives refer to the same definitions"
            )
        if steps.nesting > MAX_NESTING:
            return f"its subschemas and references nest deeper than {MAX_NESTING} levels"
        if self._lookups < 0:
            return "it has too many references into too many parts with an $id of their own"
        return ""

    def below(self, part: JsonObject) -> Iterator[JsonObject]:
        yield from self.beside(part)
        yield from _mappings(part.get("properties"))
        yield from self.of_each(part, is_object=True)
        yield from self.of_each(part, is_object=False)
        for name in _PLACED:
            yield from _listed(part.get(name))

    def beside(self, part: JsonObject) -> Iterator[JsonObject]:
        """What the same value is held to."""
        for name in _LISTS:
            yield from _listed(part.get(name))
        yield from (each for name in _ONES if isinstance(each := part.get(name), Mapping))
        for name in _MAPS:
            yield from _mappings(part.get(name))
        for name in _REFS:
            if isinstance(ref := part.get(name), str):
                yield from self._targets(ref)

    @staticmethod
    def of_each(part: JsonObject, *, is_object: bool) -> Iterator[JsonObject]:
        """What any member of the value, or any item, may be held to."""
        names = _OF_MEMBERS if is_object else _OF_ITEMS
        yield from (each for name in names if isinstance(each := part.get(name), Mapping))
        if is_object:
            yield from _mappings(part.get("patternProperties"))

    def _sum(self, part: JsonObject, open_: set[int]) -> Steps:
        """Members have different names, so that of `properties` one is on the way to a value."""

        def known(each: JsonObject) -> Steps:
            return Steps() if id(each) in open_ else self._known.get(id(each), Steps())

        beside = [known(each) for each in self.beside(part)]
        each = [known(one) for kind in (True, False) for one in self.of_each(part, is_object=kind)]
        named = [known(one) for one in _mappings(part.get("properties"))]
        named += [
            known(one) for name in ("prefixItems", "items") for one in _listed(part.get(name))
        ]
        rest = sum(one.count + one.rest for one in beside)
        count = weight(part) + sum(one.count for one in [*beside, *each])
        count += max((one.count for one in named), default=0)
        if any(name in part for name in _LEFT_OVER):
            count += rest
        nesting = 1 + max((one.nesting for one in [*beside, *each, *named]), default=0)
        most = MAX_STEPS + 1  # larger ones would be numbers of a thousand digits
        return Steps(min(count, most), min(rest, most), nesting)

    def _targets(self, ref: str) -> Sequence[JsonObject]:
        """All that it may mean: the same name may stand in several parts. One of them is used."""
        found = self._refs.get(ref)
        if found is None:
            each = {id(one): one for one in self._candidates(ref)}
            found = self._refs[ref] = list(each.values())
        return found

    def _candidates(self, ref: str) -> Iterator[JsonObject]:
        before, _, fragment = ref.partition("#")
        if before:
            bases = self._resources.get(before.rpartition("/")[2], [])
        else:
            bases = [self.schema, *(one for each in self._resources.values() for one in each)]
        if fragment and not fragment.startswith("/"):
            yield from self._anchors.get(fragment, ())
            return
        self._lookups -= len(bases)
        if self._lookups < 0:
            return
        for base in bases:
            found = _pointed(base, fragment)
            if found is not None:
                yield found

    def _index(self) -> None:
        for part in values(self.schema):
            if not isinstance(part, Mapping):
                continue
            for name in _ANCHORS:
                if isinstance(anchor := part.get(name), str):
                    self._anchors.setdefault(anchor, []).append(part)
            for name in _IDS:
                if isinstance(own := part.get(name), str):
                    before, _, fragment = own.partition("#")
                    where = self._anchors if fragment else self._resources
                    key = fragment or before.rpartition("/")[2]
                    where.setdefault(key, []).append(part)


def weight(part: JsonObject) -> int:
    """Each keyword is a step, and each member that has to be there."""
    required = part.get("required")
    return 1 + len(part) + (len(required) if isinstance(required, Sequence) else 0)


def _listed(value: Json) -> Iterator[JsonObject]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        yield from (each for each in value if isinstance(each, Mapping))


def _mappings(value: Json) -> Iterator[JsonObject]:
    if isinstance(value, Mapping):
        yield from (each for each in value.values() if isinstance(each, Mapping))


def _pointed(value: Json, pointer: str) -> JsonObject | None:
    for step in pointer.split("/")[1:]:
        key = unquote(step).replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, Sequence) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value if isinstance(value, Mapping) else None
