"""Inputs of runs: one JSON value, a JSON array, JSON Lines or CSV; a file or standard input.

The whole file is read: a million rows of a kilobyte are a gigabyte, split those.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from podium.kernel.errors import Invalid
from podium.kernel.json import Json

_LINES = {".jsonl", ".ndjson"}
_TABLES = {".csv", ".tsv"}


@dataclass(frozen=True, slots=True)
class One:
    """A single input: its run's output is what the person wants to see."""

    value: Json


@dataclass(frozen=True, slots=True)
class Many:
    """Each row is one run."""

    rows: Sequence[Json]


Inputs = One | Many


@dataclass(frozen=True, slots=True)
class Row:
    """`index` counts from 0 in the file, whatever part of it is run."""

    index: int
    input: Json
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Which rows: from `offset`, every `every`th, at most `limit`."""

    offset: int = 0
    every: int = 1
    limit: int | None = None


def read(name: str, stdin: BinaryIO) -> Inputs:
    """Read the file `name`, or `stdin` for "-". Raises Invalid with the line of a bad row."""
    try:
        content = stdin.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise Invalid(f"The input {name} cannot be read: {error.strerror}.") from error
    return parse(content, name="standard input" if name == "-" else name)


def parse(content: bytes, *, name: str) -> Inputs:
    """By the ending of the name; without a known one by how the content begins."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(
            f"{name} is not UTF-8 text: byte {error.start + 1} is 0x{content[error.start]:02x}. "
            f"Save it as UTF-8 and try again."
        ) from error
    suffix = Path(name).suffix.lower()
    if suffix in _LINES:
        return Many(list(_json_lines(text, name)))
    if suffix in _TABLES:
        return Many(list(_table(text, name)))
    if suffix == ".json" or text.lstrip()[:1] in {"{", "["}:
        return _json(text, name)
    return Many(list(_table(text, name)))


def select(rows: Sequence[Json], part: Part) -> Sequence[Row]:
    numbered = [Row(index, value) for index, value in enumerate(rows)]
    return numbered[part.offset :: part.every][: part.limit]


def with_settings(rows: Sequence[Row], settings: Mapping[str, Json]) -> Sequence[Row]:
    """Add the members of `--set` to each input, which then has to be an object."""
    if not settings:
        return rows
    return [
        Row(row.index, {**_object(row, "--set adds members to"), **settings}, row.label)
        for row in rows
    ]


def with_labels(rows: Sequence[Row], column: str | None) -> Sequence[Row]:
    """Take the column out of each input, so that no workflow can see the answer."""
    return rows if column is None else [_labelled(row, column) for row in rows]


def setting(text: str) -> tuple[str, Json]:
    """`key=value`; the value is JSON where it can be read as such, and text otherwise."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise Invalid(f"--set takes key=value, got {text!r}. Write for example --set lang=en.")
    try:
        return key, cast("Json", json.loads(value))
    except json.JSONDecodeError:
        return key, value


def _labelled(row: Row, column: str) -> Row:
    value = dict(_object(row, "--label-from takes a column out of"))
    if column not in value:
        raise Invalid(
            f"Row {row.index + 1} has no column {column!r}. It has: {', '.join(value)}. "
            f"Name one of them with --label-from."
        )
    return Row(row.index, value, str(value.pop(column)))


def _object(row: Row, what: str) -> Mapping[str, Json]:
    if isinstance(row.input, Mapping):
        return row.input
    raise Invalid(
        f"Row {row.index + 1} is no object, and {what} objects. It is {json.dumps(row.input)[:60]}."
    )


def _json(text: str, name: str) -> Inputs:
    try:
        value = cast("Json", json.loads(text))
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return Many(list(_json_lines(text, name)))
        raise Invalid(f"{name}:{error.lineno}:{error.colno} is no JSON: {error.msg}.") from error
    return Many(value) if isinstance(value, list) else One(value)


def _json_lines(text: str, name: str) -> Iterator[Json]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield cast("Json", json.loads(line))
        except json.JSONDecodeError as error:
            raise Invalid(
                f"{name}:{number}:{error.colno} is no JSON: {error.msg}. "
                f"JSON Lines has one whole JSON value on each line."
            ) from error


def _table(text: str, name: str) -> Iterator[dict[str, Json]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    header: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            if header is None:
                header = _header(cells, name)
            elif cells:
                yield _record(header, cells, f"{name}:{line}")
            line = reader.line_num + 1
    except csv.Error as error:
        raise Invalid(f"{name}:{line} is no CSV: {error}.") from error


def _delimiter(text: str) -> str:
    """A comma; or the semicolon or tab of a header that has no comma."""
    header = text.partition("\n")[0]
    return next((mark for mark in ",;\t" if mark in header), ",")


def _header(cells: Sequence[str], name: str) -> list[str]:
    names = [cell.strip() for cell in cells]
    twice = sorted({cell for cell in names if names.count(cell) > 1})
    if twice:
        raise Invalid(f"{name}:1 has the column {twice[0]!r} twice. Give each its own name.")
    if "" in names:
        raise Invalid(f"{name}:1: column {names.index('') + 1} has no name. Write one into line 1.")
    return names


def _record(header: Sequence[str], cells: Sequence[str], place: str) -> dict[str, Json]:
    if len(cells) != len(header):
        raise Invalid(
            f"{place} has {len(cells)} cells, and the header has {len(header)}. "
            f'Put a cell that contains a comma or a line break into "quotes".'
        )
    return dict(zip(header, cells, strict=True))
