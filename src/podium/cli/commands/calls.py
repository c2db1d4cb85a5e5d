"""`podium calls`"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal

import typer

from podium.cli.client import Query
from podium.cli.connection import Connection, known, talk
from podium.cli.edge import ServerCommand, session
from podium.cli.show import calls as view
from podium.cli.show.screen import emit, screen
from podium.cli.wire import Call
from podium.kernel.errors import NotFound

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Calls to models from outside of runs: list them, show one, score their answers.",
)

_NONE = "No calls from outside of runs. Make one with: podium models test NAME"
_NONE_SUCH = "No calls from outside of runs are like that. Leave out --model and --status."
_Status = Literal["ok", "error"]


@app.callback()
def calls() -> None:
    """Calls to models from outside of runs: list them, show one, score their answers."""


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


async def _list(filters: Query, limit: int, connection: Connection) -> Sequence[Call]:
    found: list[Call] = []
    async for call in connection.client.all_calls(filters):
        found.append(call)
        if len(found) == limit:
            break
    return found


@app.command(cls=ServerCommand)
def show(
    ctx: typer.Context,
    call: Annotated[
        str, typer.Argument(help="The call's id, an answer's x-request-id; none: the newest.")
    ] = "",
) -> None:
    """Show one call: who answered and why, what it took, and what podium supplied."""
    options = session(ctx)
    found = talk(known(options.place), partial(_one, call), command="calls show")
    if found is None:
        raise NotFound(_NONE)
    if options.json:
        return emit(found)
    return screen().show(*view.lines(found))


async def _one(call: str, connection: Connection) -> Call | None:
    if call:
        return await connection.client.call(call)
    newest = await _list({}, 1, connection)
    return newest[0] if newest else None


@app.command(cls=ServerCommand)
def score(
    ctx: typer.Context,
    call: Annotated[str, typer.Argument(help="The call's id, as listed.")],
    value: Annotated[
        float, typer.Argument(help="From 0, useless, to 1, perfect.", min=0.0, max=1.0)
    ],
) -> None:
    """Say what an answer was worth: routes that go by complexity or quality learn from it."""
    options = session(ctx)
    talk(known(options.place), partial(_score, call, value), command="calls score")
    if options.json:
        return emit({"call": call, "score": value})
    return screen().show(f"{call} is scored {value:g}.")


async def _score(call: str, value: float, connection: Connection) -> None:
    await connection.client.score_call(call, value)
