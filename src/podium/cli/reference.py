"""The page docs/reference/cli.md, made of the help texts: `python -m podium.cli.reference`."""

import sys
from collections.abc import Iterator
from typing import Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from podium.cli.app import Commands, app
from podium.cli.lazy import command

_WIDTH: Final = 96
_HELP: Final = ["-h", "--help"]

_HEAD: Final = """\
# The command line

<!-- Generated from the help texts: python -m podium.cli.reference > docs/reference/cli.md -->

Each command talks to the server that serves the state folder here (`.podium`). Where there is
none, it starts one inside itself and ends it when it is done. `--server URL` talks to another
one, with the API key in the variable `PODIUM_API_KEY`.

Errors are sentences on standard error. With `--json`, standard output is JSON and nothing else.

| Exit code | Means |
|---|---|
| 0 | Done; also while a run waits for a person |
| 1 | An error, as it says |
| 2 | The command was not written as its help says |
| 3 | A run faulted |
| 4 | A run was cancelled |
| 5 | Time ran out (`--timeout`) |
| 130 | Stopped by Ctrl-C |
"""


def page() -> str:
    parts = [_HEAD, _section("podium", get_command(app))]
    for lazy in Commands.table:
        parts += _sections(f"podium {lazy.name}", command(lazy))
    return "\n".join(parts)


def _sections(path: str, found: TyperCommand | TyperGroup) -> Iterator[str]:
    yield _section(path, found)
    if isinstance(found, TyperGroup):
        for name, inside in found.commands.items():
            yield _section(f"{path} {name}", inside)


def _section(path: str, found: object) -> str:
    return f"## {path}\n\n```text\n{help_text(path, found)}\n```\n"


def help_text(path: str, found: object) -> str:
    """As plain text, whatever the terminal is."""
    if not isinstance(found, TyperCommand | TyperGroup):
        return ""
    found.rich_markup_mode = None
    context = typer.Context(found, info_name=path, terminal_width=_WIDTH, help_option_names=_HELP)
    return found.get_help(context)


if __name__ == "__main__":
    _ = sys.stdout.write(page())
