"""`podium runs watch`: a run's events as lines, until it has ended."""

import sys
from typing import Final

import anyio
import msgspec
from rich.text import Text

from podium.cli.client import Client
from podium.cli.connection import Connection
from podium.cli.show import runs as view
from podium.cli.show.screen import Screen, screen
from podium.cli.show.words import millis
from podium.cli.wire import Run, RunEvent, Span
from podium.kernel.money import usd

_LOOK: Final = 1.0
_MARKS: Final = {
    "started": ("→", "dim"),
    "completed": ("✓", "green"),
    "faulted": ("✗", "red"),
    "cancelled": ("■", "magenta"),
}
_DEPTHS: Final = {"run": 0, "task": 1, "function": 2, "model": 3}


async def watch(run: str, connection: Connection, *, json: bool) -> Run:
    """Print what happens; answer the run as it ended."""
    show = screen()
    async with anyio.create_task_group() as group:
        if not json:
            _ = group.start_soon(_say_who_is_asked, connection.client, run, show)
        async for event in connection.client.events(run):
            if json:
                _ = sys.stdout.write(msgspec.json.encode(event).decode() + "\n")
                _ = sys.stdout.flush()
            elif (said := line(event)) is not None:
                show.show(said)
        group.cancel_scope.cancel()
    ended = await connection.client.run(run)
    if not json:
        show.note(view.line(ended))
    return ended


def line(event: RunEvent) -> Text | None:
    """One line for an event; None for the last one, whose data is the run."""
    what = event.type.removesuffix(".v1").rpartition(".")[2]
    if "kind" not in event.data:
        return None
    span = msgspec.convert(event.data, Span)
    mark, style = _MARKS.get(what, ("·", ""))
    text = Text("  " * _DEPTHS.get(span.kind, 1))
    _ = text.append(f"{mark} ", style)
    _ = text.append(span.name)
    _ = text.append(f"  {_measures(span, what)}", "dim")
    if span.error and what == "faulted":
        _ = text.append(f"  {span.error}", "red")
    return text


def _measures(span: Span, what: str) -> str:
    if what == "started" or span.ended_at is None:
        return ""
    took = millis((span.ended_at - span.started_at) * 1000)
    if span.kind != "model":
        return took
    return f"{took}  {span.input_tokens:,} → {span.output_tokens:,} tokens  {usd(span.cost)}"


async def _say_who_is_asked(client: Client, run: str, show: Screen) -> None:
    """Waiting is no event of a run, so its record is looked at."""
    said = ""
    while True:
        found = await client.run(run)
        if found.status == "waiting" and (found.waiting_on or "") != said:
            said = found.waiting_on or ""
            show.note(view.line(found))
        await anyio.sleep(_LOOK)
