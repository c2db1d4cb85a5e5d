"""`podium calls`"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal

import typer

from podium.cli.connection import Connection, known, talk
from podium.cli.edge import ServerCommand, session
from podium.cli.show import calls as view
from podium.cli.show.screen import emit, screen
from podium.cli.wire import Call

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Calls to models from outside of runs: list them.",
)

_NONE = "No calls from outside of runs. Make one with: podium models test NAME"
_NONE_SUCH = "No calls from outside of runs are like that. Leave out --model and --status."
_Status = Literal["ok", "error"]


@app.callback()
def calls() -> None:
    """Calls to models from outside of runs: list them."""


@app.command("list", cls=ServerCommand)
def list_(  # noqa: PLR0917 - its options
    ctx: typer.Context,
    model: Annotated[
        str | None, typer.Option(help="Only those that this model answered, as listed.")
    ] = None,
    status: Annotated[_Status | None, typer.Option(help="Only these.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 20,
) -> None:
    """List calls, newest first, with tokens, cost and time. Those of a run are in its trace."""
    options = session(ctx)
    filters = {"model": model, "status": status}
    found = talk(known(options.place), partial(_list, filters, limit), command="calls list")
    if options.json:
        return emit(found)
    if not found:
        return screen().show(_NONE_SUCH if model or status else _NONE)
    return screen().show(view.table(found), *view.faults(found))


async def _list(
    filters: dict[str, str | None], limit: int, connection: Connection
) -> Sequence[Call]:
    found: list[Call] = []
    async for call in connection.client.all_calls(filters):
        found.append(call)
        if len(found) == limit:
            break
    return found
