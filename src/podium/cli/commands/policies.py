"""`podium policies`"""

from pathlib import Path
from typing import Annotated

import typer

from podium.cli.directory import ask, read, table, told
from podium.cli.edge import ServerCommand, session
from podium.cli.show.screen import emit, screen
from podium.cli.show.words import moment
from podium.cli.wire import Page
from podium.cli.wire_access import Policy
from podium.kernel.errors import Invalid

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Policies: show, check, put, roll back.",
)

_PATH = "/api/v1/policies"
_File = Annotated[Path, typer.Argument(help="Policies in Cedar.", show_default=False)]


@app.command(cls=ServerCommand)
def show(
    ctx: typer.Context,
    number: Annotated[int | None, typer.Option(help="That version, and not what holds.")] = None,
) -> None:
    """Print the policies that hold besides the built-in ones."""
    path = _PATH if number is None else f"{_PATH}/versions/{number}"
    found = read(ask(ctx, "GET", path), Policy)
    if session(ctx).json:
        return emit(found)
    typer.echo(found.text, nl=not found.text.endswith("\n"))
    return screen().note(f"[dim]{_about(found)}[/]")


@app.command(cls=ServerCommand)
def check(ctx: typer.Context, file: _File) -> None:
    """Check policies against the schema of actions and kinds; nothing is changed."""
    _ = ask(ctx, "POST", f"{_PATH}/check", body={"text": written(file)})
    told(ctx, {"file": str(file), "ok": True}, f"{file} can be used.")


@app.command(cls=ServerCommand)
def put(
    ctx: typer.Context,
    file: _File,
    note: Annotated[str, typer.Option(help="Why, for those who read versions.")] = "",
) -> None:
    """Let these policies hold, in place of those before."""
    made = read(ask(ctx, "PUT", _PATH, body={"text": written(file), "note": note}), Policy)
    return emit(made) if session(ctx).json else screen().show(f"Version {made.number} holds.")


@app.command(cls=ServerCommand)
def versions(ctx: typer.Context) -> None:
    """List versions, the newest first."""
    found = read(ask(ctx, "GET", f"{_PATH}/versions"), Page[Policy]).items
    if session(ctx).json:
        return emit(found)
    rows = [[str(one.number), moment(one.created_at), one.created_by, one.note] for one in found]
    return screen().show(table(["Number", "When", "Who", "Why"], rows))


@app.command(cls=ServerCommand)
def rollback(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(help="0: the built-in policies alone.", min=0)],
) -> None:
    """Bring the policies of an older version back, as a new one."""
    made = read(ask(ctx, "POST", f"{_PATH}/rollback", body={"number": number}), Policy)
    return emit(made) if session(ctx).json else screen().show(f"Version {made.number} holds.")


def written(file: Path) -> str:
    """Raises Invalid."""
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} cannot be read: {error}.") from error


def _about(found: Policy) -> str:
    if not found.number:
        return "Nobody wrote policies: the built-in ones hold alone."
    return (
        f"Version {found.number}, {moment(found.created_at)}, by {found.created_by}. {found.note}"
    )
