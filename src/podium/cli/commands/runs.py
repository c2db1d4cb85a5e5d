"""`podium runs`"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal

import typer

from podium.cli.batch import settle
from podium.cli.connection import Connection, known, talk
from podium.cli.edge import ServerCommand, Session, session
from podium.cli.exits import of_run
from podium.cli.show import runs as view
from podium.cli.show.screen import emit, screen
from podium.cli.watch import watch as follow
from podium.cli.wire import Run

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Runs: list, show, watch, cancel, resume."
)

_Run = Annotated[str, typer.Argument(help="Id of a run, as `podium runs list` shows it.")]
_Status = Literal["pending", "running", "waiting", "completed", "faulted", "cancelled"]


@app.command("list", cls=ServerCommand)
def list_(  # noqa: PLR0917 - its options
    ctx: typer.Context,
    status: Annotated[_Status | None, typer.Option(help="Only these.")] = None,
    batch: Annotated[str | None, typer.Option(help="Only this batch.")] = None,
    workflow: Annotated[
        str | None,
        typer.Option(help="Only this one: `name`, `namespace/name` or `namespace/name:version`."),
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 20,
) -> None:
    """List runs, newest first."""
    options = session(ctx)
    filters = {"status": status, "batch": batch, "workflow": workflow}
    found = talk(known(options.place), partial(_list, filters, limit), command="runs list")
    if options.json:
        return emit(found)
    if not found:
        return screen().show("No runs. Start one with: podium run DOCUMENT --input FILE")
    return screen().show(view.table(found))


@app.command(cls=ServerCommand)
def show(ctx: typer.Context, run: _Run) -> None:
    """Show a run: its workflow, times, input, output or error."""
    options = session(ctx)
    found = talk(known(options.place), partial(_get, run), command="runs show")
    if options.json:
        return emit(found)
    return screen().show(view.whole(found))


@app.command(cls=ServerCommand)
def cancel(ctx: typer.Context, run: _Run) -> None:
    """Cancel a run: it stops where it is."""
    options = session(ctx)
    found = talk(known(options.place), partial(_cancel, run), command="runs cancel")
    _told(options, found)


@app.command(cls=ServerCommand)
def resume(ctx: typer.Context, run: _Run) -> None:
    """Let a faulted run try its failed step again, or a cancelled one go on; wait for its end."""
    options = session(ctx)
    found = talk(known(options.place), partial(_resume, run), command="runs resume")
    _told(options, found)
    if code := of_run(found):
        raise typer.Exit(code)


@app.command(cls=ServerCommand)
def watch(ctx: typer.Context, run: _Run) -> None:
    """Follow a run until it ends: each step as it starts and ends."""
    options = session(ctx)
    found = talk(
        known(options.place), partial(follow, run, json=options.json), command="runs watch"
    )
    if code := of_run(found):
        raise typer.Exit(code)


def _told(options: Session, found: Run) -> None:
    if options.json:
        return emit(found)
    return screen().show(view.line(found))


async def _list(
    filters: dict[str, str | None], limit: int, connection: Connection
) -> Sequence[Run]:
    found: list[Run] = []
    async for run in connection.client.all_runs(filters):
        found.append(run)
        if len(found) == limit:
            break
    return found


async def _get(run: str, connection: Connection) -> Run:
    return await connection.client.run(run)


async def _cancel(run: str, connection: Connection) -> Run:
    return await connection.client.change_run(run, "cancel")


async def _resume(run: str, connection: Connection) -> Run:
    """Waits, because a server that lives in this process ends with the command."""
    return await settle(connection.client, await connection.client.change_run(run, "resume"))
