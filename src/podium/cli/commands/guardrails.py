"""`podium guardrails`"""

from functools import partial
from typing import Annotated

import typer

from podium.cli.connection import Connection, talk
from podium.cli.edge import ServerCommand, session
from podium.cli.show import guardrails as view
from podium.cli.show.screen import emit, screen
from podium.cli.wire import Guardrail, GuardrailOpinion, Page

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Guardrails: list them, test a text."
)
_NONE = (
    "No guardrails. Name one under 'guardrails' in podium.yaml; "
    "docs/reference/guardrails has the kinds there are."
)


@app.callback()
def guardrails() -> None:
    """Guardrails: list them, test a text."""


@app.command("list", cls=ServerCommand)
def list_(ctx: typer.Context) -> None:
    """List the guardrails of podium.yaml, in the order in which they look."""
    options = session(ctx)
    found = talk(options.place, _list, command="guardrails list")
    if options.json:
        return emit(found.items)
    if not found.items:
        return screen().show(_NONE)
    return screen().show(view.guardrails(found.items))


@app.command("test", cls=ServerCommand)
def test(  # noqa: PLR0917 - a command and its options
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(help="What is judged.")],
    name: Annotated[str, typer.Option("--name", help="One guardrail; all unless set.")] = "",  # noqa: PT028
    at: Annotated[
        str, typer.Option("--at", help="As what it is judged: request or answer.")
    ] = "request",  # noqa: PT028
) -> None:
    """Show what guardrails say of a text, also those in the shadow. Nothing is stored."""
    options = session(ctx)
    ask = partial(_test, text=text, at=at, name=name)
    found = talk(options.place, ask, command="guardrails test")
    if options.json:
        return emit(found.items)
    if not found.items:
        return screen().show(f"No guardrail looks at a text as {at}.")
    return screen().show(view.opinions(found.items))


async def _list(connection: Connection) -> Page[Guardrail]:
    return await connection.client.guardrails()


async def _test(connection: Connection, *, text: str, at: str, name: str) -> Page[GuardrailOpinion]:
    return await connection.client.test_guardrails(text, at=at, name=name)
