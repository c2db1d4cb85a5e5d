"""`podium keys`"""

from functools import partial
from typing import Annotated

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from podium.cli.connection import Connection, known, talk
from podium.cli.edge import ServerCommand, session
from podium.cli.show.screen import emit, screen
from podium.cli.show.words import moment
from podium.cli.wire import Key, NewKey, Page

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="API keys for programs: create, list, revoke."
)


@app.command(cls=ServerCommand)
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What the key is for, such as nightly-import.")],
) -> None:
    """Create an API key. Its secret is shown this once."""
    options = session(ctx)
    made = talk(options.place, partial(_create, name), command="keys create")
    if options.json:
        return emit(made)
    typer.echo(made.secret)
    return screen().note(
        f"[dim]This is the secret of {escape(name)} ({made.id}); it is not shown again. Use it as "
        f"PODIUM_API_KEY, or send it as `Authorization: Bearer`.[/]"
    )


@app.command("list", cls=ServerCommand)
def list_(ctx: typer.Context) -> None:
    """List your API keys; never their secrets."""
    options = session(ctx)
    found = talk(known(options.place), _list, command="keys list")
    if options.json:
        return emit(found.items)
    if not found.items:
        return screen().show("No API keys. Make one with: podium keys create NAME")
    table = Table(
        "Id", "Name", "Created", "Last used", box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False
    )
    for key in found.items:
        table.add_row(key.id, escape(key.name), moment(key.created_at), moment(key.used_at))
    return screen().show(table)


@app.command(cls=ServerCommand)
def revoke(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(help="Id of the key, as `podium keys list` shows it.")],
) -> None:
    """Revoke an API key: it stops working at once."""
    options = session(ctx)
    talk(known(options.place), partial(_revoke, key), command="keys revoke")
    if options.json:
        return emit({"id": key, "revoked": True})
    return screen().show(f"{key} is revoked.")


async def _create(name: str, connection: Connection) -> NewKey:
    return await connection.client.create_key(name)


async def _list(connection: Connection) -> Page[Key]:
    return await connection.client.keys()


async def _revoke(key: str, connection: Connection) -> None:
    await connection.client.revoke_key(key)
