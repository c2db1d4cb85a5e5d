"""Commands that are imported when they are asked for.

`podium --help` has to be quick, and talking to a server or being one takes imports of half a
second and more. So the first floor of commands is a table of names and one-line summaries; the
module behind a name is imported when that command is resolved, and not for a listing. Our own
modules are never imported inside functions: whoever needs one later names it here as a string.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import ClassVar, Protocol, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command


@dataclass(frozen=True, slots=True)
class Lazy:
    """A command: `module` has a `typer.Typer` named `app`; `panel` groups it in the help."""

    name: str
    module: str
    summary: str
    panel: str


def load(target: str) -> object:
    """What `package.module:name` names."""
    module, _, name = target.partition(":")
    return cast("object", getattr(import_module(module), name))


class Formatter(Protocol):
    """As much of typer's as is used here; it keeps the type to itself."""

    def section(self, name: str) -> AbstractContextManager[None]: ...

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int) -> None: ...


class LazyGroup(TyperGroup):
    table: ClassVar[Sequence[Lazy]] = ()

    def list_commands(self, _: typer.Context) -> list[str]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return [lazy.name for lazy in self.table]

    def get_command(self, _: typer.Context, cmd_name: str):  # pyright: ignore[reportIncompatibleMethodOverride] # noqa: ANN201 - typer keeps this type to itself
        """A stand-in with the summary, enough for a listing."""
        lazy = self._find(cmd_name)
        return None if lazy is None else _stand_in(lazy)

    def resolve_command(self, ctx: typer.Context, args: list[str]):  # pyright: ignore[reportIncompatibleMethodOverride] # noqa: ANN201 - as above
        """The real command."""
        self.commands.update({lazy.name: _stand_in(lazy) for lazy in self.table})
        name, found, rest = super().resolve_command(ctx, args)
        lazy = self._find(name or "")
        return (name, found if lazy is None else command(lazy), rest)

    def format_commands(self, _: typer.Context, formatter: Formatter) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """A section for each panel. Plain text: the boxes of the other pages take half a second."""
        for panel in dict.fromkeys(lazy.panel for lazy in self.table):
            with formatter.section(panel):
                formatter.write_dl(
                    [(lazy.name, lazy.summary) for lazy in self.table if lazy.panel == panel],
                    col_max=20,
                )

    def _find(self, name: str) -> Lazy | None:
        return next((lazy for lazy in self.table if lazy.name == name), None)


def _stand_in(lazy: Lazy) -> TyperCommand:
    return TyperCommand(
        lazy.name, help=lazy.summary, short_help=lazy.summary, rich_help_panel=lazy.panel
    )


def command(lazy: Lazy) -> TyperCommand | TyperGroup:
    """Import the module and build its command."""
    made = get_command(cast("typer.Typer", load(f"{lazy.module}:app")))
    made.name = lazy.name
    return cast("TyperCommand | TyperGroup", made)
