"""`podium schedules`"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import typer

from podium.cli.connection import Connection, known, talk
from podium.cli.edge import ServerCommand, session
from podium.cli.show import schedules as view
from podium.cli.show.screen import emit, screen
from podium.cli.wire import Schedule

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Schedules, which start runs: list, pause, resume.",
)

_Id = Annotated[str, typer.Argument(help="Id, as `podium schedules list` shows it.")]


@app.command("list", cls=ServerCommand)
def list_(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 50,
) -> None:
    """List schedules by the name of their workflows."""
    options = session(ctx)
    found = talk(known(options.place), partial(_list, limit), command="schedules list")
    if options.json:
        return emit(found)
    if not found:
        return screen().show("No schedules. A workflow has one under `schedule:`.")
    return screen().show(view.table(found))


@app.command(cls=ServerCommand)
def pause(ctx: typer.Context, schedule: _Id) -> None:
    """Pause a schedule: it starts nothing until it is resumed."""
    _change(ctx, schedule, "pause")


@app.command(cls=ServerCommand)
def resume(ctx: typer.Context, schedule: _Id) -> None:
    """Resume a schedule; what it missed is not made up for."""
    _change(ctx, schedule, "resume")


def _change(ctx: typer.Context, schedule: str, verb: str) -> None:
    options = session(ctx)
    found = talk(known(options.place), partial(_send, schedule, verb), command=f"schedules {verb}")
    if options.json:
        return emit(found)
    return screen().show(view.line(found))


async def _list(limit: int, connection: Connection) -> Sequence[Schedule]:
    found: list[Schedule] = []
    async for schedule in connection.client.all_schedules():
        found.append(schedule)
        if len(found) == limit:
            break
    return found


async def _send(schedule: str, verb: str, connection: Connection) -> Schedule:
    return await connection.client.change_schedule(schedule, verb)
