"""How values are written in a path, a query, a header and a cookie.

The first table is that of the OpenAPI Specification 3.1.1, 4.8.12.4 (style examples), with its
values: an empty text, "blue", an array of three and an object of three.
"""

import pytest

from podium.kernel.errors import Invalid
from podium.workflows.calls.openapi.operation import In, Parameter, Style
from podium.workflows.calls.openapi.parameters import (
    checked,
    in_cookie,
    in_header,
    in_path,
    in_query,
)

BLUE = "blue"
ARRAY = ["blue", "black", "brown"]
OBJECT = {"R": 100, "G": 200, "B": 150}


def color(place: In, style: Style, *, explode: bool = False, **more: object) -> Parameter:
    return Parameter("color", place, style=style, explode=explode, **more)


@pytest.mark.parametrize(
    ("style", "explode", "text", "array", "object_"),
    [
        (Style.MATRIX, False, ";color=blue", ";color=blue,black,brown",
         ";color=R,100,G,200,B,150"),
        (Style.MATRIX, True, ";color=blue", ";color=blue;color=black;color=brown",
         ";R=100;G=200;B=150"),
        (Style.LABEL, False, ".blue", ".blue,black,brown", ".R,100,G,200,B,150"),
        (Style.LABEL, True, ".blue", ".blue.black.brown", ".R=100.G=200.B=150"),
        (Style.SIMPLE, False, "blue", "blue,black,brown", "R,100,G,200,B,150"),
        (Style.SIMPLE, True, "blue", "blue,black,brown", "R=100,G=200,B=150"),
    ],
)  # fmt: skip
def test_styles_of_a_path(style, explode, text, array, object_):
    parameter = color(In.PATH, style, explode=explode)
    written = [in_path(parameter, value) for value in (BLUE, ARRAY, OBJECT)]
    assert written == [text, array, object_]


