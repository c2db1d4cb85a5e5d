"""What the commands of workspaces, teams, groups, users and service accounts have in common."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar
from urllib.parse import quote

import msgspec
import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from podium.cli.connection import Connection, known, talk
from podium.cli.edge import session
from podium.cli.show.screen import emit, screen
from podium.cli.show.words import moment
from podium.cli.wire import Page
from podium.cli.wire_access import Entry
from podium.kernel.errors import Unavailable
from podium.kernel.json import Json, JsonObject

T = TypeVar("T")


def ask(ctx: typer.Context, method: str, path: str, *, body: Json = None) -> Json:
    """The answer of the server."""
    place = known(session(ctx).place)
    return talk(place, partial(_ask, method, path, body), command=path.rpartition("/")[2])


def read(answer: Json, shape: type[T]) -> T:
    """Raises Unavailable where the server speaks another version of the API."""
    try:
        return msgspec.convert(answer, shape)
    except msgspec.ValidationError as error:
        raise Unavailable(
            f"The server's answer is not what this podium expects ({error}). "
            "Use the same version of podium on both sides."
        ) from error


def show_list(ctx: typer.Context, path: str, empty: str) -> None:
    found = read(ask(ctx, "GET", path), Page[Entry]).items
    if session(ctx).json:
        return emit(found)
    if not found:
        return screen().show(empty)
    columns: Mapping[str, Callable[[Entry], str]] = {
        "Id": lambda one: one.id,
        "Name": lambda one: one.name,
        "E-mail": lambda one: one.email,
        "Since": lambda one: moment(one.created_at),
        "State": lambda one: "disabled" if one.disabled_at is not None else "",
    }
    used = {
        name: cell
        for name, cell in columns.items()
        if name not in {"E-mail", "State"} or any(cell(one) for one in found)
    }
    return screen().show(
        table(list(used), [[cell(one) for cell in used.values()] for one in found])
    )


def show_entry(ctx: typer.Context, answer: Json, sentence: str) -> None:
    """`sentence` has {name} and {id}. The id alone goes to standard output, for scripts."""
    found = read(answer, Entry)
    if session(ctx).json:
        return emit(found)
    typer.echo(found.id)
    return screen().note(f"[dim]{sentence.format(name=escape(found.name), id=found.id)}[/]")


def told(ctx: typer.Context, done: JsonObject, sentence: str) -> None:
    """Something was done that has no answer."""
    return emit(done) if session(ctx).json else screen().show(sentence)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """What is typed again, the first column, is never cut short."""
    found = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for index, name in enumerate(columns):
        found.add_column(name, no_wrap=index == 0)
    for row in rows:
        found.add_row(*map(escape, row))
    return found


def spelled(part: str) -> str:
    return quote(part, safe="")


async def _ask(method: str, path: str, body: Json, connection: Connection) -> Json:  # noqa: PLR0917 - a request
    client = connection.client
    if method == "GET":
        return await client.get(path)
    if method == "POST":
        return await client.post(path, body)
    return await client.send(method, path, body)
