"""`podium trace`"""

from functools import partial
from typing import Annotated

import typer

from podium.cli.connection import Connection, known, talk
from podium.cli.edge import ServerCommand, session
from podium.cli.show.screen import emit, screen
from podium.cli.show.trace import total, tree
from podium.cli.wire import Trace

app = typer.Typer(add_completion=False)


@app.command(cls=ServerCommand)
def trace(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(help="Id of a run, as `podium runs list` shows it.")],
) -> None:
    """What a run did: each step, function and model call, with time, tokens, cost and errors."""
    options = session(ctx)
    found = talk(known(options.place), partial(_trace, run), command="trace")
    if options.json:
        return emit(found)
    return screen().show(tree(found.spans, run), total(found.spans))


async def _trace(run: str, connection: Connection) -> Trace:
    return await connection.client.trace(run)
