from dataclasses import replace

import pytest
from tests.pace import within
from tests.world import InProcessJq

from podium.kernel.json import Json, JsonObject
from podium.workflows.events.cloudevents import Event, event
from podium.workflows.events.filters import (
    Correlate,
    Filter,
    Free,
    Known,
    Match,
    compiles,
    keys_of,
    matching,
    place,
    read,
    spelling,
    written,
)
from podium.workflows.expressions.evaluator import Evaluator

pytestmark = pytest.mark.anyio

EVALUATOR = Evaluator(InProcessJq())


def an_event(data: Json = None, **more: Json) -> Event:
    said = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "com.shop.paid"}
    return event({**said, "data": data, **more})


async def passes(attributes: JsonObject, said: Event, **variables: Json) -> bool:
    filter = Filter(attributes, {}, variables)
    return await matching(filter, 0, said, evaluator=EVALUATOR) is not None


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"type": "com.shop.paid"}, True),
        ({"type": "com.shop.sent"}, False),
        ({"type": "com.shop.pai"}, False),
        ({"type": "comXshop.paid"}, False),
        ({"type": r"com\.shop\..*"}, True),
        ({"type": "com.shop.*"}, True),
        ({"type": "com.(bank|shop).paid"}, True),
        ({"type": "shop.*"}, False),
        ({"type": ".*shop"}, False),
        ({"source": "/shop?a=b"}, False),
        ({"type": '${ startswith("com.shop.") }'}, True),
        ({"type": "${ $wanted }"}, True),
        ({"type": "${ $other }"}, False),
        ({"type": "${ .a.b }"}, False),
        ({"type": "${ null }"}, False),
        ({"subject": "a"}, False),
        ({"subject": "${ . == null }"}, True),
        ({"subject": "${ true }"}, True),
        ({"count": 7}, True),
        ({"count": "7"}, True),
        ({"count": 8}, False),
        ({"isnew": True}, True),
        ({"isnew": "true"}, True),
        ({"time": "2026-11-22T10:00:00Z"}, True),
        ({"time": "2026-11-22T11:00:00+01:00"}, True),
        ({"time": "2026-11-22T11:00:00Z"}, False),
        ({"time": '${ . > "2026-11" }'}, True),
        ({"type": "com.shop.paid", "count": 8}, False),
        ({}, True),
    ],
)
async def test_which_attributes_pass(attributes: JsonObject, expected: bool):
    said = an_event(count=7, isnew=True, time="2026-11-22T10:00:00.000Z")
    assert await passes(attributes, said, wanted="com.shop.paid", other="x") is expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("${ .n > 5 }", True),
        ("${ .n > 7 }", False),
        ("${ .n > $least }", True),
        ("${ .n.x }", False),
        ("${ . }", True),
        ('${ error("no") }', False),
        ({"n": 7}, True),
        ({"n": 7.0}, True),
        ({"n": 8}, False),
        ({"n": True}, False),
        ({"one": True}, False),
        ({"n": "7"}, False),
        ({"inner": {"a": [1, 2]}}, True),
        ({"inner": {"a": [1]}}, False),
        ({"inner": {}}, True),
        ({"n": "${ $least + 2 }"}, True),
        ({"missing": None}, False),
        ([1], False),
        ("text", False),
    ],
)
async def test_which_data_passes(wanted: Json, expected: bool):
    said = an_event({"n": 7, "one": 1, "inner": {"a": [1, 2], "b": 1}})
    assert await passes({"data": wanted}, said, least=5) is expected


async def test_data_that_is_no_object_is_compared_whole():
    assert await passes({"data": [1, {"a": 2}]}, an_event([1, {"a": 2}]))
    assert await passes({"data": "go"}, an_event("go"))
    assert not await passes({"data": "go.*"}, an_event("gone")), "data is no attribute"
    assert await passes({"data": 7}, an_event(7))
    assert not await passes({"data": 7}, an_event("7"))


