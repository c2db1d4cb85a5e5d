"""`podium access`"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, cast

import typer
import yaml

from podium.cli.commands.policies import written
from podium.cli.directory import ask, read, table
from podium.cli.edge import ServerCommand, session
from podium.cli.exits import ExitCode
from podium.cli.show.screen import emit, screen
from podium.cli.wire_access import Decision, FailingList, Matrix
from podium.kernel.errors import Invalid
from podium.kernel.json import Json

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Who may do what: explain, matrix, test.",
)


@app.command(cls=ServerCommand)
def explain(  # noqa: PLR0917 - its options
    ctx: typer.Context,
    user: Annotated[str, typer.Argument(help="Id of a user or service account.")],
    action: Annotated[str, typer.Argument(help="As read, create or use.")],
    resource: Annotated[str, typer.Argument(help="As run, model:gpt-4o or workflow:a/b.")],
    owner: Annotated[str | None, typer.Option(help="Id of the user whose it is.")] = None,
) -> None:
    """Say whether somebody may do something, by which policies, and what gave them the role."""
    kind, _, id = resource.partition(":")
    question: Json = {
        "user": user,
        "action": action,
        "kind": kind,
        "id": id or "*",
        "owner": owner,
    }
    found = read(ask(ctx, "POST", "/api/v1/access/explain", body=question), Decision)
    if session(ctx).json:
        return emit(found)
    return screen().show(*_lines(found))


@app.command(cls=ServerCommand)
def matrix(ctx: typer.Context) -> None:
    """Show who can do what here to things of others."""
    found = read(ask(ctx, "GET", "/api/v1/access/matrix"), Matrix)
    if session(ctx).json:
        return emit(found)
    rows = [
        [user, kind, ", ".join(actions)]
        for user, kinds in found.users.items()
        for kind, actions in kinds.items()
        if actions
    ]
    return screen().show(table(["Who", "What", "May"], rows))


@app.command("test", cls=ServerCommand)
def try_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A list of user, action, kind and allowed.")],
    policies: Annotated[
        Path | None, typer.Option(help="By the policies of this file, and not those that hold.")
    ] = None,
) -> None:
    """Hold policies to a file of expectations; the exit code is 1 where one fails."""
    text = None if policies is None else written(policies)
    wish: Json = {"items": _expectations(file), "text": text}
    found = read(ask(ctx, "POST", "/api/v1/access/test", body=wish), FailingList)
    if session(ctx).json:
        emit(found)
    else:
        for one in found.items:
            screen().show(f"{file}, number {one.index + 1}:", *_lines(one.decision))
        screen().show(f"{found.tried - len(found.items)} of {found.tried} come true.")
    if found.items:
        raise typer.Exit(ExitCode.ERROR)


def _expectations(file: Path) -> Json:
    """Raises Invalid."""
    try:
        loaded = cast("Json", yaml.safe_load(written(file)))
    except yaml.YAMLError as error:
        raise Invalid(f"{file} is no YAML: {error}.") from error
    if isinstance(loaded, list) and all(isinstance(one, Mapping) for one in loaded):
        return loaded
    raise Invalid(f"{file} must be a list of expectations: user, action, kind, id, allowed.")


def _lines(found: Decision) -> list[str]:
    names = ", ".join(found.policies) or "no policy"
    bindings = [
        f"  {one.role} by {one.id}: {one.subject} "
        + (f"over the team {one.team}" if one.team else f"in {one.workspace or 'all'}")
        for one in found.bindings
    ]
    return [
        f"{'[green]allowed[/]' if found.allowed else '[red]denied[/]'} by {names}",
        *([found.message] if found.message else []),
        f"Roles that count: {', '.join(found.roles) or 'none'}",
        *bindings,
    ]
