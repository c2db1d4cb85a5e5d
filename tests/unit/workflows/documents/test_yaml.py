import json
from itertools import pairwise

import pytest
from tests.pace import within

from podium.kernel.errors import Invalid
from podium.workflows.documents.yaml import Bounds, load


def refusal(text: str | bytes) -> str:
    with pytest.raises(Invalid) as caught:
        _ = load(text, name="flow.yaml")
    (problem,) = caught.value.problems
    return problem.rule


def value(text: str) -> object:
    return load(text, name="flow.yaml").value


def laughs() -> str:
    lines = ['a: &a ["lol", "lol", "lol"]']
    names = "abcdefghijk"
    for above, name in pairwise(names):
        lines.append(f"{name}: &{name} [{', '.join([f'*{above}'] * 9)}]")
    return "\n".join(lines)


def nested(inner: str, levels: int) -> str:
    """Mappings in mappings, under keys of a thousand characters."""
    key = "n" * 1_000
    return f"{key}: {{" * levels + f"b: {inner}" + "}" * levels


def test_on_and_yes_stay_strings_as_yaml_1_2_has_it():
    assert value("on: yes\noff: no\nv: 1.0.3\nw: 2026-07-29") == {
        "on": "yes",
        "off": "no",
        "v": "1.0.3",
        "w": "2026-07-29",
    }


def test_plain_words_have_the_values_of_the_core_schema():
    text = "[1, -2, +3, 0o17, 0xff, 1.5, .5, 1e3, true, False, null, ~, '1', 1_000, 0b1, .]"
    assert value(f"a: {text}") == {
        "a": [
            1,
            -2,
            3,
            15,
            255,
            1.5,
            0.5,
            1000.0,
            True,
            False,
            None,
            None,
            "1",
            "1_000",
            "0b1",
            ".",
        ]
    }


def test_json_is_read_with_its_escapes_and_its_tabs():
    written = {"a": "\U0001f600 \\ud83d \u2028 /", "b": [1, 2.5, True, None], "c": {"d": 2**70}}
    assert value(json.dumps(written, indent="\t")) == written
    assert value(json.dumps(written, ensure_ascii=False)) == written


def test_a_place_is_that_of_the_key_or_of_the_list_item():
    source = load("a:\n  - b: 1\n    c/d: 2\n  - x\n", name="flow.yaml")
    assert source.place("") == (1, 1)
    assert source.place("/a") == (1, 1)
    assert source.place("/a/0/b") == (2, 5)
    assert source.place("/a/0/c~1d") == (3, 5)
    assert source.place("/a/1") == (4, 5)
    assert source.place("/a/0/nowhere/deeper") == (2, 5)
    assert source.place("/a/7") == (1, 1)


def test_an_alias_gives_the_value_and_the_place_of_its_anchor():
    source = load("a: &x {k: 1}\nb: *x\n", name="flow.yaml")
    assert source.value == {"a": {"k": 1}, "b": {"k": 1}}
    assert source.place("/b") == (2, 1)


