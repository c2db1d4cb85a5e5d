"""`podium approvals`"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final, Literal, cast

import anyio
import typer

from podium.cli.batch import settle
from podium.cli.client import Client
from podium.cli.connection import Connection, known, talk
from podium.cli.edge import ServerCommand, Session, session
from podium.cli.show import approvals as view
from podium.cli.show.screen import emit, screen
from podium.cli.show.words import count
from podium.cli.wire import Approval, Run
from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="What waits for a person: list, show, approve, reject.",
)

_One = Annotated[str, typer.Argument(help="Id, as `podium approvals list` shows it.")]
_Some = Annotated[
    str | None, typer.Argument(help="Id, as `podium approvals list` shows it; or use --all.")
]
_Comment = Annotated[str, typer.Option(help="Kept with the decision.")]
_All = Annotated[bool, typer.Option("--all", help="Decide everything that waits in --batch.")]
_Batch = Annotated[str | None, typer.Option(help="The batch of --all.")]
_Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before --all.")]
_HEARING: Final = 5.0
_LOOK: Final = 0.1
_Status = Literal["waiting", "approved", "rejected", "expired", "withdrawn", "any"]


@dataclass(frozen=True, slots=True)
class Decision:
    """`verb` is approve or reject."""

    verb: str
    body: JsonObject


@app.command("list", cls=ServerCommand)
def list_(  # noqa: PLR0917 - its options
    ctx: typer.Context,
    status: Annotated[_Status, typer.Option(help="Only these.")] = "waiting",
    batch: Annotated[str | None, typer.Option(help="Only of this batch.")] = None,
    run: Annotated[str | None, typer.Option(help="Only of this run.")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only what waits for your vote.")] = False,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 50,
) -> None:
    """List what waits for a person, the oldest first."""
    options = session(ctx)
    filters = {"status": None if status == "any" else status, "batch": batch, "run": run}
    filters |= {"mine": "true"} if mine else {}
    found = talk(known(options.place), partial(_list, filters, limit), command="approvals list")
    if options.json:
        return emit(found)
    if not found:
        return screen().show("Nothing waits for a person.")
    return screen().show(
        view.table(found),
        "\n[dim]Next: podium approvals show ID, then approve ID or reject ID[/]",
    )


@app.command(cls=ServerCommand)
def show(ctx: typer.Context, approval: _One) -> None:
    """Show what is asked, in full."""
    options = session(ctx)
    found = talk(known(options.place), partial(_get, approval), command="approvals show")
    if options.json:
        return emit(found)
    return screen().show(view.whole(found))


@app.command(cls=ServerCommand)
def approve(  # noqa: PLR0913, PLR0917 - its options
    ctx: typer.Context,
    approval: _Some = None,
    comment: _Comment = "",
    edit: Annotated[
        str, typer.Option(help="What is approved instead of what was asked.", metavar="JSON")
    ] = "",
    all_: _All = False,
    batch: _Batch = None,
    yes: _Yes = False,
) -> None:
    """Say yes to what a run asks, as it is or edited; the run goes on."""
    body: JsonObject = {"comment": comment} | ({"payload": _json(edit)} if edit else {})
    _decide(session(ctx), Decision("approve", body), _Which(approval, all_, batch, yes))


@app.command(cls=ServerCommand)
def reject(  # noqa: PLR0917 - its options
    ctx: typer.Context,
    approval: _Some = None,
    comment: _Comment = "",
    all_: _All = False,
    batch: _Batch = None,
    yes: _Yes = False,
) -> None:
    """Say no to what a run asks; the run goes on with the refusal."""
    which = _Which(approval, all_, batch, yes)
    _decide(session(ctx), Decision("reject", {"comment": comment}), which)


@dataclass(frozen=True, slots=True)
class _Which:
    id: str | None
    all: bool
    batch: str | None
    yes: bool

    def check(self) -> None:
        if (self.id is None) is not self.all:
            raise typer.BadParameter("Give the id of one approval, or --all with --batch NAME.")
        if self.all and self.batch is None:
            raise typer.BadParameter("--all needs --batch NAME: it decides a whole batch.")


def _decide(options: Session, decision: Decision, which: _Which) -> None:
    which.check()
    place, command = known(options.place), f"approvals {decision.verb}"
    asked = talk(place, partial(_asked, which), command=command)
    if which.all and not which.yes and asked:
        _ = typer.confirm(
            f"{decision.verb.capitalize()} {count(len(asked), 'approval')} of the batch "
            f"{which.batch}?",
            abort=True,
            err=True,
        )
    decided = talk(place, partial(_send, decision, asked), command=command)
    if options.json:
        return emit(decided if which.all else decided[0])
    if not decided:
        return screen().show("Nothing waits for a person.")
    return screen().show(*[view.line(one) for one in decided])


async def _asked(which: _Which, connection: Connection) -> Sequence[Approval]:
    if which.id is not None:
        return [await connection.client.approval(which.id)]
    query = {"batch": which.batch, "status": "waiting"}
    return [one async for one in connection.client.all_approvals(query)]


async def _send(
    decision: Decision, asked: Sequence[Approval], connection: Connection
) -> Sequence[Approval]:
    """Each decision names the digest of what was shown, so that nothing else is decided."""
    client = connection.client
    decided = [
        await client.decide(
            one.id,
            decision.verb,
            {**decision.body, "expected_digest": one.proposal_digest or one.payload_digest},
        )
        for one in asked
    ]
    if connection.embedded:  # nobody else carries the runs on when this command ends
        for one in decided:
            _ = await settle(client, await _told(client, one.run))
    return decided


async def _told(client: Client, run: str) -> Run:
    """The run, once it has heard of the decision; it hears of it a moment later."""
    found = await client.run(run)
    with anyio.move_on_after(_HEARING):
        while found.waits_for_person:
            await anyio.sleep(_LOOK)
            found = await client.run(run)
    return found


async def _list(
    filters: dict[str, str | None], limit: int, connection: Connection
) -> Sequence[Approval]:
    found: list[Approval] = []
    async for approval in connection.client.all_approvals(filters):
        found.append(approval)
        if len(found) == limit:
            break
    return found


async def _get(approval: str, connection: Connection) -> Approval:
    return await connection.client.approval(approval)


def _json(text: str) -> Json:
    try:
        return cast("Json", json.loads(text))
    except json.JSONDecodeError as error:
        raise Invalid(f"--edit is no JSON: {error}. Put it into single quotes.") from error
