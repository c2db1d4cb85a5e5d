"""JSON Schemas as Gemini takes them."""

import pytest

from podium.protocols.gemini.schemas import cleaned
from podium.protocols.shapes import Misshapen


def test_schemas_lose_what_gemini_refuses_and_keep_what_it_means():
    schema = {
        "$schema": "x",
        "definitions": {"point": {"type": "object", "properties": {"x": {"type": "number"}}}},
        "allOf": [
            {"properties": {"a": {"const": "on"}}, "required": ["a"]},
            {"properties": {"b": {"$ref": "#/definitions/point", "description": "lost"}}},
            {"required": ["b", "a"]},
        ],
        "type": "object",
        "properties": {
            "pattern": {"type": "string", "pattern": "^a", "default": "a"},
            "n": {"type": "integer", "exclusiveMinimum": 0, "maximum": 9, "multipleOf": 3},
            "kind": {"enum": ["a", None, "b"], "nullable": True, "type": "string"},
            "flag": {"enum": [True, False]},
            "list": {"type": "array", "items": {"anyOf": [{"type": "null"}, {"minLength": 1}]}},
            "any": True,
        },
    }

    assert cleaned(schema, "") == {
        "$defs": {"point": {"type": "object", "properties": {"x": {"type": "number"}}}},
        "type": "object",
        "properties": {
            "pattern": {"type": "string"},
            "n": {"type": "integer", "minimum": 0, "maximum": 9},
            "kind": {"enum": ["a", "b"], "type": ["string", "null"]},
            "flag": {},
            "list": {"type": "array", "items": {"anyOf": [{"type": "null"}, {}]}},
            "any": True,
            "a": {"enum": ["on"]},
            "b": {"$ref": "#/$defs/point"},
        },
        "required": ["a", "b"],
    }


def test_a_schema_that_is_nested_without_end_is_refused():
    deep: dict = {}
    for _ in range(100):
        deep = {"items": deep}
    with pytest.raises(Misshapen, match="nested more than 64"):
        _ = cleaned({"properties": {"a": deep}}, "")
