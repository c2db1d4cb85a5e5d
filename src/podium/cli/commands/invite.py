"""`podium invite`"""

from functools import partial
from typing import Annotated

import typer
from rich.markup import escape

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
    role: Annotated[
        str, typer.Option(help="What the person will be here, as `podium roles list` shows.")
    ] = "engineer",
) -> None:
    """Print a one-time link for one more person; podium must be up."""
    options = session(ctx)
    made = talk(known(options.place), partial(_invite, role), command="invite")
    if options.json:
        return emit(made)
    typer.echo(made.link)
    return screen().note(
        f"[dim]Whoever opens it first becomes {escape(role)}. It works once, until "
        f"{moment(made.expires_at)}: send it in private.[/]"
    )


async def _invite(role: str, connection: Connection) -> Invitation:
    if connection.embedded:
        raise Unavailable(
            "Nobody serves this folder, so the link would lead nowhere. Start it with `podium up` "
            "and invite from another terminal."
        )
    return await connection.client.invite(role)
