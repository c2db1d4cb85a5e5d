"""`podium version`"""

import platform
from importlib.metadata import version as installed

import typer

from podium.cli.edge import Command, session
from podium.cli.show.screen import emit

app = typer.Typer()


@app.command(cls=Command)
def version(ctx: typer.Context) -> None:
    """Print the version."""
    here = {"podium": installed("podium"), "python": platform.python_version()}
    if session(ctx).json:
        return emit(here)
    return typer.echo(f"podium {here['podium']} (Python {here['python']})")
