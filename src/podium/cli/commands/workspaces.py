"""`podium workspaces`"""

from typing import Annotated

import typer

from podium.cli.directory import ask, show_entry, show_list, spelled, told
from podium.cli.edge import ServerCommand

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Workspaces, which keep things apart: list, create, rename, remove.",
)

_PATH = "/api/v1/workspaces"
_Workspace = Annotated[str, typer.Argument(help="Its id or name.")]
_Name = Annotated[str, typer.Argument(help="Up to 80 characters.")]


@app.command("list", cls=ServerCommand)
def list_(ctx: typer.Context) -> None:
    """List the workspaces that you may enter, with --workspace NAME."""
    show_list(ctx, _PATH, "You may enter no workspace.")


@app.command(cls=ServerCommand)
def create(ctx: typer.Context, name: _Name) -> None:
    """Create a workspace. Nothing stored in one is seen from another."""
    made = ask(ctx, "POST", _PATH, body={"name": name})
    show_entry(ctx, made, "Enter {name} with: podium … --workspace '{name}'")


@app.command(cls=ServerCommand)
def rename(ctx: typer.Context, workspace: _Workspace, name: _Name) -> None:
    """Give a workspace another name."""
    renamed = ask(ctx, "PATCH", f"{_PATH}/{spelled(workspace)}", body={"name": name})
    show_entry(ctx, renamed, "Its name is {name} now.")


@app.command(cls=ServerCommand)
def remove(ctx: typer.Context, workspace: _Workspace) -> None:
    """Close a workspace for good: its keys are dead; what is stored in it stays."""
    _ = ask(ctx, "DELETE", f"{_PATH}/{spelled(workspace)}")
    told(ctx, {"id": workspace, "removed": True}, f"{workspace} is removed.")
