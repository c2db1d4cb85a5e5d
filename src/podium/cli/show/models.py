"""Models and routes, as a table of 80 columns."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from podium.cli.show.words import tokens
from podium.cli.wire import Model, Price


def table(models: Sequence[Model]) -> Table:
    shown = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    shown.add_column("Name", overflow="fold")
    shown.add_column("Kind", no_wrap=True)
    shown.add_column("Can", overflow="fold")
    shown.add_column("Context", no_wrap=True, justify="right")
    shown.add_column("Leads to, or USD\nper 1M in · cached · out", overflow="fold")
    for model in models:
        shown.add_row(*_cells(model))
    return shown


def sources(models: Sequence[Model]) -> Iterator[str]:
    """Who says what they cost, in one line."""
    found = dict.fromkeys(model.price.source for model in models if model.price)
    if told := [source for source in found if source != "free"]:
        yield f"[dim]Prices: {escape(', '.join(told))}.[/]"


def _cells(model: Model) -> tuple[str, str, str, str, str]:
    window = tokens(model.context_window) if model.context_window else ""
    leads_or_costs = _costs(model.price) if model.kind == "model" else " → ".join(model.targets)
    can = ", ".join(model.capabilities)
    return escape(model.name), model.kind, can, window, escape(leads_or_costs)


def _costs(price: Price | None) -> str:
    if price is None:
        return "no price known"
    if price.source == "free":
        return "free"
    return f"{price.input:g} · {price.cached_input:g} · {price.output:g}"
