"""The panel at the end of `podium run`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markup import escape
from rich.measure import Measurement
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from podium.cli.show.words import STYLES, count, duration, millis, rate
from podium.cli.summary import Summary
from podium.cli.wire import Batch, Step
from podium.kernel.money import usd

_FAULTS: Final = 5
_ANY: Final = 1_000
"""Columns of a terminal on which everything fits."""
_STATUSES: Final = ("completed", "waiting", "faulted", "cancelled", "not settled")
_WENT: Final[Mapping[str, Callable[[Step], str | Text]]] = {
    "calls": lambda step: f"{step.count:,}",
    "errors": lambda step: Text(f"{step.errors:,}", "red" if step.errors else "dim"),
    "p50": lambda step: millis(step.p50_ms),
    "p95": lambda step: millis(step.p95_ms),
}
_USED: Final[Mapping[str, Callable[[Step], str | Text]]] = {
    "tokens in": lambda step: f"{step.input_tokens:,}" if step.input_tokens else "",
    "out": lambda step: f"{step.output_tokens:,}" if step.output_tokens else "",
    "cost": lambda step: usd(step.cost) if step.input_tokens or step.cost else "",
}


@dataclass(frozen=True, slots=True)
class Ends:
    """Where things are and what to type next."""

    batch: str
    results: str
    traces: str
    next: Sequence[str]


def panel(summary: Summary, ends: Ends) -> Panel:
    parts: list[RenderableType] = [_facts(summary)]
    if summary.faults:
        parts += [Text(), _faults(summary)]
    if summary.batch.steps:
        parts += [Text(), _Steps(summary.batch.steps)]
    parts += [Text(), _ends(ends)]
    return Panel(
        Group(*parts),
        title=f"[bold]{escape(ends.batch)}",
        title_align="left",
        border_style=_border(summary),
        box=box.ROUNDED,
        padding=(1, 2),
    )


def _border(summary: Summary) -> str:
    if summary.faults:
        return "red"
    return "yellow" if summary.by_status.get("not settled") else "green"


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True, min_width=16)
    grid.add_column()
    return grid


def _facts(summary: Summary) -> Table:
    grid = _grid()
    for name, value in _rows(summary):
        grid.add_row(name, value)
    return grid


def _rows(summary: Summary) -> Iterator[tuple[str, RenderableType]]:
    yield "runs", _statuses(summary)
    yield "straight through", f"[bold]{summary.straight_through}[/] completed, no person asked"
    if summary.by_people:
        yield "with people", f"{summary.by_people} completed after a person was asked"
    if summary.waiting:
        yield "waiting", f"[yellow]{count(summary.waiting, 'run')} for a person to decide[/]"
    if summary.accuracy is not None:
        yield "accuracy", f"straight through [bold]{summary.accuracy.straight_through}[/] correct"
        yield "", f"all that ended   [bold]{summary.accuracy.answered}[/] correct"
    batch = summary.batch
    yield "tokens", f"{batch.input_tokens:,} in, {batch.output_tokens:,} out"
    yield "cost", _cost(batch)
    yield "time", _time(summary)


def _statuses(summary: Summary) -> Text:
    text = Text(f"{summary.total}")
    for name in _STATUSES:
        if number := summary.by_status.get(name):
            _ = text.append("  ·  " if len(text) else "", "dim")
            _ = text.append(f"{number} {name}", STYLES[name])
    return text


def _cost(batch: Batch) -> str:
    spent = usd(batch.cost)
    if batch.baseline is None or batch.baseline.cost is None:
        return spent
    premium = usd(batch.baseline.cost)
    return f"{spent}   [dim]the same tokens on {escape(batch.baseline.model)}: {premium}[/]"


def _time(summary: Summary) -> str:
    took = summary.took
    earlier = f", {took.earlier} had settled before" if took.earlier else ""
    speed = f", {rate(summary.rate)}" if summary.rate else ""
    return f"{duration(took.seconds)}{speed}{earlier}"


def _faults(summary: Summary) -> Table:
    grid = _grid()
    for place, (message, number) in enumerate(summary.faults[:_FAULTS]):
        text = Text(f"{number} x ", "red")
        _ = text.append(message, "default")
        grid.add_row("faults" if place == 0 else "", text)
    if (more := len(summary.faults) - _FAULTS) > 0:
        grid.add_row("", f"[dim]and {count(more, 'more kind')}[/]")
    return grid


@dataclass(frozen=True, slots=True)
class _Steps:
    """In one table where it fits; else in two, so that no name and no figure is cut."""

    steps: Sequence[Step]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        failed = any(step.errors for step in self.steps)
        went = _WENT if failed else {name: _WENT[name] for name in _WENT if name != "errors"}
        whole = _table(self.steps, {**went, **_USED})
        if Measurement.get(console, options.update(width=_ANY), whole).maximum <= options.max_width:
            yield whole
            return
        yield _table(self.steps, went)
        if used := [step for step in self.steps if step.input_tokens or step.cost]:
            yield Text()
            yield _table(used, _USED)


def _table(steps: Sequence[Step], columns: Mapping[str, Callable[[Step], str | Text]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False, pad_edge=False)
    table.add_column("Step", overflow="fold", min_width=10)
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    models = [step for step in steps if step.kind == "model"]
    for step in steps:
        if step.kind == "task":
            table.add_row(escape(step.name), *(cell(step) for cell in columns.values()))
    if models:
        table.add_section()
        table.add_row("[bold]Model[/]")
    for step in models:
        table.add_row(escape(step.name), *(cell(step) for cell in columns.values()))
    return table


def _ends(ends: Ends) -> Table:
    grid = _grid()
    grid.add_row("results", Text(ends.results, overflow="fold"))
    grid.add_row("traces", Text(ends.traces, overflow="fold"))
    for place, line in enumerate(ends.next):
        grid.add_row("next" if place == 0 else "", Text(line, "bold cyan", overflow="fold"))
    return grid
