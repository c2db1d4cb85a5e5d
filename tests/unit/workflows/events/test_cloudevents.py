import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.events.cloudevents import Emission, content, emitted, event, spelled
from podium.workflows.interpreter.program import Read

GOOD: JsonObject = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "paid"}
DEFAULT = Emission("run_1:/do/tell", "/api/v1/workflows/acme/orders", 1_763_800_000.25)


def b64(body: bytes) -> str:
    return base64.b64encode(body).decode()


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"subject": "a", "dataschema": "http://x/y", "time": "2026-11-22T10:30:00.5+01:00"},
        {"orderid": "1", "count": 7, "isnew": True, "traceparent": "00-ab-cd-01"},
        {"data": None},
        {"data": [1, {"a": None}], "datacontenttype": "application/json"},
        {"data": "<a/>", "datacontenttype": "application/xml"},
    ],
)
def test_what_is_an_event_is_kept_as_it_came(more: JsonObject):
    assert event({**GOOD, **more}).envelope == {**GOOD, **more}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([], "is a JSON object"),
        ({**GOOD, "specversion": "0.3"}, "'specversion': '1.0', got '0.3'"),
        ({"id": "1", "source": "x", "type": "y"}, "'specversion': '1.0', got None"),
        ({**GOOD, "id": ""}, "'id' as a text that is not empty"),
        ({**GOOD, "id": 7}, "'id' as a text that is not empty, got 7"),
        ({**GOOD, "type": None}, "needs 'type'"),
        ({**GOOD, "subject": ""}, "'subject' as a text that is not empty"),
        ({**GOOD, "time": "yesterday"}, "'time' is a moment"),
        ({**GOOD, "time": "2026-11-22"}, "'time' is a moment"),
        ({**GOOD, "time": "2026-11-22T10:00:00"}, "'time' is a moment"),
        ({**GOOD, "orderId": "1"}, "'orderId' is no name"),
        ({**GOOD, "x" * 10_000 + "!": "1"}, "is no name"),
        ({**GOOD, "big": 2**40}, "'big' of a CloudEvent is a text"),
        ({**GOOD, "deep": {"a": 1}}, "Put anything else into 'data'"),
        ({**GOOD, "part": 1.5}, "whole number"),
        ({**GOOD, "data": 1, "data_base64": "AA=="}, "not both"),
        ({**GOOD, "data_base64": "not base64!"}, "not base64"),
        (
            {**GOOD, "data_base64": b64(b"{"), "datacontenttype": "application/json"},
            "is not application/json",
        ),
        (
            {**GOOD, "data_base64": b64(b"\xff"), "datacontenttype": "text/plain"},
            "is not text/plain",
        ),
    ],
)
def test_what_is_no_event_is_refused_with_a_reason(value: Json, says: str):
    with pytest.raises(Invalid, match=says):
        _ = event(value)


PLAIN = st.none() | st.booleans() | st.integers() | st.text()
NESTED = st.recursive(PLAIN, lambda each: st.lists(each) | st.dictionaries(st.text(), each))


@given(NESTED)
def test_whatever_comes_is_an_event_or_invalid(value: Json):
    for said in (value, {**GOOD, "data": value}, {**GOOD, "time": value, "x": value}):
        try:
            _ = event(said)
        except Invalid:
            continue


@pytest.mark.parametrize(
    ("more", "data", "raw"),
    [
        ({"data": {"b": 1, "a": 2}}, {"b": 1, "a": 2}, '{"a":2,"b":1}'),
        ({"data": "text"}, "text", '"text"'),
        ({"data": "text", "datacontenttype": "text/plain"}, "text", "text"),
        ({"data": None}, None, "null"),
        ({}, None, "null"),
        ({"data_base64": b64(b"\x00\x01")}, "AAE=", "AAE="),
        (
            {"data_base64": b64(b'{"a": 1}'), "datacontenttype": "application/vnd.x+json"},
            {"a": 1},
            '{"a":1}',
        ),
        ({"data_base64": b64(b"hi"), "datacontenttype": "text/plain; charset=utf-8"}, "hi", "hi"),
    ],
)
def test_what_is_read_of_it(more: JsonObject, data: Json, raw: str):
    said = event({**GOOD, **more})
    assert said.read(Read.DATA) == data
    assert said.read(Read.RAW) == raw
    assert said.read(Read.ENVELOPE) == said.envelope


def test_what_an_emit_leaves_out_comes_from_the_run():
    said = emitted({"type": "paid", "data": {"n": 1}, "subject": None}, DEFAULT)
    assert said.envelope == {
        "specversion": "1.0",
        "id": "run_1:/do/tell",
        "source": "/api/v1/workflows/acme/orders",
        "time": "2025-11-22T08:26:40.250Z",
        "type": "paid",
        "data": {"n": 1},
        "datacontenttype": "application/json",
    }


def test_what_an_emit_says_holds():
    more: JsonObject = {"id": "7", "source": "https://a", "time": "2026-01-01T00:00:00Z", "n": 1}
    said = emitted({"type": "paid", **more}, DEFAULT)
    assert {name: said.envelope[name] for name in more} == more
    assert "datacontenttype" not in said.envelope
    with pytest.raises(Invalid, match="is no name"):
        _ = emitted({"type": "paid", "orderId": 1}, DEFAULT)


def test_bytes_of_a_media_type_are_data():
    assert content(b'{"a":1}', "application/json") == {"data": {"a": 1}}
    assert content("ä".encode(), "text/csv") == {"data": "ä"}
    assert content(b"\x00", "image/png") == {"data_base64": "AA=="}
    with pytest.raises(Invalid):
        _ = content(b"[" * 100_000, "application/json")


def test_moments_are_spelled_to_the_millisecond():
    assert spelled(0.0) == "1970-01-01T00:00:00.000Z"
    assert spelled(1_763_800_000.9996) == "2025-11-22T08:26:40.999Z"
