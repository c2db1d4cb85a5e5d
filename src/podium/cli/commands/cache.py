"""`podium cache`"""

from functools import partial
from typing import Annotated

import typer

from podium.cli.connection import Connection, known, talk
from podium.cli.edge import ServerCommand, session
from podium.cli.show import configuration as view
from podium.cli.show.screen import emit, screen
from podium.cli.show.words import count
from podium.cli.wire_configuration import CacheStatistics, Purged
from podium.gateway.caching.rules import CacheScope
from podium.kernel.json import JsonObject

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Kept answers: what they did; purge them."
)


@app.command(cls=ServerCommand)
def show(ctx: typer.Context) -> None:
    """Show how often each route was answered from the cache, since podium began."""
    options = session(ctx)
    found = talk(known(options.place), _show, command="cache show")
    return emit(found) if options.json else screen().show(*view.cache(found))


@app.command(cls=ServerCommand)
def purge(
    ctx: typer.Context,
    *,
    route: Annotated[
        str | None, typer.Option(help="Answers of this route or model; all unless set.")
    ] = None,
    scope: Annotated[CacheScope | None, typer.Option(help="Answers that are shared so.")] = None,
    holder: Annotated[
        str | None,
        typer.Option(help="Answers of this one of the scope: the id of a key or user, a team."),
    ] = None,
) -> None:
    """Forget kept answers, and say how many there were."""
    options = session(ctx)
    part: JsonObject = {"route": route, "scope": scope, "holder": holder}
    found = talk(known(options.place), partial(_purge, part), command="cache purge")
    if options.json:
        return emit(found)
    return screen().show(f"{count(found.purged, 'answer')} purged.")


async def _show(connection: Connection) -> CacheStatistics:
    return await connection.client.cache()


async def _purge(part: JsonObject, connection: Connection) -> Purged:
    return await connection.client.purge(part)
