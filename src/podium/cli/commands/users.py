"""`podium users`, and what service accounts have in common with them."""

from typing import Annotated

import typer

from podium.cli.directory import ask, show_entry, show_list, spelled, told
from podium.cli.edge import ServerCommand
from podium.kernel.json import JsonObject

_Id = Annotated[str, typer.Argument(help="Its id, as the list shows it.")]


def commands(noun: str, what: str, empty: str) -> typer.Typer:
    """Those of both nouns."""
    made = typer.Typer(add_completion=False, no_args_is_help=True, help=what)
    path = f"/api/v1/{noun.replace(' ', '-')}s"

    @made.command("list", cls=ServerCommand, help=f"List {noun}s.")
    def list_(ctx: typer.Context) -> None:
        show_list(ctx, path, empty)

    @made.command(cls=ServerCommand, help=f"Keep a {noun} out, until enabled.")
    def disable(ctx: typer.Context, user: _Id) -> None:
        answer = ask(ctx, "POST", f"{path}/{spelled(user)}/disable")
        show_entry(ctx, answer, "Nothing that {name} holds lets anybody in.")

    @made.command(cls=ServerCommand, help=f"Let a {noun} in again.")
    def enable(ctx: typer.Context, user: _Id) -> None:
        answer = ask(ctx, "POST", f"{path}/{spelled(user)}/enable")
        show_entry(ctx, answer, "{name} may come in.")

    @made.command(cls=ServerCommand, help=f"Remove a {noun} for good, with keys and roles.")
    def remove(ctx: typer.Context, user: _Id) -> None:
        _ = ask(ctx, "DELETE", f"{path}/{spelled(user)}")
        told(ctx, {"id": user, "removed": True}, f"{user} is removed.")

    @made.command(cls=ServerCommand, help=f"Change a {noun}'s name or e-mail address.")
    def change(  # noqa: PLR0917 - its options
        ctx: typer.Context,
        user: _Id,
        name: Annotated[str | None, typer.Option(help="Another name.")] = None,
        email: Annotated[str | None, typer.Option(help="Another address; '' for none.")] = None,
    ) -> None:
        wish: JsonObject = {"name": name, "email": email}
        answer = ask(ctx, "PATCH", f"{path}/{spelled(user)}", body=wish)
        show_entry(ctx, answer, "{name} is changed.")

    _ = (list_, disable, enable, remove, change)
    return made


app = commands("user", "People: list, change, disable, remove.", "Nobody. Invite: podium invite")
