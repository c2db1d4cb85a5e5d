"""workflows.svg: five small charts, one bar for each peer."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.figures import COLUMNS, Column, Round, cell
from bench.page import Found, rounds_of, shown
from bench.peers import Peer

OWN, OTHER, INK = "#3b6fd4", "#b9bec8", "#23272f"
ROW, WIDTH, HEAD = 0.27, 15.0, 1.1


def write(file: Path, found: Found, peers: Sequence[Peer]) -> None:
    mpl.rcParams |= {"svg.hashsalt": "podium", "font.family": "sans-serif", "font.size": 9}
    columns = [column for column in COLUMNS if column.in_plot]
    drawn = [peer for peer in peers if {c.scenario for c in columns} <= set(peer.scenarios)]
    figure = Figure(figsize=(WIDTH, HEAD + ROW * len(drawn)), layout="constrained")
    rounds = rounds_of(found)
    charts = figure.subplots(1, len(columns), sharey=True)
    for column, axes in zip(columns, charts, strict=True):
        _chart(axes, column, {peer: rounds[peer.name] for peer in drawn})
    charts[0].set_yticks(range(len(drawn)), [peer.name for peer in drawn], color=INK)
    charts[0].invert_yaxis()
    for label, peer in zip(charts[0].get_yticklabels(), drawn, strict=True):
        label.set_fontweight("bold" if peer.is_podium else "normal")
    figure.savefig(file, metadata={"Date": None})


def _chart(axes: Axes, column: Column, bars: Mapping[Peer, Sequence[Round]]) -> None:
    peers = list(bars)
    values = [cell(column, rounds, ()).value for rounds in bars.values()]
    colours = [OWN if peer.is_podium else OTHER for peer in peers]
    widths = [value or 0 for value in values]
    _ = axes.barh(range(len(peers)), widths, color=colours, height=0.72)
    known = [value for value in values if value]
    if known:
        axes.set_xscale("log")
        # Bars on a logarithmic axis begin somewhere: below the smallest.
        axes.set_xlim(min(known) / 2, max(known) * 3.2)
    for place, value in enumerate(values):
        said = " failed" if value is None else f" {shown(value)}"
        at = value or axes.get_xlim()[0]
        _ = axes.text(at, place, said, va="center", fontsize=8, color=INK)
    axes.set_title(
        f"{column.title}\n{column.unit}, {column.better} is better", fontsize=9, color=INK
    )
    axes.tick_params(axis="x", labelsize=7, colors=INK)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
