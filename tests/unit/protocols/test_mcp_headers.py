"""Headers that repeat what is in an MCP request, as the specification's own examples have them."""

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mcp.shared.inbound import (
    decode_header_value,
    encode_header_value,
    find_invalid_x_mcp_header,
    mcp_param_headers,
    x_mcp_header_map,
)

from podium.protocols.mcp_headers import (
    NotMirrorable,
    encoded,
    from_arguments,
    mirrored,
    standard,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("us-west1", "us-west1"),
        ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        (" padded ", "=?base64?IHBhZGRlZCA=?="),
        ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
    ],
)
def test_values_are_encoded_as_in_the_specification(text, value):
    assert encoded(text) == value


@given(st.text(max_size=50))
def test_any_text_goes_there_and_back_through_the_official_decoder(text):
    assert decode_header_value(encoded(text)) == text


@given(st.text(max_size=30))
@example("0\t0")
def test_the_official_encoder_says_the_same(text):
    assert encoded(text) == encode_header_value(text)


def test_half_of_a_character_does_not_break_a_request():
    assert base64.b64decode(encoded("\ud800").split("?")[2]) == "\ud800".encode(
        errors="surrogatepass"
    )


def test_what_a_request_is_about_is_named_where_there_is_such_a_thing():
    assert standard("tools/list", "2026-07-28", None) == {
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/list",
    }
    assert standard("tools/call", "2026-07-28", "add")["Mcp-Name"] == "add"


NESTED = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "query": {"type": "string"},
        "options": {
            "type": "object",
            "properties": {
                "limit": {"type": "integer", "x-mcp-header": "Limit"},
                "dry": {"type": "boolean", "x-mcp-header": "Dry"},
            },
        },
    },
}
ARGUMENTS = {"region": "us-west1", "query": "SELECT", "options": {"limit": 42, "dry": True}}


def test_marked_parameters_are_found_wherever_properties_lead_to():
    headers = from_arguments(mirrored(NESTED), ARGUMENTS)

    assert headers == {
        "Mcp-Param-Region": "us-west1",
        "Mcp-Param-Limit": "42",
        "Mcp-Param-Dry": "true",
    }


@pytest.mark.parametrize(
    "arguments", [{}, {"region": None}, {"options": 5}, {"options": {"limit": None}}, None, []]
)
def test_a_parameter_without_a_value_has_no_header(arguments):
    assert from_arguments(mirrored(NESTED), arguments) == {}


@pytest.mark.parametrize("value", [1.5, [1], {"a": 1}, 2**53])
def test_a_value_that_no_header_can_hold_is_refused(value):
    with pytest.raises(NotMirrorable, match="no header can hold"):
        _ = from_arguments(mirrored(NESTED), {"region": value})


MARK = {"type": "string", "x-mcp-header": "A"}
BROKEN = [
    {"properties": {"a": {"type": "string", "x-mcp-header": ""}}},
    {"properties": {"a": {"type": "string", "x-mcp-header": "A b"}}},
    {"properties": {"a": {"type": "string", "x-mcp-header": "A\r\nB"}}},
    {"properties": {"a": {"type": "string", "x-mcp-header": 5}}},
    {"properties": {"a": {"type": "number", "x-mcp-header": "A"}}},
    {"properties": {"a": {"type": "array", "x-mcp-header": "A"}}},
    {"properties": {"a": MARK, "b": {"type": "string", "x-mcp-header": "a"}}},
    {"properties": {"a": {"type": "array", "items": MARK}}},
    {"properties": {"a": {"anyOf": [MARK]}}},
    {"$defs": {"x": MARK}},
    {"x-mcp-header": "A", "type": "string"},
]


@pytest.mark.parametrize("schema", BROKEN)
def test_marks_that_the_protocol_does_not_allow_make_a_tool_unusable(schema):
    with pytest.raises(NotMirrorable):
        _ = mirrored(schema)

    assert find_invalid_x_mcp_header({"type": "object", **schema}) is not None


FINE = [
    NESTED,
    {},
    {"properties": {"x-mcp-header": {"type": "string"}}},
    {"properties": {"a": {"type": "object", "default": {"x-mcp-header": "A"}}}},
]


@pytest.mark.parametrize("schema", FINE)
def test_the_official_client_finds_the_same_parameters(schema):
    theirs = mcp_param_headers(x_mcp_header_map(schema), ARGUMENTS)

    assert from_arguments(mirrored(schema), ARGUMENTS) == dict(theirs)


def test_a_schema_may_be_as_deep_as_it_likes():
    deep = MARK
    for _ in range(5_000):
        deep = {"type": "object", "properties": {"a": deep}}

    assert len(mirrored(deep)[0].path) == 5_000
