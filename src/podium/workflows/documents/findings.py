"""What the check of a document finds, and where."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal, NoReturn, TypeAlias

from podium.kernel.errors import Problem
from podium.kernel.json import Json
from podium.workflows.documents.source import Source, unescaped

MAX_ERRORS: Final = 100
MAX_WARNINGS: Final = 100
MORE: Final = "more-findings"
_WIDTH: Final = 60
_MESSAGE: Final = 1_000
_NAMES: Final = 40
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, default=str)

Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`path` is a JSON pointer; `line` and `column` count from 1."""

    rule: str
    message: str
    path: str
    line: int
    column: int
    severity: Severity = "error"

    @property
    def problem(self) -> Problem:
        return Problem(self.message, self.rule, self.path, self.line, self.column)


class Enough(Exception):
    """As many errors are found as anybody reads: the check ends here."""


class Findings:
    """Collects findings about one source: all up to a number, and how many more warnings."""

    def __init__(self, source: Source) -> None:
        self._source: Source = source
        self._found: dict[tuple[str, str], Finding] = {}
        self._errors: int = 0
        self._warnings: int = 0

    def error(self, rule: str, message: str, path: str) -> None:
        """Raises Enough after the last one that is told."""
        self._errors += self._add(rule, message, path, severity="error")
        if self._errors >= MAX_ERRORS:
            raise Enough

    def stop(self, rule: str, message: str, path: str) -> NoReturn:
        """An error after which the check does not go on. Raises Enough."""
        self.error(rule, message, path)
        raise Enough

    def warning(self, rule: str, message: str, path: str) -> None:
        told = self._warnings < MAX_WARNINGS
        self._warnings += self._add(rule, message, path, severity="warning") if told else 1

    def _add(self, rule: str, message: str, path: str, *, severity: Severity) -> bool:
        """Whether it is new."""
        told = message if len(message) <= _MESSAGE else f"{message[:_MESSAGE]}…"
        if (told, path) in self._found:
            return False
        line, column = self._source.place(path)
        self._found[told, path] = Finding(rule, told, path, line, column, severity)
        return True

    def sorted(self) -> tuple[Finding, ...]:
        """In the order of the text; what is left out is said at the end."""
        found = sorted(self._found.values(), key=lambda each: (each.line, each.column))
        return (*found, *self._more())

    def _more(self) -> list[Finding]:
        if self._errors >= MAX_ERRORS:
            message = f"The check ended after {MAX_ERRORS} errors. Repair these first."
        elif self._warnings > MAX_WARNINGS:
            message = f"There are {self._warnings - MAX_WARNINGS:,} more warnings."
        else:
            return []
        line, column = self._source.place("")
        return [Finding(MORE, message, "", line, column, "warning")]


def shown(value: Json) -> str:
    """A value as a person would write it, cut to fit a sentence."""
    text = ""
    for part in _ENCODER.iterencode(value[: _WIDTH + 1] if isinstance(value, str) else value):
        text += part
        if len(text) > _WIDTH:
            return f"{text[:_WIDTH]}…"
    return text


def quoted(names: Collection[str]) -> str:
    """All of them, or the first and how many more."""
    first = ", ".join(f"'{name}'" for name in islice(names, _NAMES))
    more = len(names) - _NAMES
    return f"{first} and {more:,} more" if more > 0 else first


def label(path: str) -> str:
    """`/do/0/getPet/with` as `do.getPet.with`: indexes only where no name follows."""
    tokens = unescaped(path)
    kept = [
        token
        for place, token in enumerate(tokens)
        if not token.isdecimal() or place == len(tokens) - 1
    ]
    return ".".join(kept) or "The document"
