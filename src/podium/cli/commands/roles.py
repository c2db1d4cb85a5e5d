"""`podium roles`"""

from typing import Annotated

import typer

from podium.cli.directory import ask, read, spelled, table, told
from podium.cli.edge import ServerCommand, session
from podium.cli.show.screen import emit, screen
from podium.cli.show.words import moment
from podium.cli.wire import Page
from podium.cli.wire_access import Binding, Role
from podium.kernel.json import JsonObject

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Roles: which there are, and who has which of them where.",
)

_ROLES, _BINDINGS = "/api/v1/roles", "/api/v1/bindings"
_Role = Annotated[str, typer.Argument(help="Its name, as `podium roles list` shows it.")]


@app.command("list", cls=ServerCommand)
def list_(ctx: typer.Context) -> None:
    """List roles, built-in and your own."""
    found = read(ask(ctx, "GET", _ROLES), Page[Role]).items
    if session(ctx).json:
        return emit(found)
    rows = [[one.name, "built in" if one.is_built_in else "", one.description] for one in found]
    return screen().show(table(["Name", "", "What it is for"], rows))


@app.command(cls=ServerCommand)
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="a-z, 0-9 and -.")],
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
) -> None:
    """Create a role. It allows nothing until a policy names it."""
    made = read(ask(ctx, "POST", _ROLES, body={"name": name, "description": description}), Role)
    if session(ctx).json:
        return emit(made)
    return screen().show(f"{made.name} is a role now. Say what it may in a policy.")


@app.command(cls=ServerCommand)
def remove(ctx: typer.Context, role: _Role) -> None:
    """Remove a role of your own, with its bindings."""
    _ = ask(ctx, "DELETE", f"{_ROLES}/{spelled(role)}")
    told(ctx, {"name": role, "removed": True}, f"{role} is removed.")


@app.command(cls=ServerCommand)
def bindings(ctx: typer.Context) -> None:
    """List who has which role here."""
    found = read(ask(ctx, "GET", _BINDINGS), Page[Binding]).items
    if session(ctx).json:
        return emit(found)
    rows = [[one.id, one.role, one.subject, _where(one), moment(one.created_at)] for one in found]
    return screen().show(table(["Id", "Role", "Who", "Where", "Since"], rows))


@app.command(cls=ServerCommand)
def bind(  # noqa: PLR0917 - its options
    ctx: typer.Context,
    role: _Role,
    subject: Annotated[str, typer.Argument(help="Id of a user, service account, group or team.")],
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="In the whole organisation.")
    ] = False,
    team: Annotated[str, typer.Option(help="Id of a team: over what its members own.")] = "",
) -> None:
    """Give somebody a role in this workspace, a team of it, or everywhere."""
    wish: JsonObject = {"role": role, "subject": subject, "everywhere": everywhere, "team": team}
    made = read(ask(ctx, "POST", _BINDINGS, body=wish), Binding)
    if session(ctx).json:
        return emit(made)
    typer.echo(made.id)
    return screen().note(f"[dim]{subject} is {made.role} {_where(made)}.[/]")


@app.command(cls=ServerCommand)
def unbind(
    ctx: typer.Context,
    binding: Annotated[str, typer.Argument(help="Id, as `podium roles bindings` shows it.")],
) -> None:
    """Take a role away."""
    _ = ask(ctx, "DELETE", f"{_BINDINGS}/{spelled(binding)}")
    told(ctx, {"id": binding, "removed": True}, f"{binding} is removed.")


def _where(binding: Binding) -> str:
    if binding.everywhere:
        return "everywhere"
    return f"in the team {binding.team}" if binding.team else "in this workspace"
