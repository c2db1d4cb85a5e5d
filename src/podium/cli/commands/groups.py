"""`podium groups`, and `podium teams`, which are groups of one workspace."""

from typing import Annotated

import typer

from podium.cli.directory import ask, read, show_entry, show_list, spelled, told
from podium.cli.edge import ServerCommand, session
from podium.cli.show.screen import emit, screen
from podium.cli.wire import Page

_Group = Annotated[str, typer.Argument(help="Its id or name.")]
_Member = Annotated[str, typer.Argument(help="Id of a user or service account.")]
_Name = Annotated[str, typer.Argument(help="Up to 80 characters.")]


def commands(noun: str, what: str) -> typer.Typer:
    """Those of both nouns."""
    made = typer.Typer(add_completion=False, no_args_is_help=True, help=what)
    path = f"/api/v1/{noun}s"

    @made.command("list", cls=ServerCommand, help=f"List {noun}s by name.")
    def list_(ctx: typer.Context) -> None:
        show_list(ctx, path, f"No {noun}s. Make one with: podium {noun}s create NAME")

    @made.command(cls=ServerCommand, help=f"Create a {noun}.")
    def create(ctx: typer.Context, name: _Name) -> None:
        answer = ask(ctx, "POST", path, body={"name": name})
        show_entry(ctx, answer, f"Take people in with: podium {noun}s add {{id}} USER")

    @made.command(cls=ServerCommand, help=f"Give a {noun} another name.")
    def rename(ctx: typer.Context, group: _Group, name: _Name) -> None:
        answer = ask(ctx, "PATCH", f"{path}/{spelled(group)}", body={"name": name})
        show_entry(ctx, answer, "Its name is {name} now.")

    @made.command(cls=ServerCommand, help=f"Remove a {noun}, with the roles that it has.")
    def remove(ctx: typer.Context, group: _Group) -> None:
        _ = ask(ctx, "DELETE", f"{path}/{spelled(group)}")
        told(ctx, {"id": group, "removed": True}, f"{group} is removed.")

    _ = (list_, create, rename, remove)
    _members(made, noun, path)
    return made


def _members(made: typer.Typer, noun: str, path: str) -> None:
    @made.command(cls=ServerCommand, help=f"List who is in a {noun}.")
    def members(ctx: typer.Context, group: _Group) -> None:
        found = read(ask(ctx, "GET", f"{path}/{spelled(group)}/members"), Page[str]).items
        if session(ctx).json:
            return emit(found)
        return screen().show(*found or ["Nobody."])

    @made.command(cls=ServerCommand, help=f"Take somebody into a {noun}.")
    def add(ctx: typer.Context, group: _Group, member: _Member) -> None:
        _ = ask(ctx, "PUT", f"{path}/{spelled(group)}/members/{spelled(member)}")
        told(ctx, {"id": member, "member": True}, f"{member} is in {group}.")

    @made.command(cls=ServerCommand, help=f"Take somebody out of a {noun}.")
    def drop(ctx: typer.Context, group: _Group, member: _Member) -> None:
        _ = ask(ctx, "DELETE", f"{path}/{spelled(group)}/members/{spelled(member)}")
        told(ctx, {"id": member, "member": False}, f"{member} is not in {group}.")

    _ = (members, add, drop)


app = commands("group", "Groups of users of the whole organisation.")