@pytest.mark.timed
@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (laughs(), "document/nodes"),
        ("[" * 1_000_000, "document/depth"),
        ("- " * 100_000, "document/depth"),
        ("a: " + "{k: " * 70 + "1" + "}" * 70, "document/depth"),
        ("x: " + "y" * 10_000_000, "document/size"),
        ("é" * 1_100_000, "document/size"),
        ("a: [" + "1," * 1_000_000 + "]", "document/nodes"),
        ("a: &a 1\nb: [" + "*a," * 101 + "]", "document/aliases"),
        ("a: &a [*a]", "document/alias"),
        ("b: *nowhere", "document/alias"),
        ("a: &a " + "x" * 1_000_000 + "\nb: [" + "*a," * 20 + "]", "document/nodes"),
        ("a: !!python/object:os.system x", "document/tag"),
        ("a: !!str 1", "document/tag"),
        ("a: !" + "x" * 1_000_000 + " 1", "document/tag"),
        ("".join(f"%TAG !a{n}! x\n" for n in range(100_000)) + "---\na: 1", "document/tag"),
        ("a: 1\n...\n" + "%TAG !a! x\n" * 2 + "---\nb: 2", "document/tag"),
        ("? " + "k" * 1_025 + "\n: 1", "document/key"),
        (f"{{{'k' * 1_000}: " * 5 + "1" + "}" * 5, "document/key"),
        (f"a: &a {{{'k' * 1_000}: {{{'k' * 1_000}: 1}}}}\n" + nested("*a", 3), "document/key"),
        ("a: &a {b: 1}\nc:\n  <<: *a", "document/merge"),
        ("a: 1\na: 2", "document/duplicate"),
        ("1.5: one", "document/key"),
        ("0x1: one", "document/key"),
        ("007: bond", "document/key"),
        ("True: yes", "document/key"),
        ("1: one\n'1': two", "document/duplicate"),
        ("true: yes", "document/key"),
        ("? [a]\n: 1", "document/key"),
        ("? {a: 1}\n: 1", "document/key"),
        ("a: .nan", "document/number"),
        ("a: -.inf", "document/number"),
        ("a: 1e999", "document/number"),
        ("a: " + "9" * 500, "document/number"),
        (b"a: \xff", "document/utf-8"),
        ("a: \ud800", "document/utf-8"),
        ("a: \x01", "document/yaml"),
        ("a: b: c", "document/yaml"),
        ("a: 'open", "document/yaml"),
        ('{"a": "\\ud800"}', "document/yaml"),
        ("a: 1\n---\nb: 2", "document/documents"),
        ("", "document/object"),
        ("- a", "document/object"),
        ("# nothing", "document/object"),
    ],
)
def test_what_is_refused_says_why_and_quickly(text: str | bytes, rule: str):
    with within(1.0):
        assert refusal(text) == rule


@pytest.mark.timed
def test_ten_megabytes_are_refused_before_they_are_read():
    text = b"a" * 10_000_000
    with within(0.1):  # to read them takes seconds
        assert refusal(text) == "document/size"


def test_a_depth_of_sixty_four_is_read_also_through_an_alias():
    deep = "{k: " * 63 + "1" + "}" * 63
    assert value(f"a: {deep}")
    assert refusal(f"a: &a {deep}\nb:\n  c:\n    d: *a") == "document/depth"


@pytest.mark.parametrize(
    "text",
    ["a: &" + "x" * 1_000_000 + " 1\nb: *y", "b: *" + "x" * 1_000_000, "a: !" + "x" * 99_999],
)
def test_a_refusal_is_short_however_long_the_name_is(text: str):
    with pytest.raises(Invalid) as caught:
        _ = load(text, name="flow.yaml")
    assert len(caught.value.message) < 400


def test_a_key_of_a_thousand_characters_is_read():
    key = "k" * 1_024
    assert value(f"? {key}\n: 1") == {key: 1}


def test_an_alias_may_be_a_key():
    assert value("a: &a k\n*a : 1") == {"a": "k", "k": 1}


def test_a_percent_sign_is_no_directive_inside_a_value():
    assert value("a: |\n  %TAG x\nb: '%TAG'") == {"a": "%TAG x\n", "b": "%TAG"}


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert load(b"\xef\xbb\xbfa: 1", name="flow.yaml").value == {"a": 1}


def test_other_bounds_take_larger_texts_and_keys_that_are_numbers():
    bounds = Bounds(nodes=3, bare_keys=True)
    text = "responses: {200: ok, 0x1F: {'1': null}}"

    assert load("{200: ok, null: 1}", name="x", bounds=bounds).value == {"200": "ok", "null": 1}
    with pytest.raises(Invalid, match="more than 3 values"):
        load(text, name="x", bounds=bounds)
    with pytest.raises(Invalid, match="the key 31, which is no string"):
        load(text, name="x")
    with pytest.raises(Invalid, match="merge key"):
        load("<<: {a: 1}", name="x", bounds=bounds)


def test_a_whole_number_as_a_key_is_the_text_that_json_has():
    assert value("ports: {8080: 80, -1: x}") == {"ports": {"8080": 80, "-1": "x"}}


def test_what_stands_for_a_break_inside_is_read_as_itself_outside():
    assert value("a: '\ufdd0'") == {"a": "\ufdd0"}
    assert value("a: '\ufdd0\x85\u2028'") == {"a": "\ufdd0\x85\u2028"}
