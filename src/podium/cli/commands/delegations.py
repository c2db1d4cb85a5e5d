"""`podium delegations`"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import typer

from podium.cli.connection import Connection, known, talk
from podium.cli.edge import ServerCommand, session
from podium.cli.show import delegations as view
from podium.cli.show.screen import emit, screen
from podium.cli.wire import Delegation
from podium.kernel.durations import seconds
from podium.kernel.errors import Invalid
from podium.kernel.json import JsonObject

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Hand your votes to somebody else: list, give, revoke.",
)


@app.command("list", cls=ServerCommand)
def list_(ctx: typer.Context) -> None:
    """List the delegations that you gave or were given and that are not over."""
    options = session(ctx)
    found = talk(known(options.place), _list, command="delegations list")
    if options.json:
        return emit(found)
    if not found:
        return screen().show("Nobody gave you their votes, and you gave yours to nobody.")
    return screen().show(view.table(found))


@app.command(cls=ServerCommand)
def give(  # noqa: PLR0917 - its options
    ctx: typer.Context,
    delegate: Annotated[str, typer.Argument(help="The id of the user who votes for you.")],
    time: Annotated[str, typer.Option("--for", help="How long, as 7d or 12h.")],
    approval: Annotated[
        str | None, typer.Option(help="Only the vote on this approval, by its id.")
    ] = None,
) -> None:
    """Let somebody vote for you, for a time; the vote says that it is yours."""
    options, life = session(ctx), seconds(time)
    if life is None:
        raise Invalid(f"--for needs a duration such as 7d, 12h or 30m, got '{time}'.")
    wish: JsonObject = {"delegate": delegate, "seconds": life, "approval": approval}
    given = talk(known(options.place), partial(_give, wish), command="delegations give")
    return emit(given) if options.json else screen().show(view.line(given))


@app.command(cls=ServerCommand)
def revoke(
    ctx: typer.Context,
    delegation: Annotated[str, typer.Argument(help="Id, as `podium delegations list` shows it.")],
) -> None:
    """Take your votes back, or give back what you were given."""
    options = session(ctx)
    over = talk(known(options.place), partial(_revoke, delegation), command="delegations revoke")
    return emit(over) if options.json else screen().show(f"{over.id} is over.")


async def _list(connection: Connection) -> Sequence[Delegation]:
    return (await connection.client.delegations()).items


async def _give(wish: JsonObject, connection: Connection) -> Delegation:
    return await connection.client.delegate(wish)


async def _revoke(delegation: str, connection: Connection) -> Delegation:
    return await connection.client.revoke_delegation(delegation)
