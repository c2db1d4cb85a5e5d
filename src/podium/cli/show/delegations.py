"""Who votes for whom, as people read it."""

from collections.abc import Sequence

from rich import box
from rich.table import Table

from podium.cli.show.words import moment
from podium.cli.wire import Delegation


def table(found: Sequence[Delegation]) -> Table:
    shown = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for title in ("Id", "Of", "To", "On", "From", "Until"):
        shown.add_column(title, overflow="fold")
    for one in found:
        shown.add_row(
            one.id,
            one.owner,
            one.delegate,
            one.approval or "everything",
            moment(one.begins_at),
            moment(one.ends_at),
        )
    return shown


def line(one: Delegation) -> str:
    what = f"on {one.approval}" if one.approval else "on everything"
    return (
        f"{one.id}: {one.delegate} votes for you {what} until {moment(one.ends_at)}\n"
        f"  [dim]To end it: podium delegations revoke {one.id}[/]"
    )
