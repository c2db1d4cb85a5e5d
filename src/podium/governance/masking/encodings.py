"""What else a text says: escapes read as the characters they mean, and runs of base64 and hex.

Escapes keep their places: what is found in them is replaced where it stands. A run of base64 or hex
is replaced whole. A text within a text is read up to `DEPTH` times.
"""

import binascii
import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

DEPTH: Final = 3
_MOST_RUN: Final = 65_536
"""Characters of one run that are decoded: what is longer is a file."""
_LEAST_PRINTABLE: Final = 0.95
_LONGEST_ENTITY: Final = 10

_ESCAPES: Final = re.compile(
    r"(?:%[0-9A-Fa-f]{2})+"
    rf"|&(?:#[0-9]{{1,7}}|#[xX][0-9A-Fa-f]{{1,6}}|[A-Za-z]{{2,{_LONGEST_ENTITY}}});"
    r"|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}"
)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_\-]{16,}+=*+")
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2}){8,}+")


@dataclass(frozen=True, slots=True)
class Reading:
    """`text` is what is read; its i-th character stands from `starts[i]` to `ends[i]`."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


@dataclass(frozen=True, slots=True)
class Run:
    """Characters `start` to `end` of a text that mean another text."""

    start: int
    end: int
    text: str


def unescaped(text: str) -> Reading | None:
    """With the characters that escapes of URLs, HTML and JSON stand for; None where none are."""
    if "%" not in text and "&" not in text and "\\" not in text:
        return None
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    last = 0
    for found in _ESCAPES.finditer(text):
        meant = _meant(found[0])
        if not meant:
            continue
        plain = range(last, found.start())
        parts += (text[last : found.start()], "".join(char for char, _ in meant))
        starts.extend(plain)
        ends.extend(place + 1 for place in plain)
        at = found.start()
        for _, size in meant:
            starts.append(at)
            at += size
            ends.append(at)
        last = found.end()
    if not parts:
        return None
    rest = range(last, len(text))
    starts.extend(rest)
    ends.extend(place + 1 for place in rest)
    return Reading("".join((*parts, text[last:])), starts, ends)


def _meant(escape: str) -> Sequence[tuple[str, int]]:
    """The characters, each with the length of its escape; nothing where it means none."""
    if escape[0] == "\\":
        return ((chr(int(escape[2:].encode(), 16)), len(escape)),)
    if escape[0] == "&":
        char = html.unescape(escape)
        return ((char, len(escape)),) if len(char) == 1 else ()
    try:
        said = bytes.fromhex(escape.replace("%", "")).decode()
    except UnicodeDecodeError:
        return ()
    return tuple((char, 3 * len(char.encode())) for char in said)


def runs(text: str) -> Iterator[Run]:
    """Of base64 (also for URLs) and hex that mean a text."""
    for found in _BASE64.finditer(text):
        said = _from_base64(found[0]) or _from_hex(found[0])
        if said:
            yield Run(found.start(), found.end(), said)


def _from_base64(run: str) -> str:
    if len(run) > _MOST_RUN:
        return ""
    plain = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return _text(binascii.a2b_base64(plain + "=" * (-len(plain) % 4)))
    except binascii.Error:
        return ""


def _from_hex(run: str) -> str:
    if len(run) > _MOST_RUN or _HEX.fullmatch(run) is None:
        return ""
    return _text(bytes.fromhex(run))


def _text(decoded: bytes) -> str:
    """Empty where it is no text that people read."""
    try:
        said = decoded.decode()
    except UnicodeDecodeError:
        return ""
    printable = sum(char.isprintable() or char in "\r\n\t" for char in said)
    return said if printable >= len(said) * _LEAST_PRINTABLE else ""
