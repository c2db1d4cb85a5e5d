"""What the check of a document finds, and where."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from podium.kernel.errors import Problem
from podium.kernel.json import Json
from podium.workflows.documents.source import Source, unescaped

_WIDTH: Final = 60

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


class Findings:
    """Collects findings about one source."""

    def __init__(self, source: Source) -> None:
        self._source: Source = source
        self._found: dict[tuple[str, str], Finding] = {}

    def error(self, rule: str, message: str, path: str) -> None:
        self._add(rule, message, path, severity="error")

    def warning(self, rule: str, message: str, path: str) -> None:
        self._add(rule, message, path, severity="warning")

    def _add(self, rule: str, message: str, path: str, *, severity: Severity) -> None:
        line, column = self._source.place(path)
        found = Finding(rule, message, path, line, column, severity)
        _ = self._found.setdefault((message, path), found)

    def sorted(self) -> tuple[Finding, ...]:
        return tuple(sorted(self._found.values(), key=lambda each: (each.line, each.column)))


def shown(value: Json) -> str:
    """A value as a person would write it, cut to fit a sentence."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…"


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def label(path: str) -> str:
    """`/do/0/getPet/with` as `do.getPet.with`: indexes only where no name follows."""
    tokens = unescaped(path)
    kept = [
        token
        for place, token in enumerate(tokens)
        if not token.isdecimal() or place == len(tokens) - 1
    ]
    return ".".join(kept) or "The document"
