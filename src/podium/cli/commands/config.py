"""`podium config`"""

from pathlib import Path
from typing import Annotated

import typer

from podium.cli.configuration import environment, read
from podium.cli.edge import Command, session
from podium.cli.show.screen import emit, screen
from podium.cli.show.words import count
from podium.settings import locate

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The configuration: check it.")


@app.callback()
def config() -> None:
    """The configuration: check it."""


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
