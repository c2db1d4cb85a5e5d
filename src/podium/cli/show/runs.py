"""Runs, as a table and each as a whole."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from podium.cli.show.words import STYLES, duration, moment
from podium.cli.summary import describe
from podium.cli.wire import ChangedRuns, Run

_HINTS: Final = {
    "faulted": "podium trace {run}, then podium runs resume {run}",
    "cancelled": "podium runs resume {run}",
    "completed": "podium trace {run}",
    "waiting": "podium approvals list",
    "suspended": "podium runs resume {run}",
}


def table(runs: Sequence[Run]) -> Table:
    found = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    found.add_column("Run", no_wrap=True)
    found.add_column("Status", no_wrap=True)
    found.add_column("Workflow", overflow="fold")
    found.add_column("Started", no_wrap=True)
    found.add_column("Took", no_wrap=True, justify="right")
    for run in runs:
        state = Text(run.status, STYLES.get(run.status, ""))
        found.add_row(run.id, state, str(run.workflow), moment(run.created_at), took(run))
    return found


def took(run: Run) -> str:
    if run.started_at is None or run.ended_at is None:
        return "-"
    return duration(run.ended_at - run.started_at)


def line(run: Run) -> str:
    style = STYLES.get(run.status, "default")
    hint = _HINTS.get(run.status, "podium runs watch {run}").format(run=run.id)
    return f"{run.id} is [{style}]{run.status}[/]{_why(run)}\n  [dim]Next: {hint}[/]"


def changed(found: ChangedRuns) -> str:
    count = len(found.changed)
    lines = [f"{count} {'run' if count == 1 else 'runs'} changed."]
    lines += [f"  [yellow]{run}[/] was not: {escape(why)}" for run, why in found.refused.items()]
    if found.more:
        lines.append("  [dim]There are more: say it again for the next 1,000.[/]")
    return "\n".join(lines)


def whole(run: Run) -> Group:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("run", run.id)
    grid.add_row("status", Text(run.status, STYLES.get(run.status, "")))
    for name, value in _facts(run):
        grid.add_row(name, escape(value))
    parts: list[RenderableType] = [grid, *_part("input", run.input)]
    if run.error is not None:
        parts += [Text(f"\n{describe(run.error)}", "red"), *_part("error", run.error)]
    if run.status == "completed":
        parts += _part("output", run.output)
    return Group(*parts, Text.from_markup(f"\n[dim]Next: {_next(run)}[/]"))


def pretty(value: object) -> Syntax:
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return Syntax(text, "json", theme="ansi_dark", background_color="default", word_wrap=True)


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    yield "workflow", str(run.workflow)
    if run.waiting_on:
        yield "waits for", run.waiting_on
    if run.batch:
        yield "batch", run.batch
    if run.labels:
        yield "labels", ", ".join(f"{name}={value}" for name, value in run.labels.items())
    yield "created", moment(run.created_at)
    yield "took", took(run)


def _part(title: str, value: object) -> list[RenderableType]:
    return [Text(f"\n{title}", "dim"), pretty(value)]


def _next(run: Run) -> str:
    return _HINTS.get(run.status, "podium runs watch {run}").format(run=run.id)


def _why(run: Run) -> str:
    if run.error is not None:
        return f": {escape(describe(run.error))}"
    return f" for {escape(run.waiting_on)}" if run.waiting_on else ""
