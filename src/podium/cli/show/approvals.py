"""What waits for people."""

import json
from collections.abc import Sequence

from rich import box
from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from podium.cli.show.runs import pretty
from podium.cli.show.words import STYLES, moment
from podium.cli.wire import Approval, Change, Vote


def table(approvals: Sequence[Approval]) -> Table:
    found = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    found.add_column("Id", no_wrap=True)
    found.add_column("Status", no_wrap=True)
    found.add_column("Asked", no_wrap=True)
    found.add_column("What is asked", overflow="fold", ratio=1)
    for one in approvals:
        state = Text(one.status, STYLES.get(one.status, ""))
        found.add_row(one.id, state, moment(one.created_at), escape(one.title))
    return found


def line(one: Approval) -> str:
    style = STYLES.get(one.status, "default")
    more = f" for {one.missing} more" if one.status == "waiting" and one.votes else ""
    return (
        f"{one.id} is [{style}]{one.status}[/]{more}: {escape(one.title)}\n"
        f"  [dim]Next: podium runs show {one.run}[/]"
    )


def whole(one: Approval) -> Group:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("approval", one.id)
    grid.add_row("status", Text(one.status, STYLES.get(one.status, "")))
    grid.add_row("asked", f"{moment(one.created_at)} by {one.run} at {escape(one.path)}")
    if one.expires_at is not None:
        grid.add_row("expires", moment(one.expires_at))
    if one.decided_at is not None:
        grid.add_row("decided", f"{moment(one.decided_at)} by {one.decided_by or 'nobody'}")
    if one.comment:
        grid.add_row("comment", escape(one.comment))
    if one.status == "waiting" and one.missing > 1:
        grid.add_row("needs", f"{one.missing} people")
    if one.escalated_at is not None:
        grid.add_row("escalated", moment(one.escalated_at))
    for vote in one.votes:
        grid.add_row("vote", escape(_vote(vote)))
    for change in one.changes:
        grid.add_row("edited", escape(_change(change)))
    head = Text(f"\n{one.title}\n", "bold")
    edited = [Text("\ninstead", "dim"), pretty(one.edited)] if one.edited else []
    return Group(grid, head, pretty(one.payload), *edited, *_next(one))


def _vote(vote: Vote) -> str:
    whose = f" for {vote.on_behalf_of}" if vote.on_behalf_of else ""
    said = f': "{vote.comment}"' if vote.comment else ""
    return f"{moment(vote.at)} {vote.status} by {vote.by}{whose}{said}"


def _change(change: Change) -> str:
    match change.kind:
        case "added":
            return f"{change.path} added: {_json(change.after)}"
        case "removed":
            return f"{change.path} removed: {_json(change.before)}"
        case _:
            return f"{change.path}: {_json(change.before)} → {_json(change.after)}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _next(one: Approval) -> list[Text]:
    if one.status != "waiting":
        return []
    return [
        Text(f"\nNext: podium approvals approve {one.id}", "dim"),
        Text(f"      podium approvals reject {one.id} --comment WHY", "dim"),
    ]
