"""Values held to the schemas of strangers: in time, in memory, and with a place where it can be."""

from collections.abc import Callable

import pytest
from tests.pace import within

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject, canonical
from podium.workflows.documents.schemas import trouble
from podium.workflows.schemas import Schema

pytestmark = pytest.mark.timed

SECONDS = 1.0
"""A thousand times what most of these take."""
A: JsonObject = {"$ref": "#/$defs/a"}


def _doubling(levels: int, level: Callable[[JsonObject], JsonObject]) -> JsonObject:
    """Definitions of which each names the next one twice."""
    links = {f"a{n}": level({"$ref": f"#/$defs/a{n + 1}"}) for n in range(levels)}
    return {"$ref": "#/$defs/a0", "$defs": {**links, f"a{levels}": {"type": "string"}}}


def _deep(levels: int, leaf: Json = 1) -> Json:
    value = leaf
    for _ in range(levels):
        value = {"x": value}
    return value


BOMBS: dict[str, JsonObject] = {
    "anyOf": _doubling(40, lambda ref: {"anyOf": [ref, ref]}),
    "allOf": _doubling(40, lambda ref: {"allOf": [ref, ref]}),
    "oneOf and not": _doubling(40, lambda ref: {"oneOf": [ref, {"not": ref}]}),
    "if": _doubling(40, lambda ref: {"if": ref, "then": ref, "else": ref}),
    "members": _doubling(40, lambda ref: {"anyOf": [{"properties": {"x": ref}}] * 2}),
    "items": _doubling(40, lambda ref: {"items": ref, "contains": ref}),
    "unevaluated": _doubling(12, lambda r: {"allOf": [r, r], "unevaluatedProperties": False}),
    "addresses": {
        "$id": "http://x/",
        "$ref": "a0",
        "$defs": {
            f"a{n}": {"$id": f"a{n}", "anyOf": [{"$ref": f"a{n + 1}"}] * 2} for n in range(40)
        },
    },
    "anchors": {
        "$ref": "#x0",
        "$defs": {
            f"a{n}": {"$anchor": f"x{n}", "anyOf": [{"$ref": f"#x{n + 1}"}] * 2} for n in range(40)
        },
    },
    "dynamic anchors": {
        "$dynamicRef": "#x0",
        "$defs": {
            f"a{n}": {"$dynamicAnchor": f"x{n}", "anyOf": [{"$dynamicRef": f"#x{n + 1}"}] * 2}
            for n in range(40)
        },
    },
    "a long chain": _doubling(2000, lambda ref: {"allOf": [ref]}),
}


@pytest.mark.parametrize("kind", sorted(BOMBS))
def test_references_that_fan_out_are_refused_before_they_are_followed(kind: str) -> None:
    with within(SECONDS):
        reason = trouble(BOMBS[kind])
        with pytest.raises(Invalid, match=r"20,000 steps|400 levels"):
            _ = Schema(canonical(BOMBS[kind]))

    assert "20,000 steps" in reason or "400 levels" in reason


FINE: dict[str, JsonObject] = {
    "a tree": {"$ref": "#/$defs/a", "$defs": {"a": {"items": A, "type": ["array", "integer"]}}},
    "the meta-schema": {"$ref": "https://json-schema.org/draft/2020-12/schema"},
    "many members of one kind": {
        "properties": {f"m{n}": A for n in range(1000)},
        "$defs": {"a": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
    },
    "some alternatives": _doubling(8, lambda ref: {"anyOf": [ref, ref]}),
    "a definition that nobody uses": {"$defs": BOMBS["anyOf"]["$defs"]},
    "a circle without a value": {"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [A, A]}}},
}


@pytest.mark.parametrize("kind", sorted(FINE))
def test_schemas_that_people_write_are_used(kind: str) -> None:
    assert not trouble(FINE[kind])
    _ = Schema(canonical(FINE[kind]))


def _both_ways() -> JsonObject:
    one: JsonObject = {"type": "object", "properties": {"x": A}, "required": ["x"]}
    return {"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [one, one]}}}


def test_alternatives_that_come_back_are_told_of_as_far_as_there_are_few() -> None:
    schema = Schema(canonical(_both_ways()))

    with within(SECONDS):
        few, many = schema.mismatches(_deep(3)), schema.mismatches(_deep(60))

    assert "anyOf" in few[0].rule
    assert "does not look where" in many[0].message


def test_a_value_as_deep_as_the_stack_is_refused() -> None:
    schema = Schema(canonical({"$ref": "#/$defs/a", "$defs": {"a": {"properties": {"x": A}}}}))

    assert not schema.mismatches(_deep(400))
    with pytest.raises(Invalid, match="deeper than 500 levels"):
        _ = schema.mismatches(_deep(100_000))


BIG: Json = [{"a": n, "b": "x" * 8} for n in range(50_000)]


def test_a_large_value_is_not_copied_for_each_alternative() -> None:
    schema = Schema(canonical({"anyOf": [{"type": "string"}] * 100}))

    with within(SECONDS):
        (told,) = schema.mismatches(BIG)

    assert "does not look where" in told.message


def test_of_a_large_value_the_first_error_is_told_shortly() -> None:
    with within(SECONDS):
        (item,) = Schema(canonical({"items": {"type": "string"}})).mismatches(BIG)
        (whole,) = Schema(canonical({"type": "string"})).mismatches(BIG)

    assert item.path == [0]
    assert item.rule == whole.rule == "type"
    assert len(whole.message) < 600


def test_a_large_value_that_fits_is_no_trouble() -> None:
    member: JsonObject = {"type": "object", "properties": {"a": {"type": "integer"}}}

    assert not Schema(canonical({"type": "array", "items": member})).mismatches(BIG)


def test_a_value_with_too_many_steps_is_refused() -> None:
    schema = Schema(canonical({"items": {"allOf": [{"minimum": n} for n in range(4000)]}}))

    with pytest.raises(Invalid, match="too large for its schema"):
        _ = schema.mismatches([0] * 20_000)


def test_each_error_of_a_small_value_is_told() -> None:
    schema = Schema(canonical({"properties": {"a": {"type": "integer"}}, "required": ["b"]}))

    told = schema.mismatches({"a": "one"})

    assert {each.rule for each in told} == {"type", "required"}
    assert [each.path for each in told if each.rule == "type"] == [["a"]]


def test_a_small_error_inside_of_a_large_value_is_found() -> None:
    leaf: JsonObject = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    schema = Schema(canonical({"properties": {"rows": {"items": leaf}}}))

    (told,) = schema.mismatches({"rows": [*["x"] * 500, 7]})

    assert told.path == ["rows", 500]
