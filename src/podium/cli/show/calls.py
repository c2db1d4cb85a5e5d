"""Calls to the gateway as a table, and below it why some failed."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from podium.cli.show.words import millis, moment, status
from podium.cli.wire import Call
from podium.kernel.money import usd


def table(calls: Sequence[Call]) -> Table:
    found = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    found.add_column("Started", no_wrap=True)
    found.add_column("Status", no_wrap=True)
    found.add_column("Model", overflow="fold")
    found.add_column("Tokens", no_wrap=True, justify="right")
    found.add_column("Cost", no_wrap=True, justify="right")
    found.add_column("Took", no_wrap=True, justify="right")
    found.add_column("Tries", no_wrap=True, justify="right")
    for call in calls:
        found.add_row(
            moment(call.started_at),
            status(call.status),
            escape(_model(call)),
            f"{call.input_tokens:,} → {call.output_tokens:,}",
            "unknown" if call.cost is None else usd(call.cost),
            millis(call.ms),
            str(len(call.attempts)),
        )
    return found


def faults(calls: Sequence[Call]) -> Iterator[str]:
    for call in calls:
        if call.error is not None:
            yield f"[red]{moment(call.started_at)}[/] {escape(call.error)}"


def _model(call: Call) -> str:
    """What was asked for, and what answered where that is another name."""
    known = call.model or call.requested
    return known if call.requested in {"", known} else f"{call.requested} → {known}"
