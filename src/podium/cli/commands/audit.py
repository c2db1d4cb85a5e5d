"""`podium audit`"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, cast
from urllib.parse import quote

import msgspec
import typer
from rich.markup import escape

from podium.adapters.clock import SystemClock
from podium.cli.connection import Connection, known, talk
from podium.cli.edge import ServerCommand, session
from podium.cli.exits import ExitCode
from podium.cli.show import audit as view
from podium.cli.show.screen import emit, screen
from podium.cli.wire import Page
from podium.cli.wire_audit import AuditEvent, Report
from podium.governance.audit.keys import PublicKey, read_public_key
from podium.governance.audit.proofs import Proof, check, check_consistency, read_proof
from podium.kernel.durations import seconds
from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Who did what: list, show, verify, prove, export; the key that signs.",
)

_Ask: TypeAlias = Callable[[Connection], Awaitable[Json]]
_PATH = "/api/v1/audit"
_Event = Annotated[str, typer.Argument(help="Id of the event, as `podium audit list` shows it.")]
_Time = Annotated[
    str | None, typer.Option(help="How long ago, as 24h, or seconds since 1970.", metavar="WHEN")
]


@app.command("list", cls=ServerCommand)
def list_(  # noqa: PLR0913, PLR0917 - its options
    ctx: typer.Context,
    action: Annotated[str | None, typer.Option(help="Only this, as key.rotate.")] = None,
    actor: Annotated[str | None, typer.Option(help="Only what this user or run did.")] = None,
    resource: Annotated[str | None, typer.Option(help="Only what was done to this.")] = None,
    outcome: Annotated[
        Literal["allowed", "denied", "failed"] | None, typer.Option(help="Only these.")
    ] = None,
    since: _Time = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 20,
) -> None:
    """List what was done and what was denied, newest first."""
    options = session(ctx)
    filters: dict[str, str | int | None] = {
        "action": action,
        "actor": actor,
        "resource": resource,
        "outcome": outcome,
        "since": _moment("--since", since),
    }
    found = talk(known(options.place), partial(_list, filters, limit), command="audit list")
    if options.json:
        return emit(found)
    if not found:
        return screen().show("No such events.")
    return screen().show(view.table(found))


@app.command(cls=ServerCommand)
def show(ctx: typer.Context, event: _Event) -> None:
    """Show all that is known of one event."""
    options = session(ctx)
    found = talk(known(options.place), partial(_get, f"/{quote(event)}"), command="audit show")
    told = msgspec.convert(found, AuditEvent)
    return emit(found) if options.json else screen().show(*view.lines(told))


@app.command(cls=ServerCommand)
def verify(  # noqa: PLR0917 - its options
    ctx: typer.Context,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Checkpoints that were kept elsewhere.",
            metavar="FILE",
        ),
    ] = None,
    public_key: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="The key to trust, as kept elsewhere.", metavar="FILE"
        ),
    ] = None,
    proof: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Check this proof, without a server.", metavar="FILE"
        ),
    ] = None,
) -> None:
    """Compute the whole trail again, and name the first entry that was tampered with."""
    options = session(ctx)
    trusted = None if public_key is None else read_public_key(public_key.read_text("utf-8"))
    if proof is not None:
        return _offline(proof, trusted, as_json=options.json)
    pins: JsonObject = {
        "checkpoints": "" if checkpoint is None else checkpoint.read_text("utf-8"),
        "key": "" if trusted is None else str(trusted),
    }
    found = talk(known(options.place), partial(_post, "/verify", pins), command="audit verify")
    report = msgspec.convert(found, Report)
    if options.json:
        emit(found)
    else:
        screen().show(*view.verdict(report))
    if not report.ok:
        raise typer.Exit(ExitCode.ERROR)
    return None


@app.command(cls=ServerCommand)
def prove(
    ctx: typer.Context,
    event: Annotated[str | None, typer.Argument(help="Id of the event.")] = None,
    since: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="In place of an event: that a checkpoint that was kept still holds.",
            metavar="FILE",
        ),
    ] = None,
) -> None:
    """Print a proof as JSON, to be checked with `podium audit verify --proof`."""
    options = session(ctx)
    if (event is None) == (since is None):
        raise Invalid("Name an event to prove, or a checkpoint with --since FILE.")
    if since is not None:
        body: JsonObject = {"checkpoint": since.read_text("utf-8")}
        asked = partial(_post, "/consistency", body)
    else:
        asked = partial(_get, f"/{quote(event or '')}/proof")
    emit(talk(known(options.place), asked, command="audit prove"))


@app.command(cls=ServerCommand)
def export(  # noqa: PLR0917 - its options
    ctx: typer.Context,
    form: Annotated[
        Literal["jsonl", "ocsf", "cef"], typer.Option("--format", help="What reads it.")
    ] = "jsonl",
    since: _Time = None,
    until: _Time = None,
) -> None:
    """Print every event, the oldest first, one a line: JSON Lines, OCSF or CEF."""
    options = session(ctx)
    query = {
        "format": form,
        "since": _moment("--since", since),
        "until": _moment("--until", until),
    }
    talk(known(options.place), partial(_export, query), command="audit export")


@app.command(cls=ServerCommand)
def checkpoint(ctx: typer.Context) -> None:
    """Print the signed size and root of the trail as it is now, to be kept elsewhere."""
    options = session(ctx)
    typer.echo("\n".join(talk(known(options.place), _checkpoint, command="audit checkpoint")))


@app.command(cls=ServerCommand)
def key(ctx: typer.Context) -> None:
    """Print the first public key of the trail, from which signatures are followed."""
    _show_key(ctx, partial(_get, "/key"), "audit key")


@app.command(cls=ServerCommand)
def rotate(ctx: typer.Context) -> None:
    """Sign with a new key from now on; the old one vouches for it."""
    _show_key(ctx, partial(_post, "/rotate", None), "audit rotate")


def _show_key(ctx: typer.Context, asked: _Ask, command: str) -> None:
    options = session(ctx)
    found = cast("dict[str, str]", talk(known(options.place), asked, command=command))
    return emit(found) if options.json else typer.echo(found["key"])


def _offline(file: Path, trusted: PublicKey | None, *, as_json: bool) -> None:
    if trusted is None:
        raise Invalid("A proof needs the key that signed: name its file with --public-key.")
    proof = read_proof(file.read_bytes())
    if isinstance(proof, Proof):
        events = check(proof, trusted)
        if as_json:
            return emit(events)
        screen().show(f"[green]The proof holds.[/] Entry {proof.position} says:")
        told = [msgspec.convert(msgspec.to_builtins(one), AuditEvent) for one in events]
        return screen().show(*(line for one in told for line in view.lines(one)))
    old, new = check_consistency(proof, trusted)
    if as_json:
        return emit({"old": old.head.size, "new": new.head.size})
    return screen().show(
        f"[green]The proof holds.[/] The {new.head.size} entries of {escape(new.origin)} begin "
        f"with the {old.head.size} of before."
    )


def _moment(option: str, text: str | None) -> str | None:
    if text is None:
        return None
    ago = seconds(text)
    if ago is not None:
        return str(SystemClock().now() - ago)
    try:
        return str(float(text))
    except ValueError:
        raise Invalid(
            f"{option} needs how long ago, as 24h or 7d, or seconds since 1970; got '{text}'."
        ) from None


async def _list(
    filters: dict[str, str | int | None], limit: int, connection: Connection
) -> Sequence[AuditEvent]:
    found: list[AuditEvent] = []
    cursor: str | None = None
    while len(found) < limit:
        query = {**filters, "cursor": cursor, "limit": min(limit, 200)}
        page = msgspec.convert(await connection.client.get(_PATH, query), Page[AuditEvent])
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    return found[:limit]


async def _get(path: str, connection: Connection) -> Json:
    return await connection.client.get(_PATH + path)


async def _post(path: str, body: JsonObject | None, connection: Connection) -> Json:
    return await connection.client.post(_PATH + path, body)


async def _export(query: dict[str, str | None], connection: Connection) -> None:
    async for line in connection.client.lines(f"{_PATH}/export", query):
        typer.echo(line)


async def _checkpoint(connection: Connection) -> Sequence[str]:
    return [line async for line in connection.client.lines(f"{_PATH}/checkpoint", {})]
