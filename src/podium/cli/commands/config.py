"""`podium config`"""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from podium.cli.configuration import environment, read
from podium.cli.connection import Connection, known, talk
from podium.cli.edge import Command, ServerCommand, session
from podium.cli.show import configuration as view
from podium.cli.show.screen import emit, screen
from podium.cli.show.words import count
from podium.cli.wire_configuration import (
    Configuration,
    ConfigurationCheck,
    ConfigurationOutcome,
    Difference,
    Version,
    WholeVersion,
)
from podium.kernel.errors import Invalid, NotFound
from podium.kernel.json import JsonObject
from podium.settings import locate

_HELP = "The configuration: check it, change it while podium runs, roll it back."
_Number = Annotated[int, typer.Argument(min=1, help="As `podium config versions` shows it.")]
_AnyNumber = Annotated[int, typer.Argument(min=0, help="A version; 0 is podium.yaml alone.")]
_Comment = Annotated[str, typer.Option("--comment", "-m", help="Why, for those who look later.")]
_Expected = Annotated[
    int | None,
    typer.Option("--expect", min=0, help="The newest version that you have seen; the present one."),
]
app = typer.Typer(add_completion=False, no_args_is_help=True, help=_HELP)


@app.callback()
def config() -> None:
    """The configuration: check it, change it while podium runs, roll it back."""


@app.command(cls=Command)
def check(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="Configuration file; podium.yaml here unless set.")
    ] = None,
) -> None:
    """Check a configuration file: every problem with its place, and nothing is started."""
    where = file or session(ctx).place.config or locate(Path(), environment())
    settings = read(where)
    if session(ctx).json:
        return emit({"file": None if where is None else str(where), "ok": True})
    what = "The defaults, as there is no podium.yaml here" if where is None else str(where)
    return screen().show(
        f"[green]ok[/] {what}: {count(len(settings.models), 'model')}, "
        f"{count(len(settings.routes), 'route')}, {count(len(settings.datasets), 'dataset')}, "
        f"{count(len(settings.connections), 'connection')}."
    )


@app.command(cls=ServerCommand)
def show(
    ctx: typer.Context,
    version: Annotated[
        int | None, typer.Argument(min=1, help="The document of this version instead.")
    ] = None,
) -> None:
    """Show what is in force, and what is not yet: a changed file, a newer version."""
    options = session(ctx)
    if version is not None:
        whole = talk(known(options.place), partial(_version, version), command="config show")
        return emit(whole) if options.json else typer.echo(whole.text)
    found = talk(known(options.place), _standing, command="config show")
    return emit(found) if options.json else screen().unbroken(*view.standing(found))


@app.command(cls=ServerCommand)
def apply(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="Sections of podium.yaml to lay over it; - is standard input.")
    ],
    *,
    comment: _Comment = "",
    expect: _Expected = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
) -> None:
    """Lay a document over podium.yaml, at once: providers, models, routes, cache, gateway …

    It is the whole of what is laid over the file: what a version before said is not kept.
    """
    options, text = session(ctx), _text(file)
    if dry_run:
        checked = talk(options.place, partial(_check, text), command="config apply")
        if options.json:
            return emit(checked)
        return screen().unbroken(*view.changes(checked.changes), *view.remarks(checked))
    wish = {"document": text, "comment": comment}
    found = talk(options.place, partial(_apply, wish, expect), command="config apply")
    return _tell(ctx, found)


@app.command(cls=ServerCommand)
def versions(ctx: typer.Context) -> None:
    """List the versions that were stored, newest first."""
    options = session(ctx)
    found = talk(known(options.place), _versions, command="config versions")
    if options.json:
        return emit(found)
    if not found:
        return screen().show("No versions: podium.yaml alone is in force.")
    return screen().show(view.versions(found))


@app.command(cls=ServerCommand)
def diff(ctx: typer.Context, older: _AnyNumber, newer: _AnyNumber) -> None:
    """Show what makes the document of one version that of another."""
    options = session(ctx)
    found = talk(known(options.place), partial(_diff, older, newer), command="config diff")
    return emit(found) if options.json else screen().unbroken(*view.changes(found))


@app.command(cls=ServerCommand)
def rollback(
    ctx: typer.Context, version: _AnyNumber, *, comment: _Comment = "", expect: _Expected = None
) -> None:
    """Bring an older version back, as a new one; 0 is podium.yaml alone."""
    wish = {"to_version": version, "comment": comment}
    work = partial(_roll_back, wish, expect)
    return _tell(ctx, talk(known(session(ctx).place), work, command="config rollback"))


@app.command(cls=ServerCommand)
def reload(ctx: typer.Context) -> None:
    """Let a running podium read podium.yaml again, as SIGHUP does."""
    return _tell(ctx, talk(known(session(ctx).place), _reload, command="config reload"))


def _tell(ctx: typer.Context, found: ConfigurationOutcome) -> None:
    return emit(found) if session(ctx).json else screen().unbroken(*view.outcome(found))


def _text(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except FileNotFoundError as missing:
        raise NotFound(f"There is no file '{file}'.") from missing
    except (OSError, UnicodeDecodeError) as unread:
        raise Invalid(f"'{file}' cannot be read as text: {unread}.") from unread


async def _standing(connection: Connection) -> Configuration:
    return await connection.client.configuration()


async def _version(number: int, connection: Connection) -> WholeVersion:
    return await connection.client.configuration_version(number)


async def _check(text: str, connection: Connection) -> ConfigurationCheck:
    return await connection.client.check_configuration(text)


async def _apply(
    wish: JsonObject, expected: int | None, connection: Connection
) -> ConfigurationOutcome:
    seen = await _seen(expected, connection)
    return await connection.client.change_configuration({**wish, "expected_version": seen})


async def _roll_back(
    wish: JsonObject, expected: int | None, connection: Connection
) -> ConfigurationOutcome:
    seen = await _seen(expected, connection)
    return await connection.client.configuration_does(
        "rollback", {**wish, "expected_version": seen}
    )


async def _seen(expected: int | None, connection: Connection) -> int:
    return (await connection.client.configuration()).newest if expected is None else expected


async def _reload(connection: Connection) -> ConfigurationOutcome:
    return await connection.client.configuration_does("reload")


async def _versions(connection: Connection) -> list[Version]:
    return [version async for version in connection.client.all_versions()]


async def _diff(older: int, newer: int, connection: Connection) -> tuple[Difference, ...]:
    return (await connection.client.configuration_diff(older, newer)).items
