"""`podium events`"""

import json
import secrets
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Final, cast

import anyio
import typer
from rich.markup import escape

from podium.cli.client import Client
from podium.cli.connection import Connection, talk
from podium.cli.edge import ServerCommand, session
from podium.cli.show.screen import emit, screen
from podium.cli.wire import Receipt, Run
from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Events that runs wait for: send one."
)

_SOURCE: Final = "urn:podium:cli"
_HEARING: Final = 0.5
_LOOK: Final = 0.1


@app.callback()
def events() -> None:
    """Events that runs wait for: send one."""


@app.command(cls=ServerCommand)
def send(  # noqa: PLR0913, PLR0917 - its options
    ctx: typer.Context,
    type_: Annotated[
        str, typer.Argument(metavar="TYPE", help="Type of the event, such as com.example.paid.")
    ],
    data: Annotated[
        str, typer.Option(help="What the event says; @FILE reads a file.", metavar="JSON")
    ] = "",
    source: Annotated[str, typer.Option(help="Where it happened, a URI.")] = _SOURCE,
    subject: Annotated[str, typer.Option(help="What it is about.")] = "",
    id_: Annotated[
        str, typer.Option("--id", help="The same source and id again is the same event.")
    ] = "",
    attribute: Annotated[
        list[str] | None,
        typer.Option(help="An extension attribute; may be repeated.", metavar="NAME=VALUE"),
    ] = None,
) -> None:
    """Send an event to all runs and schedules that wait for it."""
    options = session(ctx)
    event: dict[str, Json] = {
        "specversion": "1.0",
        "id": id_ or secrets.token_hex(16),
        "source": source,
        "type": type_,
        **_extensions(attribute or ()),
    }
    if subject:
        event["subject"] = subject
    if data:
        event["data"] = _json(data)
    receipt = talk(options.place, partial(_send, event), command="events send")
    if options.json:
        return emit(receipt)
    return screen().show(_said(receipt))


def _said(receipt: Receipt) -> str:
    if not receipt.fresh:
        return f"{escape(receipt.id)} had come before: nobody was told again."
    if not receipt.runs:
        return f"{escape(receipt.id)} was sent, and nobody waits for it."
    told = "\n".join(f"  [dim]Next: podium runs show {run}[/]" for run in receipt.runs)
    return f"{escape(receipt.id)} was sent.\n{told}"


async def _send(event: JsonObject, connection: Connection) -> Receipt:
    client = connection.client
    receipt = await client.publish(event)
    if connection.embedded:  # nobody else carries the runs on when this command ends
        for run in receipt.runs:
            _ = await _carried(client, run)
    return receipt


async def _carried(client: Client, run: str) -> Run:
    """The run, once it has heard of the event and rests again."""
    await anyio.sleep(_HEARING)
    found = await client.run(run)
    while not found.is_final and found.status not in {"waiting", "suspended"}:
        await anyio.sleep(_LOOK)
        found = await client.run(run)
    return found


def _extensions(attributes: Sequence[str]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for each in attributes:
        name, equals, value = each.partition("=")
        if not equals:
            raise typer.BadParameter(f"Write --attribute NAME=VALUE, not {each!r}.")
        found[name] = value
    return found


def _json(text: str) -> Json:
    if text.startswith("@"):
        path = Path(text[1:])
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Invalid(f"{path} cannot be read: {error}.") from error
    try:
        return cast("Json", json.loads(text))
    except json.JSONDecodeError as error:
        raise Invalid(f"--data is no JSON: {error}. Put it into single quotes.") from error