@pytest.mark.timed
async def test_a_pattern_takes_linear_time():
    with within(1.0):
        for text in ("a" * 900, "a" * 900 + "!"):
            _ = await passes({"subject": "(a+)+b"}, an_event(subject=text))
            _ = await passes({"subject": "(a|aa)*(a|aa)*(a|aa)*c"}, an_event(subject=text))


@pytest.mark.parametrize("pattern", ["a(b", "[z-a]", "(a{1000}){1000}", "*"])
def test_a_pattern_that_does_not_compile_is_none(pattern: str):
    assert not compiles(pattern)


def test_a_filter_stands_at_its_type_and_the_keys_it_knows():
    base = Filter({"type": "paid"})
    assert (place(base)[0].type, place(base)[0].of, place(base)[1]) == ("paid", (), "")
    assert place(Filter({"type": "paid.*"}))[0].type == ""
    assert place(Filter({"type": "${ . }"}))[0].type == ""
    assert place(Filter({"subject": "x"}))[0].type == ""
    known = Correlate("${ .a }", Known("1"))
    one = replace(base, correlate={"x": known, "y": Correlate("${ .b }", Free())})
    interest, key = place(one)
    assert interest.of == ("${ .a }",)
    same = replace(base, correlate={"other": known})
    assert place(same) == (interest, key), "names of correlations are the document's own"
    assert place(replace(base, correlate={"x": replace(known, expect=Known("2"))}))[1] != key


def test_the_order_of_correlations_does_not_matter():
    a, b = Correlate("${ .a }", Known("1")), Correlate("${ .b }", Known("2"))
    left = Filter({"type": "t"}, {"x": a, "y": b})
    right = Filter({"type": "t"}, {"x": b, "y": a})
    assert place(left) == place(right)
    swapped = Filter(
        {"type": "t"}, {"x": replace(a, expect=b.expect), "y": replace(b, expect=a.expect)}
    )
    assert place(left)[1] != place(swapped)[1]


async def test_an_event_stands_at_the_keys_it_has():
    filter = Filter(
        {"type": "t"},
        {"x": Correlate("${ .data.a }", Known("1")), "y": Correlate("${ .roomid }", Known("2"))},
    )
    interest, key = place(filter)
    for said in (an_event({"a": 1}, roomid="2"), an_event({"a": "1"}, roomid=2)):
        assert await keys_of(interest, said, EVALUATOR) == key
    assert await keys_of(interest, an_event({"a": 2}, roomid="2"), EVALUATOR) != key
    for said in (
        an_event({"a": 1}),
        an_event("text", roomid="2"),
        an_event({"a": None}, roomid="2"),
    ):
        assert await keys_of(interest, said, EVALUATOR) is None


async def test_free_correlations_are_told_with_the_match():
    filter = Filter({"type": "com.shop.paid"}, {"room": Correlate("${ .roomid }", Free())})
    found = await matching(filter, 3, an_event(roomid=7), evaluator=EVALUATOR)
    assert found == Match(3, {"room": "7"})
    assert await matching(filter, 3, an_event(), evaluator=EVALUATOR) is None
    narrowed = filter.narrowed({"room": "7", "other": "x"})
    assert narrowed.correlate == {"room": Correlate("${ .roomid }", Known("7"))}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (42, "42"),
        (1.0, "1"),
        (1.5, "1.5"),
        (True, "true"),
        ({"b": 1, "a": 2}, '{"a":2,"b":1}'),
    ],
)
def test_keys_are_compared_as_they_are_written(value: Json, text: str):
    assert spelling(value) == text


def test_a_filter_can_be_written_down():
    filter = Filter(
        {"type": "t", "data": "${ .n > $n }"},
        {"x": Correlate("${ .a }", Known("1")), "y": Correlate("${ .b }", Free())},
        {"n": 3},
    )
    assert read(written(filter)) == filter
