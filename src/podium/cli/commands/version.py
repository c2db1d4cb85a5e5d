"""`podium version`"""

import platform

import typer

from podium.cli.edge import Command, session
from podium.cli.release import release
from podium.cli.show.screen import emit

app = typer.Typer(add_completion=False)


@app.command(cls=Command)
def version(ctx: typer.Context) -> None:
    """Print the version."""
    here = {"podium": release(), "python": platform.python_version()}
    if session(ctx).json:
        return emit(here)
    return typer.echo(f"podium {here['podium']} (Python {here['python']})")
