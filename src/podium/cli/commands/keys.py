"""`podium keys`"""

from functools import partial
from typing import Annotated, Literal

import typer
from rich.markup import escape

from podium.cli.connection import Connection, known, talk
from podium.cli.edge import ServerCommand, session
from podium.cli.show import keys as view
from podium.cli.show.screen import emit, screen
from podium.cli.wire import Key, NewKey, Page
from podium.kernel.durations import seconds
from podium.kernel.errors import Invalid
from podium.kernel.json import JsonObject

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="API keys for programs: create, list, change, rotate, revoke.",
)

_Key = Annotated[str, typer.Argument(help="Id of the key, as `podium keys list` shows it.")]


@app.command(cls=ServerCommand)
def create(  # noqa: PLR0913, PLR0917 - its options
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What the key is for, such as nightly-import.")],
    models: Annotated[
        list[str] | None,
        typer.Option(help="Models and routes it may ask for, as 'gpt-*'; again for more."),
    ] = None,
    operations: Annotated[
        list[str] | None, typer.Option(help="What it may ask of them, as chat; again for more.")
    ] = None,
    reach: Annotated[
        Literal["all", "gateway"], typer.Option(help="gateway: it may call models alone.")
    ] = "all",
    team: Annotated[str, typer.Option(help="Who pays, and shares limits; any name.")] = "",
    service_account: Annotated[
        str | None, typer.Option(help="Id of the service account whose it is; else it is yours.")
    ] = None,
    expires: Annotated[str | None, typer.Option(help="Its life, as 30d or 12h.")] = None,
    rpm: Annotated[int | None, typer.Option(help="Requests in any 60 seconds.")] = None,
    tpm: Annotated[int | None, typer.Option(help="Tokens in any 60 seconds.")] = None,
    concurrent: Annotated[int | None, typer.Option(help="Requests at the same time.")] = None,
    budget_day: Annotated[float | None, typer.Option(help="USD a day.")] = None,
    budget_month: Annotated[float | None, typer.Option(help="USD a month.")] = None,
    warn_day: Annotated[
        float | None, typer.Option(help="USD a day from which callers are warned.")
    ] = None,
    warn_month: Annotated[
        float | None, typer.Option(help="USD a month from which callers are warned.")
    ] = None,
) -> None:
    """Create an API key. Its secret is shown this once."""
    options = session(ctx)
    limits = {
        "rpm": rpm,
        "tpm": tpm,
        "concurrent": concurrent,
        "budget_day": budget_day,
        "budget_month": budget_month,
        "warn_day": warn_day,
        "warn_month": warn_month,
    }
    wish: JsonObject = {
        "name": name,
        "models": models or [],
        "operations": operations or [],
        "reach": reach,
        "team": team,
        "seconds": None if expires is None else _seconds("--expires", expires),
        "limits": limits,
        "service_account": service_account,
    }
    made = talk(options.place, partial(_create, wish), command="keys create")
    return emit(made) if options.json else _show_secret(made)


@app.command("list", cls=ServerCommand)
def list_(
    ctx: typer.Context,
    everybody: Annotated[
        bool, typer.Option("--all", help="As an admin: those of everybody.")
    ] = False,
) -> None:
    """List your API keys; never their secrets."""
    options = session(ctx)
    of = "workspace" if everybody else "me"
    found = talk(known(options.place), partial(_list, of), command="keys list")
    if options.json:
        return emit(found.items)
    if not found.items:
        return screen().show("No API keys. Make one with: podium keys create NAME")
    return screen().show(view.table(found.items))


@app.command(cls=ServerCommand)
def show(ctx: typer.Context, key: _Key) -> None:
    """Show what a key is for, its limits and when it was used."""
    options = session(ctx)
    found = talk(known(options.place), partial(_show, key), command="keys show")
    return emit(found) if options.json else screen().show(*view.lines(found))


@app.command(cls=ServerCommand)
def rotate(
    ctx: typer.Context,
    key: _Key,
    overlap: Annotated[
        str, typer.Option(help="How long the secret before works on, as 1h; 0s: not at all.")
    ] = "24h",
) -> None:
    """Give a key a new secret, which is shown this once."""
    options = session(ctx)
    wish = partial(_rotate, key, _seconds("--overlap", overlap))
    made = talk(known(options.place), wish, command="keys rotate")
    return emit(made) if options.json else _show_secret(made)


@app.command(cls=ServerCommand)
def disable(ctx: typer.Context, key: _Key) -> None:
    """Switch a key off, until it is enabled."""
    return _switch(ctx, key, "disable")


@app.command(cls=ServerCommand)
def enable(ctx: typer.Context, key: _Key) -> None:
    """Switch a key on again."""
    return _switch(ctx, key, "enable")


@app.command(cls=ServerCommand)
def revoke(ctx: typer.Context, key: _Key) -> None:
    """Revoke an API key: it stops working at once, for good."""
    options = session(ctx)
    talk(known(options.place), partial(_revoke, key), command="keys revoke")
    if options.json:
        return emit({"id": key, "revoked": True})
    return screen().show(f"{key} is revoked.")


def _switch(ctx: typer.Context, key: str, verb: str) -> None:
    options = session(ctx)
    found = talk(known(options.place), partial(_switched, key, verb), command=f"keys {verb}")
    return emit(found) if options.json else screen().show(f"{key} is {verb}d.")


def _show_secret(made: NewKey) -> None:
    typer.echo(made.secret)
    screen().note(
        f"[dim]This is the secret of {escape(made.name)} ({made.id}); it is not shown again. Use "
        f"it as PODIUM_API_KEY, or send it as `Authorization: Bearer`.[/]"
    )


def _seconds(option: str, text: str) -> float:
    found = seconds(text)
    if found is None:
        raise Invalid(f"{option} needs a duration such as 30d, 12h or 90s, got '{text}'.")
    return found


async def _create(wish: JsonObject, connection: Connection) -> NewKey:
    return await connection.client.create_key(wish)


async def _list(of: str, connection: Connection) -> Page[Key]:
    return await connection.client.keys(of)


async def _show(key: str, connection: Connection) -> Key:
    return await connection.client.key(key)


async def _rotate(key: str, overlap: float, connection: Connection) -> NewKey:
    return await connection.client.rotate_key(key, overlap)


async def _switched(key: str, verb: str, connection: Connection) -> Key:
    return await connection.client.switch_key(key, verb)


async def _revoke(key: str, connection: Connection) -> None:
    await connection.client.revoke_key(key)
