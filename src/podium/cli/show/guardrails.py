"""Guardrails and what they say, as tables."""

from collections.abc import Sequence

from rich import box
from rich.markup import escape
from rich.table import Column, Table

from podium.cli.wire import Guardrail, GuardrailOpinion


def guardrails(found: Sequence[Guardrail]) -> Table:
    shown = _table("Name", "Kind", "Mode", "At", "Routes")
    for one in found:
        routes = ", ".join(one.routes) or "all"
        shown.add_row(escape(one.name), one.kind, one.mode, ", ".join(one.at), escape(routes))
    return shown


def opinions(found: Sequence[GuardrailOpinion]) -> Table:
    shown = _table("Name", "Kind", "Mode", "Verdict", "Reason")
    for one in found:
        told = one.reason if one.text is None else f"{one.reason}\n{one.text}"
        shown.add_row(escape(one.name), one.kind, one.mode, one.verdict, escape(told))
    return shown


def _table(*columns: str) -> Table:
    first, *others = columns
    whole = Column(first, no_wrap=True)
    return Table(whole, *others, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
