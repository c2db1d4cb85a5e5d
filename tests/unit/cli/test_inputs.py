import io
from pathlib import Path

import pytest

from podium.cli.inputs import (
    Many,
    One,
    Part,
    Row,
    parse,
    read,
    select,
    setting,
    with_labels,
    with_settings,
)
from podium.kernel.errors import Invalid

MESSAGES = Path(__file__).parents[3] / "examples/support-triage/messages.csv"


def _refusal(content: bytes, name: str) -> str:
    with pytest.raises(Invalid) as refused:
        _ = parse(content, name=name)
    return refused.value.message


def test_a_json_object_is_one_input():
    assert parse(b' {"text": "hello"}', name="a.json") == One({"text": "hello"})


def test_a_json_array_is_many_inputs():
    assert parse(b'[{"a": 1}, 2, null]', name="a.json") == Many([{"a": 1}, 2, None])


def test_json_lines_are_many_inputs_also_with_empty_lines_and_one_line():
    assert parse(b'{"a": 1}\n\n{"a": 2}\r\n', name="a.jsonl") == Many([{"a": 1}, {"a": 2}])
    assert parse(b'{"a": 1}\n', name="a.ndjson") == Many([{"a": 1}])


def test_standard_input_is_told_apart_by_how_it_begins():
    assert read("-", io.BytesIO(b'{"a": 1}')) == One({"a": 1})
    assert read("-", io.BytesIO(b'{"a": 1}\n{"a": 2}\n')) == Many([{"a": 1}, {"a": 2}])
    assert read("-", io.BytesIO(b"a,b\n1,2\n")) == Many([{"a": "1", "b": "2"}])


def test_csv_rows_are_objects_of_strings():
    text = 'id,text\n1,"a, b"\n2,"two\nlines"\n\n3,ü\n'.encode()
    rows = [{"id": "1", "text": "a, b"}, {"id": "2", "text": "two\nlines"}]
    assert parse(text, name="a.csv") == Many([*rows, {"id": "3", "text": "ü"}])


def test_a_byte_order_mark_is_no_part_of_the_first_column():
    assert parse(b"\xef\xbb\xbfid\n1\n", name="a.csv") == Many([{"id": "1"}])
    assert parse(b'\xef\xbb\xbf{"a": 1}', name="a.json") == One({"a": 1})


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_header_without_commas_may_use_semicolons_or_tabs(mark: str):
    text = f"a{mark}b\n1,5{mark}2\n".encode()
    assert parse(text, name="a.csv") == Many([{"a": "1,5", "b": "2"}])


def test_a_csv_row_with_too_many_cells_is_refused_with_its_line():
    said = _refusal(b'a,b\n"x\ny",1\n1,2,3\n', "in.csv")
    assert said.startswith("in.csv:4 has 3 cells, and the header has 2.")


def test_broken_quotes_are_refused_with_their_line():
    assert _refusal(b'a,b\n1,2\n"x"y,2\n', "in.csv").startswith("in.csv:3 is no CSV:")


def test_a_header_must_name_each_column_once():
    assert "twice" in _refusal(b"a,a\n1,2\n", "in.csv")
    assert "column 2 has no name" in _refusal(b"a,,b\n1,2,3\n", "in.csv")


def test_a_bad_line_of_json_is_refused_with_its_line_and_column():
    said = _refusal(b'{"a": 1}\n{"a": }\n', "in.jsonl")
    assert said.startswith("in.jsonl:2:7 is no JSON:")
    assert _refusal(b'{\n "a" 1}', "in.json").startswith("in.json:2:6 is no JSON:")


def test_text_that_is_not_utf8_is_refused_with_the_byte_and_the_remedy():
    said = _refusal("a\nGrüße\n".encode("latin-1"), "in.csv")
    assert said == "in.csv is not UTF-8 text: byte 5 is 0xfc. Save it as UTF-8 and try again."


def test_a_missing_file_is_a_sentence():
    with pytest.raises(Invalid, match=r"The input none\.csv cannot be read: No such file"):
        _ = read("none.csv", io.BytesIO())


def test_offset_every_and_limit_choose_rows_that_keep_their_place_in_the_file():
    rows = select(list(range(10)), Part(offset=1, every=3, limit=2))
    assert rows == [Row(1, 1), Row(4, 4)]


def test_the_label_is_taken_out_of_the_input():
    rows = with_labels([Row(0, {"text": "hi", "intent": "greet"})], "intent")
    assert rows == [Row(0, {"text": "hi"}, "greet")]


def test_a_label_column_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(Invalid, match=r"Row 3 has no column 'x'\. It has: a, b\."):
        _ = with_labels([Row(2, {"a": 1, "b": 2})], "x")


def test_set_adds_members_and_reads_json_where_it_can():
    assert [setting(text) for text in ("n=1", "s=one", "l=[1]", "e=", "x=a=b")] == [
        ("n", 1),
        ("s", "one"),
        ("l", [1]),
        ("e", ""),
        ("x", "a=b"),
    ]
    assert with_settings([Row(0, {"a": 1})], {"a": 2, "b": 3}) == [Row(0, {"a": 2, "b": 3})]


def test_set_needs_an_equals_sign_and_objects():
    with pytest.raises(Invalid, match="--set takes key=value, got 'x'"):
        _ = setting("x")
    with pytest.raises(Invalid, match="Row 1 is no object"):
        _ = with_settings([Row(0, 5)], {"a": 1})


def test_the_example_data_can_be_read():
    found = read(str(MESSAGES), io.BytesIO())
    assert isinstance(found, Many)
    assert len(found.rows) == 100
    assert all(set(row) == {"id", "text", "intent"} for row in found.rows if isinstance(row, dict))
