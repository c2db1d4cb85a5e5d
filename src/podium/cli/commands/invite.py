"""`podium invite`"""

from functools import partial
from typing import Annotated

import typer

from podium.cli.connection import Connection, known, talk
from podium.cli.edge import ServerCommand, session
from podium.cli.show.screen import emit, screen
from podium.cli.show.words import moment
from podium.cli.wire import Invitation
from podium.kernel.errors import Unavailable

app = typer.Typer(add_completion=False)


@app.command(cls=ServerCommand)
def invite(
    ctx: typer.Context,
    admin: Annotated[
        bool, typer.Option("--admin", help="The person will be an admin and not a member.")
    ] = False,
) -> None:
    """Print a one-time link for one more person. Only admins may; podium must be up."""
    options, role = session(ctx), "admin" if admin else "member"
    made = talk(known(options.place), partial(_invite, role), command="invite")
    if options.json:
        return emit(made)
    typer.echo(made.link)
    return screen().note(
        f"[dim]Whoever opens it first becomes {_ARTICLES[role]}. It works once, until "
        f"{moment(made.expires_at)}: send it in private.[/]"
    )


_ARTICLES = {"admin": "an admin", "member": "a member"}


async def _invite(role: str, connection: Connection) -> Invitation:
    if connection.embedded:
        raise Unavailable(
            "Nobody serves this folder, so the link would lead nowhere. Start it with `podium up` "
            "and invite from another terminal."
        )
    return await connection.client.invite(role)
