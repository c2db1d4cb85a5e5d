"""Patterns and lists of words that operators write, by RE2: linear time whatever they say.

RE2 has no look-around and no back-references. A pattern or a text of any size is bounded in memory.
"""

import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Final, Protocol, cast

from podium.kernel.errors import Invalid

MOST_WORDS: Final = 10_000
_MOST_PATTERN: Final = 1_000
_MOST_MEMORY: Final = 8 * 1024 * 1024
_WORDS_MEMORY: Final = 64 * 1024 * 1024


class Match(Protocol):
    def span(self) -> tuple[int, int]: ...


class Pattern(Protocol):
    """Of texts; places count characters."""

    def finditer(self, text: str) -> Iterator[Match]: ...

    def search(self, text: str) -> Match | None: ...


class BytesPattern(Protocol):
    def search(self, text: bytes) -> Match | None: ...


class _Options(Protocol):
    log_errors: bool
    max_mem: int
    case_sensitive: bool


class _Engine(Protocol):
    """The part of google-re2 that is used, which has no types of its own."""

    error: type[Exception]

    def Options(self) -> _Options: ...  # noqa: N802 - its name

    def compile(self, pattern: str | bytes, options: _Options) -> object: ...


_RE2: Final = cast("_Engine", cast("object", import_module("re2")))


def compiled(pattern: str, *, case: bool = True) -> Pattern:
    """`case`: whether capitals count. Raises Invalid for what RE2 does not take."""
    if len(pattern) > _MOST_PATTERN:
        raise Invalid(f"A pattern has at most {_MOST_PATTERN} characters, this one {len(pattern)}.")
    try:
        return cast("Pattern", _RE2.compile(pattern, _options(_MOST_MEMORY, case=case)))
    except _RE2.error as bad:
        raise Invalid(
            f"The pattern {pattern[:60]!r} is none that RE2 takes: {_said(bad)}. "
            "Look-around and back-references are not possible."
        ) from None


def compiled_bytes(pattern: bytes) -> BytesPattern:
    """A pattern of podium's own, over UTF-8."""
    return cast("BytesPattern", _RE2.compile(pattern, _options(_MOST_MEMORY, case=True)))


def compiled_words(words: Sequence[str]) -> Pattern:
    """Whole words whatever their case, the longest first. Raises Invalid."""
    spelled = sorted({word.strip() for word in words} - {""}, key=len, reverse=True)
    if not spelled or len(spelled) > MOST_WORDS:
        raise Invalid(f"A list of words has 1 to {MOST_WORDS} of them, this one {len(spelled)}.")
    try:
        pattern = "|".join(map(_whole, spelled))
        return cast("Pattern", _RE2.compile(pattern, _options(_WORDS_MEMORY, case=False)))
    except _RE2.error:
        raise Invalid("The list of words is too large. Split it.") from None


def _options(memory: int, *, case: bool) -> _Options:
    options = _RE2.Options()
    options.log_errors = False
    options.max_mem = memory
    options.case_sensitive = case
    return options


def _whole(word: str) -> str:
    """Edges of words only beside what RE2 counts as letters of words: ASCII."""
    quoted = re.sub(r"([^\w\s])", r"\\\1", word)
    before = r"\b" if re.match(r"[0-9A-Za-z_]", word) else ""
    after = r"\b" if re.search(r"[0-9A-Za-z_]$", word) else ""
    return before + quoted + after


def _said(bad: Exception) -> str:
    first = cast("object", bad.args[0] if bad.args else "")
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
