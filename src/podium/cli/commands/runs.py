"""`podium runs`: what there is. `run_changes` adds what can be done to them."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal

import typer

from podium.cli.connection import Connection, known, talk
from podium.cli.edge import ServerCommand, session
from podium.cli.exits import of_run
from podium.cli.show import runs as view
from podium.cli.show.screen import emit, screen
from podium.cli.watch import watch as follow
from podium.cli.wire import Run

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Runs: list, show, watch, pause, cancel, resume, retry, fork.",
)

RunId = Annotated[str, typer.Argument(help="Id of a run, as `podium runs list` shows it.")]
Status = Literal["pending", "running", "waiting", "suspended", "completed", "faulted", "cancelled"]


@app.command("list", cls=ServerCommand)
def list_(  # noqa: PLR0917 - its options
    ctx: typer.Context,
    status: Annotated[Status | None, typer.Option(help="Only these.")] = None,
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
def show(ctx: typer.Context, run: RunId) -> None:
    """Show a run: its workflow, times, input, output or error."""
    options = session(ctx)
    found = talk(known(options.place), partial(_get, run), command="runs show")
    if options.json:
        return emit(found)
    return screen().show(view.whole(found))


@app.command(cls=ServerCommand)
def watch(ctx: typer.Context, run: RunId) -> None:
    """Follow a run until it ends: each step as it starts and ends."""
    options = session(ctx)
    found = talk(
        known(options.place), partial(follow, run, json=options.json), command="runs watch"
    )
    if code := of_run(found):
        raise typer.Exit(code)


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
