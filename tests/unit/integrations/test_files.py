"""Rows of files as people save them."""

from pathlib import Path

import pytest

from podium.adapters.files import FileRows
from podium.kernel.errors import Invalid, NotFound

pytestmark = pytest.mark.anyio


async def test_csv_is_read_with_quotes_newlines_and_a_byte_order_mark(tmp_path: Path):
    text = '\ufefftext,label\r\n"a, ""b""\nc",x\r\n'
    _ = (tmp_path / "a.CSV").write_bytes(text.encode())
    assert await FileRows(tmp_path).read("a.CSV") == [{"text": 'a, "b"\nc', "label": "x"}]


async def test_tab_separated_and_json_lines_are_read(tmp_path: Path):
    _ = (tmp_path / "a.tsv").write_text("text\tlabel\na, b\tx\n", "utf-8")
    _ = (tmp_path / "a.jsonl").write_text('{"text": "ä", "n": 1, "z": null}\n\n', "utf-8")
    rows = FileRows(tmp_path)
    assert await rows.read("a.tsv") == [{"text": "a, b", "label": "x"}]
    assert await rows.read("a.jsonl") == [{"text": "ä", "n": "1", "z": ""}]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"text,label\na,b,c\n", "line 2: the row has another number"),
        ("a.csv", b"text,label\na\n", "line 2: the row has another number"),
        ("a.csv", b'text,label\n"a,b\n', "unexpected end"),
        ("a.csv", b"text\n\xff\n", "not UTF-8: byte 5"),
        ("a.jsonl", b'{"a": 1}\n{"a"\n', "line 2 is not JSON"),
        ("a.jsonl", b"[1]\n", "line 1 is not an object"),
        ("a.xlsx", b"x", "none of .csv"),
    ],
)
async def test_what_cannot_be_read_is_said_with_its_place(
    tmp_path: Path, name: str, content: bytes, message: str
):
    _ = (tmp_path / name).write_bytes(content)
    with pytest.raises(Invalid, match=message):
        _ = await FileRows(tmp_path).read(name)


async def test_a_missing_file_is_not_found(tmp_path: Path):
    with pytest.raises(NotFound, match=r"none\.csv cannot be read: No such file"):
        _ = await FileRows(tmp_path).read("none.csv")
    with pytest.raises(NotFound):
        _ = await FileRows(tmp_path).stamp("none.csv")


async def test_the_stamp_changes_with_the_file(tmp_path: Path):
    _ = (tmp_path / "a.csv").write_text("text\na\n", "utf-8")
    before = await FileRows(tmp_path).stamp("a.csv")
    assert await FileRows(tmp_path).stamp("a.csv") == before
    _ = (tmp_path / "a.csv").write_text("text\nab\n", "utf-8")
    assert await FileRows(tmp_path).stamp("a.csv") != before
