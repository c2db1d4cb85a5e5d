"""Calls to the gateway as a table, and below it why some failed."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from podium.cli.show.words import STYLES, millis, moment, status, supplied
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


def lines(call: Call) -> Iterator[str]:
    """One call, a subject a line; what is empty is left out."""
    by = f" by the key {call.key}" if call.key else ""
    of = f" of the team {call.team}" if call.team else ""
    cost = "unknown" if call.cost is None else usd(call.cost)
    told = {
        "asked": f"{call.operation} of {call.requested}{by}{of}, {moment(call.started_at)}",
        "answered": f"{call.model} of {call.provider}" if call.model else "",
        "why": call.reason,
        "took": f"{call.input_tokens:,} → {call.output_tokens:,} tokens, {cost}, {millis(call.ms)}",
        "supplied": supplied(call.supplied, call.repairs),
        "cache": call.cache,
        "tags": ", ".join(f"{name}={value}" for name, value in call.tags.items()),
        "error": call.error or "",
    }
    yield f"{call.id}  [{STYLES.get(call.status, 'default')}]{call.status}[/]"
    for name, said in told.items():
        if said:
            yield f"{name:<10}{escape(said)}"
    for one in call.attempts:
        status_ = f" {one.status}" if one.status else ""
        yield f"{'try':<10}{escape(one.model)}: {one.outcome}{status_}, {millis(one.ms)}"


def _model(call: Call) -> str:
    """What was asked for, and what answered where that is another name."""
    known = call.model or call.requested
    return known if call.requested in {"", known} else f"{call.requested} → {known}"
