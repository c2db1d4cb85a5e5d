"""`podium doctor`"""

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from podium.cli.connection import Connection, talk
from podium.cli.edge import ServerCommand, session
from podium.cli.exits import ExitCode
from podium.cli.show.screen import emit, screen
from podium.cli.show.words import count, status
from podium.cli.wire import Check, Checks

app = typer.Typer(add_completion=False)


@app.command(cls=ServerCommand)
def doctor(ctx: typer.Context) -> None:
    """Check what is configured, reachable and missing, and say what to do about it.

    Ends with 1 where something fails; a warning is no failure.
    """
    options = session(ctx)
    found = talk(options.place, _checks, command="doctor")
    if options.json:
        emit(found)
    else:
        screen().show(_table(found), _verdict(found))
    if any(check.status == "fail" for check in found.checks):
        raise typer.Exit(ExitCode.ERROR)


async def _checks(connection: Connection) -> Checks:
    return await connection.client.checks()


def _table(found: Checks) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("Check", no_wrap=True)
    table.add_column("Found", ratio=1, overflow="fold")
    for check in found.checks:
        table.add_row(status(check.status), escape(check.name), _words(check))
    return table


def _words(check: Check) -> str:
    said = escape(check.message)
    return f"{said}\n[cyan]{escape(check.remedy)}[/]" if check.remedy else said


def _verdict(found: Checks) -> str:
    names = [check.status for check in found.checks]
    if not (failed := names.count("fail")) and not names.count("warn"):
        return "\n[green]All is well.[/]"
    style = "red" if failed else "yellow"
    return f"\n[{style}]{count(failed, 'failure')}, {count(names.count('warn'), 'warning')}.[/]"
