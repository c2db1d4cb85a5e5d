"""The configuration: what is in force, its versions, and two of them beside each other."""

import json
from collections.abc import Iterator, Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from podium.cli.show.words import moment
from podium.cli.wire_configuration import (
    CacheStatistics,
    Configuration,
    ConfigurationCheck,
    ConfigurationOutcome,
    Difference,
    Version,
)

_SIGNS = {"add": "[green]+[/]", "remove": "[red]-[/]", "replace": "[yellow]~[/]"}
_LONGEST = 200


def standing(found: Configuration) -> Iterator[str]:
    over = f"version {found.version} over it" if found.version else "nothing over it"
    yield f"File      {escape(found.file) or 'none: the defaults'}, {over}"
    if found.file_changed:
        yield "[yellow]Drift[/]     The file is not what is in force. Next: podium config reload"
    if found.newest != found.version:
        yield f"[yellow]Drift[/]     Version {found.newest} is stored and not in force here."
    if found.problem:
        yield f"[red]Problem[/]   {escape(found.problem)}"
    if found.restart:
        yield f"[yellow]Restart[/]   changes {escape(', '.join(found.restart))}"
    yield "\n[dim]In force, but for what podium brings along:[/]"
    yield escape(json.dumps(found.effective, indent=2, ensure_ascii=False))


def versions(found: Sequence[Version]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("Version", justify="right", no_wrap=True)
    table.add_column("Stored", no_wrap=True)
    table.add_column("By", no_wrap=True)
    table.add_column("Comment", overflow="fold")
    for one in found:
        back = f"back to {one.restores}" if one.restores else ""
        said = ": ".join(filter(None, (back, one.comment)))
        table.add_row(str(one.version), moment(one.created_at), one.owner, escape(said))
    return table


def changes(found: Sequence[Difference]) -> Iterator[str]:
    if not found:
        yield "No difference."
    for one in found:
        before = "" if one.op == "add" else _value(one.before)
        after = "" if one.op == "remove" else _value(one.after)
        yield f"{_SIGNS[one.op]} {escape(one.path)}  {' → '.join(filter(None, (before, after)))}"


def remarks(found: ConfigurationCheck) -> Iterator[str]:
    for warning in found.warnings:
        yield f"[yellow]warning[/] {escape(warning)}"
    if found.restart:
        yield f"[yellow]restart[/] podium for: {escape(', '.join(found.restart))}"


def outcome(found: ConfigurationOutcome) -> Iterator[str]:
    yield from changes(found.changes)
    yield from remarks(found)
    if found.in_force:
        yield f"[green]ok[/] Version {found.version} is in force."
    else:
        yield f"[yellow]stored[/] Version {found.version} is stored; podium.yaml ignores versions."


def cache(found: CacheStatistics) -> Iterator[str]:
    for route, counts in sorted(found.served.items()):
        told = ", ".join(f"{status} {count:,}" for status, count in sorted(counts.items()))
        yield f"{escape(route)}  {told}"
    if not found.served:
        yield "No route with a cache was asked since podium began."
    if found.entries is not None and found.bytes is not None:
        yield f"[dim]{found.entries:,} answers are kept, {found.bytes:,} bytes[/]"


def _value(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return escape(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
