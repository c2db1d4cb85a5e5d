"""The audit trail as people read it."""

from collections.abc import Iterator, Sequence

import msgspec
from rich import box
from rich.markup import escape
from rich.table import Column, Table

from podium.cli.show.words import count, moment
from podium.cli.wire_audit import AuditEvent, Report

_STYLES = {"allowed": "green", "denied": "red", "failed": "yellow"}


def table(events: Sequence[AuditEvent]) -> Table:
    found = Table(
        Column("Time", no_wrap=True),
        "Outcome",
        "Action",
        "Actor",
        "Resource",
        Column("Id", no_wrap=True, min_width=30),
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    for event in events:
        found.add_row(
            moment(event.at),
            _outcome(event),
            escape(event.action),
            escape(event.actor or event.actor_kind),
            escape(event.resource),
            escape(event.id),
        )
    return found


def lines(event: AuditEvent) -> Iterator[str]:
    """Everything about one; what it does not say is left out."""
    yield f"[bold]{escape(event.action)}[/]  {_outcome(event)}  {moment(event.at)}"
    said = {
        "Event": event.id,
        "Actor": f"{event.actor_kind} {event.actor}",
        "With key": event.via,
        "Resource": f"{event.kind} {event.resource}",
        "Policy": event.policy,
        "From": event.source,
        "Request": event.request,
        "Trace": event.trace,
    }
    for name, value in said.items():
        if value:
            yield f"{name:<9} {escape(value)}"
    if event.details:
        yield escape(f"Details   {msgspec.json.encode(event.details).decode()}")


def verdict(report: Report) -> Iterator[str]:
    if report.defect is None:
        yield (
            f"[green]The trail holds.[/] Entries: {report.entries:,}, under "
            f"{count(report.checkpoints, 'checkpoint')}: every one is as it was sealed."
        )
    else:
        yield f"[red]The trail was tampered with.[/] {escape(report.defect.message)}"
    yield f"Root     {report.root}"
    yield f"Trusted  {escape(report.trusted)}"
    if report.key != report.trusted:
        yield f"Signs    {escape(report.key)}"
    if report.waiting:
        yield f"{report.waiting} not sealed yet."
    if not report.pinned:
        yield (
            "[dim]No checkpoint from elsewhere was compared, so that entries cut off at the end, "
            "with their checkpoints, are not noticed. Keep one: podium audit checkpoint > FILE[/]"
        )


def _outcome(event: AuditEvent) -> str:
    style = _STYLES.get(event.outcome, "")
    return f"[{style}]{event.outcome}[/]" if style else escape(event.outcome)
