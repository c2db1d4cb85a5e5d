"""`podium models`"""

from collections.abc import Iterator
from functools import partial
from typing import Annotated

import typer
from rich.markup import escape

from podium.cli.connection import Connection, talk
from podium.cli.edge import ServerCommand, session
from podium.cli.show import models as view
from podium.cli.show.screen import emit, screen
from podium.cli.show.words import millis
from podium.cli.wire import Model, ModelTest, Page
from podium.kernel.money import usd

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Models and routes: list them, test one."
)


@app.command("list", cls=ServerCommand)
def list_(ctx: typer.Context) -> None:
    """List the models and routes that you may name, with what they cost."""
    options = session(ctx)
    found = talk(options.place, _list, command="models list")
    if options.json:
        return emit(found.items)
    after = [*view.sources(found.items), "[dim]Next: podium models test NAME[/]"]
    return screen().show(view.table(found.items), "", *after)


@app.command(cls=ServerCommand)
def test(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="A model or route, as `models list` shows it.")],
) -> None:
    """Make one tiny real call and say what came of it."""
    options = session(ctx)
    found = talk(options.place, partial(_test, name), command="models test")
    if options.json:
        return emit(found)
    return screen().show(*_lines(name, found))


def _lines(name: str, found: ModelTest) -> Iterator[str]:
    price = "no price known" if found.cost is None else usd(found.cost)
    by = "" if found.model == name else f" by {escape(found.model)}"
    yield (
        f"[green]ok[/] {escape(name)} answered{by} in {millis(found.ms)}: "
        f"{found.input_tokens} tokens in, {found.output_tokens} out, {price}."
    )
    for attempt in found.attempts[:-1]:
        yield f"   [yellow]before that[/] {escape(attempt.model)}: {attempt.outcome}"


async def _list(connection: Connection) -> Page[Model]:
    return await connection.client.models()


async def _test(name: str, connection: Connection) -> ModelTest:
    return await connection.client.test_model(name)
