"""`podium budgets`"""

import typer

from podium.cli.connection import Connection, known, talk
from podium.cli.edge import ServerCommand, session
from podium.cli.show import keys as view
from podium.cli.show.screen import emit, screen
from podium.cli.wire import Budget, Page

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Budgets: what is spent, and what is left."
)


@app.callback()
def budgets() -> None:
    """Budgets: what is spent, and what is left."""


@app.command("list", cls=ServerCommand)
def list_(ctx: typer.Context) -> None:
    """List the budgets of your calls and keys; as an admin, those of the workspace."""
    options = session(ctx)
    found = talk(known(options.place), _list, command="budgets list")
    if options.json:
        return emit(found.items)
    if not found.items:
        return screen().show("No budgets. Give a key one: podium keys create NAME --budget-day 5")
    return screen().show(view.budgets(found.items))


async def _list(connection: Connection) -> Page[Budget]:
    return await connection.client.budgets()
