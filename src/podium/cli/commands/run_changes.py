"""`podium runs pause`, `cancel`, `resume`, `retry`, `fork`: one run, or all of a filter."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import typer

from podium.cli import inputs
from podium.cli.batch import settle
from podium.cli.commands.runs import Status, app
from podium.cli.connection import Connection, known, talk
from podium.cli.edge import ServerCommand, Session, session
from podium.cli.exits import of_run
from podium.cli.show import runs as view
from podium.cli.show.screen import emit, screen
from podium.cli.wire import ChangedRuns, Run
from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject

_OneRun = Annotated[
    str | None, typer.Argument(help="Id of a run; or leave it out and give filters.")
]
_OfBatch = Annotated[str | None, typer.Option("--batch", help="All of this batch.")]
_OfStatus = Annotated[Status | None, typer.Option("--status", help="All that are so.")]
_OfWorkflow = Annotated[
    str | None,
    typer.Option("--workflow", help="All of `name`, `namespace/name` or `namespace/name:version`."),
]
_From = Annotated[
    str, typer.Option("--from", help="Path of the task to begin with, as `podium trace` shows it.")
]
_Input = Annotated[
    str | None,
    typer.Option("--input", help="Another input for that task: a JSON file, or - for stdin."),
]


@dataclass(frozen=True, slots=True)
class _Target:
    """One run, or those that filters let pass."""

    run: str | None
    filters: Mapping[str, str]


def _target(
    run: str | None, *, batch: str | None, status: str | None, workflow: str | None
) -> _Target:
    given = {"batch": batch, "status": status, "workflow": workflow}
    filters = {name: value for name, value in given.items() if value is not None}
    if (run is None) == (not filters):
        raise Invalid(
            "Say which: the id of one run, or filters such as --batch NAME --status waiting."
        )
    return _Target(run, filters)


def _plain(verb: str, summary: str) -> None:
    """A command that needs nothing but to know which runs."""

    @app.command(verb, cls=ServerCommand, help=summary)
    def change(  # noqa: PLR0917 - its options
        ctx: typer.Context,
        run: _OneRun = None,
        batch: _OfBatch = None,
        status: _OfStatus = None,
        workflow: _OfWorkflow = None,
    ) -> None:
        target = _target(run, batch=batch, status=status, workflow=workflow)
        _change(session(ctx), verb, target)

    _ = change


_plain("pause", "Let the calls that are under way end, then let the run stand still.")
_plain("cancel", "Cancel a run: it stops where it is.")
_plain(
    "resume",
    "Let a faulted run try its failed step again, or one that stands still go on; wait for it.",
)


@app.command(cls=ServerCommand)
def retry(  # noqa: PLR0913 - its options
    ctx: typer.Context,
    run: _OneRun = None,
    *,
    path: _From,
    input: _Input = None,
    batch: _OfBatch = None,
    status: _OfStatus = None,
    workflow: _OfWorkflow = None,
) -> None:
    """Do everything again from one task on, and wait for the end."""
    target = _target(run, batch=batch, status=status, workflow=workflow)
    if target.run is None and input is not None:
        raise Invalid("--input belongs to one run. Retry them one by one, or leave it out.")
    _change(session(ctx), "retry", target, wish={"path": path, **_given(input)})


@app.command(cls=ServerCommand)
def fork(  # noqa: PLR0913 - its options
    ctx: typer.Context,
    run: _OneRun = None,
    *,
    path: _From,
    input: _Input = None,
    version: Annotated[
        str | None, typer.Option("--version", help="Of the document; default the run's own.")
    ] = None,
    batch: _OfBatch = None,
    status: _OfStatus = None,
    workflow: _OfWorkflow = None,
) -> None:
    """Start a new run that shares what happened before one task; wait for its end. Of many: a new
    one for each of them, with the same input and version.
    """
    target = _target(run, batch=batch, status=status, workflow=workflow)
    wish: JsonObject = {"path": path, **_given(input)}
    wish = wish if version is None else {**wish, "version": version}
    _change(session(ctx), "fork", target, wish=wish)


def _given(name: str | None) -> dict[str, Json]:
    if name is None:
        return {}
    read = inputs.read(name, sys.stdin.buffer)
    return {"input": read.value if isinstance(read, inputs.One) else list(read.rows)}


def _change(
    options: Session, verb: str, target: _Target, *, wish: JsonObject | None = None
) -> None:
    place, command = known(options.place), f"runs {verb}"
    if target.run is None:
        body: JsonObject = {**(wish or {}), "change": verb, "filters": dict(target.filters)}
        return _told_all(options, talk(place, partial(_many, body), command=command))
    found = talk(place, partial(_one, target.run, verb, wish=wish), command=command)
    if options.json:
        emit(found)
    else:
        screen().show(view.line(found))
    if verb in _GOES_ON and (code := of_run(found)):
        raise typer.Exit(code)
    return None


def _told_all(options: Session, found: ChangedRuns) -> None:
    if options.json:
        emit(found)
    else:
        screen().show(view.changed(found))
    if found.refused and not found.changed:
        raise typer.Exit(1)


_GOES_ON = {"resume", "retry", "fork"}


async def _one(run: str, verb: str, connection: Connection, *, wish: JsonObject | None) -> Run:
    """Waits where it goes on, because a server in this process ends with the command."""
    client = connection.client
    changed = await client.change_run(run, verb, wish)
    return await settle(client, changed) if verb in _GOES_ON else changed


async def _many(wish: JsonObject, connection: Connection) -> ChangedRuns:
    return await connection.client.change_runs(wish)
