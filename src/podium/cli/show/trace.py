"""A run's spans as a tree."""

from collections.abc import Mapping, Sequence
from typing import Final, cast

from rich.text import Text
from rich.tree import Tree

from podium.cli.show.words import STYLES, count, duration, millis, supplied
from podium.cli.wire import Span
from podium.kernel.money import usd

_KINDS: Final = {"run": "bold", "task": "", "function": "blue", "model": "magenta"}
_MARKS: Final = {"ok": "✓", "error": "✗", "open": "…"}


def tree(spans: Sequence[Span], run: str) -> Tree:
    """Children below their parents by start; a span whose parent is missing is at the top."""
    known = {span.id for span in spans}
    children: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda one: one.started_at):
        parent = span.parent if span.parent in known else ""
        children.setdefault(parent or "", []).append(span)
    root = Tree(Text(run, "bold"), guide_style="dim")
    _grow(root, "", children)
    return root


def total(spans: Sequence[Span]) -> Text:
    models = [span for span in spans if span.kind == "model"]
    ended = [span.ended_at for span in spans if span.ended_at is not None]
    seconds = max(ended) - min(span.started_at for span in spans) if ended else 0.0
    read, written = (
        sum(span.input_tokens for span in models),
        sum(span.output_tokens for span in models),
    )
    return Text(
        f"\n{count(len(spans), 'span')}, {count(len(models), 'model call')}, {duration(seconds)}, "
        f"{read:,} tokens in, {written:,} out, {usd(sum(span.cost for span in models))}"
    )


def _grow(branch: Tree, parent: str, children: Mapping[str, Sequence[Span]]) -> None:
    for span in children.get(parent, ()):
        _grow(branch.add(_line(span)), span.id, children)


def _line(span: Span) -> Text:
    style = STYLES.get(span.status, "")
    text = Text(f"{_MARKS.get(span.status, '?')} ", style)
    _ = text.append(span.name, _KINDS.get(span.kind, ""))
    _ = text.append(f"  {span.kind}", "dim")
    if span.ended_at is not None:
        _ = text.append(f"  {millis((span.ended_at - span.started_at) * 1000)}")
    if span.kind == "model":
        _ = text.append(f"  {span.input_tokens:,} → {span.output_tokens:,} tokens  ", "dim")
        _ = text.append(usd(span.cost), "dim")
        if said := _supplied(span.attributes):
            _ = text.append(f"  supplied: {said}", "dim")
    if span.error:
        _ = text.append(f"\n  {span.error}", "red")
    return text


def _supplied(attributes: Mapping[str, object]) -> str:
    what, repairs = attributes.get("podium.supplied"), attributes.get("podium.repairs")
    if not isinstance(what, list) or not isinstance(repairs, int):
        return ""
    return supplied([str(one) for one in cast("list[object]", what)], repairs)