@pytest.mark.parametrize(
    ("style", "explode", "text", "array", "object_"),
    [
        (Style.FORM, False, "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"),
        (Style.FORM, True, "color=blue", "color=blue&color=black&color=brown",
         "R=100&G=200&B=150"),
        (Style.SPACES, False, "color=blue", "color=blue%20black%20brown",
         "color=R%20100%20G%20200%20B%20150"),
        (Style.PIPES, False, "color=blue", "color=blue%7Cblack%7Cbrown",
         "color=R%7C100%7CG%7C200%7CB%7C150"),
        (Style.DEEP, True, "color=blue", "color%5B%5D=blue&color%5B%5D=black&color%5B%5D=brown",
         "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
    ],
)  # fmt: skip
def test_styles_of_a_query(style, explode, text, array, object_):
    parameter = color(In.QUERY, style, explode=explode)
    written = [in_query(parameter, value) for value in (BLUE, ARRAY, OBJECT)]
    assert written == [text, array, object_]
    assert in_query(parameter, "") == "color="
    assert in_query(parameter, []) == ""


@pytest.mark.parametrize(
    ("explode", "array", "object_"),
    [
        (False, "blue,black,brown", "R,100,G,200,B,150"),
        (True, "blue,black,brown", "R=100,G=200,B=150"),
    ],
)
def test_styles_of_a_header(explode, array, object_):
    parameter = color(In.HEADER, Style.SIMPLE, explode=explode)
    assert [in_header(parameter, value) for value in (BLUE, ARRAY, OBJECT)] == [
        BLUE,
        array,
        object_,
    ]


def test_styles_of_a_cookie():
    exploded = color(In.COOKIE, Style.FORM, explode=True)
    assert in_cookie(exploded, ARRAY) == "color=blue; color=black; color=brown"
    assert in_cookie(exploded, OBJECT) == "R=100; G=200; B=150"
    assert in_cookie(color(In.COOKIE, Style.FORM), ARRAY) == "color=blue%2Cblack%2Cbrown"
    assert in_cookie(exploded, "a; b=c,ü") == "color=a%3B%20b=c%2C%C3%BC"


def test_a_value_cannot_leave_its_place():
    assert in_path(color(In.PATH, Style.SIMPLE), "a/b?c#d&e=../f") == "a%2Fb%3Fc%23d%26e%3D..%2Ff"
    assert in_query(color(In.QUERY, Style.FORM), "a&b=c#d+e") == "color=a%26b%3Dc%23d%2Be"
    assert in_query(color(In.QUERY, Style.FORM), ["a,b", "c"]) == "color=a%2Cb,c"
    assert in_query(color(In.QUERY, Style.DEEP), {"a]&b": 1}) == "color%5Ba%5D%26b%5D=1"


def test_reserved_characters_stay_where_the_description_allows_it():
    parameter = color(In.QUERY, Style.FORM, reserved=True)
    assert in_query(parameter, "a/b?c:d,e&f=#+ü") == "color=a/b?c:d,e%26f%3D%23%2B%C3%BC"


def test_deep_objects_go_on_in_brackets():
    deep = color(In.QUERY, Style.DEEP, explode=True)
    value = {"a": {"b": [1, "x"]}, "c": [{"d": True}], "e": None}
    assert in_query(deep, value) == (
        "color%5Ba%5D%5Bb%5D%5B%5D=1&color%5Ba%5D%5Bb%5D%5B%5D=x&color%5Bc%5D%5B0%5D%5Bd%5D=true"
    )


def test_what_no_style_covers_is_written_as_json():
    form = color(In.QUERY, Style.FORM, explode=True)
    assert in_query(form, [{"a": 1}, [2]]) == "color=%7B%22a%22%3A%201%7D&color=%5B2%5D"
    media = color(In.QUERY, Style.FORM, media="application/json")
    assert in_query(media, {"a": [1]}) == "color=%7B%22a%22%3A%20%5B1%5D%7D"
    assert in_header(color(In.HEADER, Style.SIMPLE, media="application/json"), "x") == '"x"'


@pytest.mark.parametrize("value", ["", ".", "..", []])
def test_a_place_in_the_path_is_never_empty_and_leads_nowhere_else(value):
    with pytest.raises(Invalid, match="It is part of the path"):
        in_path(color(In.PATH, Style.SIMPLE), value)


@pytest.mark.parametrize(
    ("schema", "value", "says"),
    [
        ({"type": "integer"}, "abc", 'is "abc", and has to be a whole number'),
        ({"type": "integer"}, 1.5, "has to be a whole number"),
        ({"type": "number"}, "1e5x", "has to be a number"),
        ({"type": "boolean"}, "yes", "has to be true or false"),
        ({"type": ["integer", "null"]}, "x", "has to be a whole number"),
        ({"enum": ["sold", "pending"]}, "gone", "has to be one of sold, pending"),
        ({"type": "string"}, {"a": 1}, "takes a text, got a mapping"),
        ({"type": "string"}, [1], "takes a text, got a list"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_what_the_schema_says_is_refused(schema, value, says):
    parameter = color(In.QUERY, Style.FORM, schema=schema)
    with pytest.raises(Invalid, match="The parameter 'color'") as refused:
        checked(parameter, value)
    assert says in refused.value.message


@pytest.mark.parametrize(
    ("schema", "value", "stays"),
    [
        ({"type": "integer"}, "12", "12"),
        ({"type": "integer"}, 3.0, 3.0),
        ({"type": ["string", "integer"]}, "x", "x"),
        ({"type": "boolean"}, True, True),
        ({"enum": [1, 2]}, "2", "2"),
        ({"type": "array", "items": {"type": "string"}}, "one", ["one"]),
        ({}, {"a": 1}, {"a": 1}),
    ],
)
def test_a_value_that_reads_the_same_on_the_wire_is_taken(schema, value, stays):
    assert checked(color(In.QUERY, Style.FORM, schema=schema), value) == stays
