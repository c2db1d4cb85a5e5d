r"""Which events somebody waits for: attributes, and correlations with what they know.

An attribute that a filter names is

- an expression, which sees the attribute as `.`: true lets the event pass, and so does any value
  that equals the attribute;
- a text: equal, or else a regular expression over the whole attribute where it has one of
  `* + ? [ ] ( ) { } | ^ $ \`, in Rust's dialect, whose time is linear;
- for `data` any JSON: objects ask for the members they name, all else must be equal.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, Protocol, cast

import jsonschema_rs

from podium.kernel.json import Json, JsonObject, canonical, digest
from podium.workflows.events.cloudevents import Event, moment
from podium.workflows.expressions.errors import ExpressionError
from podium.workflows.expressions.expression import is_expression, parse

_PATTERN: Final = re.compile(r"[*+?\[\](){}|^$\\]")


class Evaluator(Protocol):
    """Expressions; raises ExpressionError."""

    async def value(self, template: Json, data: Json, variables: JsonObject) -> Json: ...


@dataclass(frozen=True, slots=True)
class Known:
    """What a correlation must be, as `spelling` writes it."""

    text: str


@dataclass(frozen=True, slots=True)
class Free:
    """What a correlation must be is what the first event says."""


@dataclass(frozen=True, slots=True)
class Correlate:
    """`of` is the expression that gives an event's key; it sees the envelope alone."""

    of: str
    expect: Known | Free


@dataclass(frozen=True, slots=True)
class Filter:
    """`variables` are those that the expressions in `attributes` name, as they were when the
    events began to be waited for.
    """

    attributes: JsonObject
    correlate: Mapping[str, Correlate] = field(default_factory=dict[str, Correlate])
    variables: JsonObject = field(default_factory=dict[str, Json])

    def narrowed(self, fixed: Mapping[str, str]) -> "Filter":
        """The same with what the first event has said."""
        known = {
            name: replace(each, expect=Known(fixed[name])) if name in fixed else each
            for name, each in self.correlate.items()
        }
        return replace(self, correlate=known)


@dataclass(frozen=True, slots=True)
class Interest:
    """What events are looked up by: their type ('' for any) and the keys that `of` give.

    Thousands of filters that differ only in the keys they expect share one interest, so that an
    event is evaluated once for all of them.
    """

    type: str
    of: tuple[str, ...]

    @property
    def digest(self) -> str:
        return digest([self.type, list(self.of)])


@dataclass(frozen=True, slots=True)
class Match:
    """An event that passed the filter at `position`; `keys` are its free correlations."""

    position: int
    keys: Mapping[str, str]


def spelling(value: Json) -> str:
    """Keys are compared as they are written: 42 is "42", 1.0 is 1."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return canonical(value).decode(errors="replace")


def place(filter: Filter) -> tuple[Interest, str]:
    """Where the filter stands in the book of who waits: the interest, and the key expected."""
    known = {n: each for n, each in filter.correlate.items() if isinstance(each.expect, Known)}
    names = sorted(known, key=lambda name: (known[name].of, name))
    said = [each.expect.text for n in names if isinstance((each := known[n]).expect, Known)]
    wanted = filter.attributes.get("type")
    is_literal = isinstance(wanted, str) and not is_pattern(wanted) and not is_expression(wanted)
    interest = Interest(
        type=wanted if is_literal and isinstance(wanted, str) else "",
        of=tuple(known[name].of for name in names),
    )
    return interest, key(said)


def key(said: Sequence[str]) -> str:
    return digest(list(said)) if said else ""


def is_pattern(text: str) -> bool:
    """Whether a text is also read as a regular expression."""
    return not is_expression(text) and _PATTERN.search(text) is not None


async def keys_of(interest: Interest, event: Event, evaluator: Evaluator) -> str | None:
    """The event's key there; None where it has none."""
    said: list[str] = []
    for of in interest.of:
        value = await _value(of, event.envelope, {}, evaluator=evaluator)
        if value is None:
            return None
        said.append(spelling(value))
    return key(said)


