"""What starts runs, and when."""

from collections.abc import Mapping, Sequence
from typing import cast

from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from podium.cli.show.words import STYLES, moment
from podium.cli.wire import Schedule


def table(schedules: Sequence[Schedule]) -> Table:
    found = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    found.add_column("Id", no_wrap=True)
    found.add_column("Status", no_wrap=True)
    found.add_column("Workflow", overflow="fold", ratio=1)
    found.add_column("Rule", overflow="fold", ratio=1)
    found.add_column("Next", no_wrap=True)
    for one in schedules:
        state = Text(one.status, STYLES.get(one.status, ""))
        found.add_row(one.id, state, escape(str(one.workflow)), escape(rule(one)), _next(one))
        if one.problem:
            found.add_row("", "", Text(one.problem, "red"), "", "")
    return found


def line(one: Schedule) -> str:
    style = STYLES.get(one.status, "default")
    when = "" if one.next_at is None else f", next at {moment(one.next_at)}"
    return f"{one.id} is [{style}]{one.status}[/]: {escape(str(one.workflow))}{when}."


def rule(one: Schedule) -> str:
    """`cron 0 9 * * *`, `every PT5M`, `on com.example.paid`."""
    said = one.rule.get(one.kind)
    match said:
        case str():
            return f"{one.kind} {said}"
        case Mapping() if one.kind == "on":
            return f"on {_types(cast('Mapping[str, object]', said))}"
        case Mapping():
            parts = cast("Mapping[str, object]", said)
            return f"{one.kind} {' '.join(f'{value} {unit}' for unit, value in parts.items())}"
        case _:
            return one.kind


def _types(events: Mapping[str, object]) -> str:
    strategy = next((name for name in ("one", "any", "all") if name in events), "")
    wanted = events.get(strategy)
    filters = wanted if isinstance(wanted, Sequence) else [wanted]
    types = [_type(each) for each in filters]
    return (" and " if strategy == "all" else " or ").join(types) or "any event"


def _type(filter: object) -> str:
    attributes = cast("Mapping[str, Mapping[str, object]]", filter).get("with", {})
    return str(attributes.get("type", "any event"))


def _next(one: Schedule) -> str:
    if one.status == "active" and one.next_at is None:
        return "when its events come" if one.kind == "on" else "after its last run"
    return moment(one.next_at)
