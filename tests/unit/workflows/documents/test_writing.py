import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podium.workflows.documents.writing import as_yaml
from podium.workflows.documents.yaml import load

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
ODD = st.sampled_from(
    ["on", "no", "1e3", "0x1F", "0o17", "1.0.3", "~", "", " x", "x ", "- a", "a: b", "#", "null"]
)
SCALARS = st.none() | st.booleans() | st.integers() | TEXTS | ODD
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    SCALARS | FLOATS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS | ODD, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(TEXTS | ODD, JSON, min_size=1, max_size=4))
def test_what_is_written_is_read_as_the_same(value):
    assert load(as_yaml(value), name="written").value == value


def test_a_long_text_is_written_as_a_block():
    assert as_yaml({"code": "a = 1\nb = 2\n"}) == "code: |\n  a = 1\n  b = 2\n"


def test_one_value_in_two_places_is_written_twice():
    same = {"x": 1}
    assert as_yaml({"a": same, "b": same}) == "a:\n  x: 1\nb:\n  x: 1\n"


@pytest.mark.parametrize("text", ["1e3", "0x1F", "yes", "2026-07-29", "1.0", "null", "~"])
def test_a_text_that_looks_like_something_else_stays_a_text(text: str):
    assert load(as_yaml({"x": text}), name="x").value == {"x": text}