async def matching(
    filter: Filter, position: int, event: Event, *, evaluator: Evaluator
) -> Match | None:
    """Whether an event that was found in the filter's place passes; its known keys are equal."""
    for name, wanted in filter.attributes.items():
        found = event.attribute(name)
        if not await _passes(name, wanted, found, filter.variables, evaluator=evaluator):
            return None
    keys: dict[str, str] = {}
    for name, correlate in filter.correlate.items():
        if isinstance(correlate.expect, Free):
            value = await _value(correlate.of, event.envelope, {}, evaluator=evaluator)
            if value is None:
                return None
            keys[name] = spelling(value)
    return Match(position, keys)


async def _passes(  # noqa: PLR0917 - what is wanted, what there is
    name: str, wanted: Json, found: Json, variables: JsonObject, *, evaluator: Evaluator
) -> bool:
    if is_expression(wanted):
        said = await _value(wanted, found, variables, evaluator=evaluator)
        return said is True or (found is not None and _equal(name, said, found))
    if name == "data" and isinstance(wanted, Mapping | Sequence) and not isinstance(wanted, str):
        resolved = await _value(wanted, found, variables, evaluator=evaluator)
        return _contains(resolved, found)
    return found is not None and _equal(name, wanted, found)


async def _value(
    template: Json, data: Json, variables: JsonObject, *, evaluator: Evaluator
) -> Json:
    """None where it cannot be evaluated: an odd event must not stop those who wait for others."""
    try:
        return await evaluator.value(template, data, variables)
    except ExpressionError:
        return None


def _equal(name: str, wanted: Json, found: Json) -> bool:
    if wanted is None:
        return False
    if name == "data":
        return _contains(wanted, found)
    left, right = spelling(wanted), spelling(found)
    if left == right:
        return True
    if name == "time":
        return _same_moment(left, right)
    return isinstance(wanted, str) and is_pattern(left) and _fits(left, right)


def _same_moment(left: str, right: str) -> bool:
    try:
        return moment(left) == moment(right)
    except (ValueError, TypeError):
        return False


def _contains(wanted: Json, found: Json) -> bool:
    """Objects have the members that are wanted of them; all else is equal."""
    match wanted, found:
        case Mapping(), Mapping():
            return all(n in found and _contains(each, found[n]) for n, each in wanted.items())
        case (Mapping(), _) | (_, Mapping()):
            return False
        case _:
            return canonical(wanted) == canonical(found) or _same_number(wanted, found)


def _same_number(left: Json, right: Json) -> bool:
    """7 and 7.0, which are spelled differently."""
    are_numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (left, right))
    return are_numbers and left == right


def _fits(pattern: str, text: str) -> bool:
    validator = _pattern(pattern)
    return validator is not None and validator.is_valid(text)


def compiles(pattern: str) -> bool:
    return _pattern(pattern) is not None


@lru_cache(maxsize=512)
def _pattern(pattern: str) -> jsonschema_rs.Validator | None:
    """Over the whole text, in linear time; None where it is no regular expression."""
    try:
        return jsonschema_rs.validator_for(
            {"pattern": f"^(?:{pattern})$"},
            offline=True,
            pattern_options=jsonschema_rs.RegexOptions(),
        )
    except ValueError:
        return None


def named(template: Json) -> frozenset[str]:
    """The variables that the expressions of a template need. Raises ExpressionError."""
    match template:
        case str():
            return parse(template).variables if is_expression(template) else frozenset()
        case Mapping():
            return frozenset[str]().union(*(named(each) for each in template.values()))
        case Sequence():
            return frozenset[str]().union(*(named(each) for each in template))
        case _:
            return frozenset()


# As JSON, for those who keep filters.


def written(filter: Filter) -> JsonObject:
    correlate: dict[str, Json] = {}
    for name, each in filter.correlate.items():
        match each.expect:
            case Known(text=text):
                correlate[name] = {"from": each.of, "expect": text}
            case Free():
                correlate[name] = {"from": each.of}
    return {
        "with": filter.attributes,
        "correlate": correlate,
        "variables": filter.variables,
    }


def read(value: Json) -> Filter:
    said = cast("Mapping[str, Mapping[str, Json]]", value)
    correlate: dict[str, Correlate] = {}
    for name, each in cast("Mapping[str, Mapping[str, str]]", said["correlate"]).items():
        expect = Known(each["expect"]) if "expect" in each else Free()
        correlate[name] = Correlate(each["from"], expect)
    return Filter(said["with"], correlate, said["variables"])
