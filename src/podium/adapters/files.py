"""Rows of CSV, TSV and JSON Lines files below one folder."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import anyio.to_thread

from podium.kernel.errors import Invalid, NotFound

MOST_BYTES = 256 * 1024 * 1024
_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_JSON_LINES = frozenset({".jsonl", ".ndjson"})


class FileRows:
    """A `Rows`. Relative paths start at `folder`; files are UTF-8, with or without a BOM."""

    def __init__(self, folder: Path) -> None:
        self._folder: Path = folder

    async def read(self, path: str) -> Sequence[Mapping[str, str]]:
        return await anyio.to_thread.run_sync(self._read, path)

    async def stamp(self, path: str) -> str:
        return await anyio.to_thread.run_sync(self._stamp, path)

    def _stamp(self, path: str) -> str:
        try:
            found = (self._folder / path).stat()
        except OSError as error:
            raise _missing(path, error) from error
        return f"{found.st_mtime_ns}:{found.st_size}:{found.st_ino}"

    def _read(self, path: str) -> Sequence[Mapping[str, str]]:
        text = self._text(path)
        kind = Path(path).suffix.lower()
        if kind in _JSON_LINES:
            return _json_lines(path, text)
        if kind in _DELIMITERS:
            return _csv(path, text, _DELIMITERS[kind])
        raise Invalid(f"{path} is none of .csv, .tsv, .jsonl, .ndjson. Save it as one of them.")

    def _text(self, path: str) -> str:
        try:
            with (self._folder / path).open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise _missing(path, error) from error
        if len(content) > MOST_BYTES:
            raise Invalid(f"{path} has more than {MOST_BYTES >> 20} MiB. Split or shorten it.")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Invalid(
                f"{path} is not UTF-8: byte {error.start} is {content[error.start]:#04x}. "
                f"Save it as UTF-8."
            ) from error


def _missing(path: str, error: OSError) -> NotFound:
    return NotFound(f"The file {path} cannot be read: {error.strerror or error}.")


def _csv(path: str, text: str, delimiter: str) -> Sequence[Mapping[str, str]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Mapping[str, str]] = []
    try:
        for row in reader:
            if None in row or None in row.values():
                raise Invalid(
                    f"{path}, line {reader.line_num}: the row has another number of columns than "
                    f"the first line, which names {len(reader.fieldnames or ())}. "
                    f"Put quotes around texts that contain {delimiter!r}."
                )
            rows.append(row)
    except csv.Error as error:
        raise Invalid(f"{path}, line {reader.line_num}: {error}.") from error
    return rows


def _json_lines(path: str, text: str) -> Sequence[Mapping[str, str]]:
    rows: list[Mapping[str, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            rows.append(_json_row(f"{path}, line {number}", line))
    return rows


def _json_row(place: str, line: str) -> Mapping[str, str]:
    """Values that are no texts are spelled as JSON; null is the empty text."""
    try:
        found = cast("object", json.loads(line))
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{place} is not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise Invalid(f'{place} is not an object. Write {{"text": "…", "label": "…"}}.')
    return {key: _cell(value) for key, value in cast("dict[str, object]", found).items()}


def _cell(value: object) -> str:
    match value:
        case str():
            return value
        case None:
            return ""
        case _:
            return json.dumps(value, ensure_ascii=False)
