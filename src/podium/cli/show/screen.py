"""Standard output and standard error. JSON goes out as it is, and nothing beside it."""

import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final

import msgspec
from rich.console import Console, RenderableType

_WIDTH: Final = 100
"""Of output that is no terminal, so that ids fit on a line."""


@dataclass(frozen=True, slots=True)
class Screen:
    out: Console
    err: Console

    @property
    def is_terminal(self) -> bool:
        """Whether progress may move: both streams are looked at by a person."""
        return self.err.is_terminal

    def show(self, *things: RenderableType) -> None:
        for thing in things:
            self.out.print(thing)

    def unbroken(self, *lines: str) -> None:
        """What is copied or clicked on: only the terminal itself wraps these lines."""
        for line in lines:
            self.out.print(line, soft_wrap=True)

    def note(self, *things: RenderableType) -> None:
        """Beside the result: progress, hints, what is going on."""
        for thing in things:
            self.err.print(thing)

    def busy(self, what: str) -> AbstractContextManager[object]:
        """Something that takes seconds; nothing is said where nobody looks."""
        return self.err.status(what) if self.is_terminal else nullcontext()


def screen() -> Screen:
    return Screen(_console(stderr=False), _console(stderr=True))


def emit(value: object) -> None:
    """Print as JSON, indented, in UTF-8 whatever the terminal is."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2)
    _ = sys.stdout.buffer.write(text + b"\n")
    _ = sys.stdout.flush()


def _console(*, stderr: bool) -> Console:
    found = Console(stderr=stderr, highlight=False, soft_wrap=False)
    return found if found.is_terminal else Console(stderr=stderr, highlight=False, width=_WIDTH)
