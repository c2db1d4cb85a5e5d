"""The fast path and libjq give the same result, or both fail."""

import json

import jq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podium.kernel.json import Json
from podium.workflows.expressions.operators import Defer
from podium.workflows.expressions.order import compare
from podium.workflows.expressions.quick import Empty, quicken
from podium.workflows.expressions.terms import read

KEYS = ("a", "b", "c d", "é")
EXACT = 2**53
numbers = st.integers(-50, 50) | st.sampled_from([0.5, -1.5, 2.25, 1e6])
strings = st.sampled_from(["", "a", "b", "a b", "é", "\U0001f600", "\ue000", "1", 'q"\\'])
scalars = st.none() | st.booleans() | numbers | strings
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=8,
)
data = st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, values)) | values

literals = (scalars | st.just([]) | st.just({})).map(
    lambda each: json.dumps(each, ensure_ascii=False)
)
paths = st.sampled_from([
    ".", ".a", ".b", ".a.b", ".a[0]", ".[0]", ".[-1]", '."c d"', '.["c d"]', ".a?", ".a.b?",
    ".[1]?",
    '.["é"]', "$v", "$v.a", "$v[0]", "$v?", "(.a)", ".a.[0]", '.b."a"',
])  # fmt: skip
OPERATORS = ("+", "-", "*", "/", "==", "!=", "<", "<=", ">", ">=", "//", "and", "or")


def bigger(inner):
    pair = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, st.sampled_from(OPERATORS), inner).map(
            lambda t: f"({t[0]}) {t[1]} ({t[2]})"
        ),
        st.tuples(paths, st.sampled_from(OPERATORS), paths).map(" ".join),
        pair.map(lambda t: f"{t[0]} | {t[1]}"),
        inner.map(lambda each: f"[{each}]"),
        pair.map(lambda t: f"[({t[0]}), ({t[1]})]"),
        inner.map(lambda each: f"{{a: ({each}), b, $v}}"),
        pair.map(lambda t: f'{{"k\\({t[0]})": ({t[1]}), (.b | type): 1}}'),
        pair.map(lambda t: f'"x\\({t[0]})y\\({t[1]})"'),
        inner.map(lambda each: f"({each}) | length"),
        inner.map(lambda each: f"({each} | not)"),
        inner.map(lambda each: f"({each})?"),
        inner.map(lambda each: f"({each})[0]"),
        pair.map(lambda t: f"({t[0]})[{t[1]}]"),
        st.tuples(inner, inner, inner).map(lambda t: f"if {t[0]} then {t[1]} else {t[2]} end"),
        pair.map(lambda t: f"if {t[0]} then {t[1]} end"),
    )


programs = st.recursive(literals | paths, bigger, max_leaves=6)


def libjq(program: str, value, variable):
    """('value', result) or ('error', text)."""
    bound = f". as [$d, $v] | $d | first(({program}\n)) | tojson"
    try:
        outputs = jq.compile(bound).input_text(json.dumps([value, variable])).all()
    except ValueError as error:
        return "error", str(error)
    return "value", json.loads(outputs[0]) if outputs else None


def ours(program: str, value, variable):
    quick = quicken(read(program).node)
    if quick is None:
        return "deferred", None
    try:
        return "value", quick(value, {"v": variable})
    except Empty:
        return "value", None
    except Defer as reason:
        return ("error" if reason.fails else "deferred"), None


def large(value) -> bool:
    return isinstance(value, (int, float)) and abs(value) > EXACT


@settings(max_examples=600, deadline=None, derandomize=True)
@given(program=programs, value=data, variable=values)
def test_the_fast_path_agrees_with_libjq(program, value, variable):
    kind, result = ours(program, value, variable)
    if kind == "deferred" or large(result):
        return
    expected_kind, expected = libjq(program, value, variable)
    assert kind == expected_kind, (program, result, expected)
    if kind == "value":
        assert compare(result, expected) == 0, (program, result, expected)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(left=values, right=values)
def test_the_order_of_values_is_that_of_libjq(left, right):
    (sign,) = (
        jq.compile("if .[0] < .[1] then -1 elif .[0] == .[1] then 0 else 1 end")
        .input_text(json.dumps([left, right]))
        .all()
    )
    difference = compare(left, right)
    assert (difference > 0) - (difference < 0) == sign


@pytest.mark.parametrize(
    ("program", "value", "result"),
    [
        (".", 12345678901234567890123, 12345678901234567890123),
        (".a + 1", {"a": 2**53 + 1}, 2**53 + 2),
        (".a == .b", {"a": 2**53 + 1, "b": 2**53}, False),
        ("-9007199254740993", None, -9007199254740993),
        (".a.b[0].c", {"a": {"b": [{"c": 1}]}}, 1),
        ('"\\(.id): \\(.name)"', {"id": 2**60, "name": "x"}, f"{2**60}: x"),
        ('.a // "none"', {"a": False}, "none"),
        ("[.a?, 1]", 5, [1]),
        ("1.5 + 1.5", None, 3),
    ],
)
def test_the_fast_path_is_exact(program, value, result):
    found = ours(program, value, None)
    assert found == ("value", result)
    assert isinstance(found[1], type(result))


@pytest.mark.parametrize(
    "program",
    [
        "|".join(["[.,.]"] * 40),
        "|".join([". + ."] * 40),
        "|".join(['"\\(.)\\(.)"'] * 40),
        "|".join(["{a: ., b: .}"] * 40),
        "map(.a)",
        ".[]",
        "[.[] | .a]",
        "..",
        "1, 2",
        ". as $x | $x",
        "def f: 1; f",
        "1" + " + 1" * 200,
        "9" * 500,
        "1e400",
    ],
)
def test_what_could_grow_or_has_many_outputs_is_left_to_libjq(program):
    assert quicken(read(program).node) is None


def test_a_deep_value_is_left_to_libjq():
    one: Json = []
    other: Json = []
    for _ in range(5000):
        one, other = [one], [other]
    quick = quicken(read(".a == .b").node)
    assert quick is not None
    with pytest.raises(Defer):
        _ = quick({"a": one, "b": other}, {})
