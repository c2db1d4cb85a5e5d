"""Medians and ratios: what the rounds say together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal, TypeAlias

from bench.peers import Peer

Answer: TypeAlias = Mapping[str, Any]
Round: TypeAlias = Mapping[str, Answer]
"""What a driver answered to each scenario of one round."""


@dataclass(frozen=True)
class Column:
    """One figure of the table; `of` takes it out of a round where that has it."""

    title: str
    unit: str
    scenario: str
    of: Callable[[Answer], float | None]
    better: Literal["lower", "higher"] = "lower"
    has_ratio: bool = True
    in_plot: bool = False

    def values(self, rounds: Sequence[Round]) -> list[float | None]:
        return [_read(self, one.get(self.scenario)) for one in rounds]


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _read(column: Column, answer: Answer | None) -> float | None:
    return None if answer is None or "failed" in answer else column.of(answer)


def _share(share: float, name: str = "ms") -> Callable[[Answer], float | None]:
    return lambda answer: quantile(answer[name], share) if answer.get(name) else None


def _cpu(answer: Answer) -> float | None:
    return answer["cpu_seconds"] * 1000 / answer["runs"] if answer.get("runs") else None


COLUMNS: Sequence[Column] = (
    Column("(a) one at a time, p50", "ms", "sequential", _share(0.5), in_plot=True),
    Column("(a) p99", "ms", "sequential", _share(0.99)),
    Column("(a) CPU for a run", "ms", "sequential", _cpu),
    Column(
        "(b) 50 at once", "runs/s", "many", lambda answer: answer["runs_per_second"], "higher",
        in_plot=True,
    ),
    Column("(b) CPU for a run", "ms", "many", _cpu),
    Column("(c) 20-way fan-out, p50", "ms", "fan", _share(0.5), in_plot=True),
    Column(
        "(d) 1,000 queued until done", "s", "queue",
        lambda answer: answer["seconds"] * 1000 / answer["runs"],
        in_plot=True,
    ),
    Column("(e) idle to first effect, p50", "ms", "first", _share(0.5), in_plot=True),
    Column("(e) through its queue", "ms", "first", _share(0.5, "queued_ms"), has_ratio=False),
    Column(
        "(e) idle CPU", "%", "idle",
        lambda answer: 100 * answer["cpu_seconds"] / answer["wall_seconds"],
        has_ratio=False,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """`ratio` says how many times better podium is on the same rounds; 1 is the same."""

    value: float | None
    ratio: float | None


def cell(column: Column, rounds: Sequence[Round], against: Sequence[Round]) -> Cell:
    values = column.values(rounds)
    known = [one for one in values if one is not None]
    if not known:
        return Cell(None, None)
    # Only rounds that both took part in: what disturbed one disturbed the other.
    pairs = [
        (mine / theirs if column.better == "lower" else theirs / mine)
        for mine, theirs in zip(values, column.values(against), strict=False)
        if mine and theirs
    ]
    ratio = median(pairs) if pairs and column.has_ratio else None
    return Cell(median(known), ratio)


@dataclass(frozen=True)
class Best:
    """The best durable peer of a column on one database; how many times better podium is."""

    peer: Peer
    cell: Cell


def best(column: Column, own: Peer, rounds: Mapping[Peer, Sequence[Round]]) -> Best | None:
    """Among the durable ones that store in the same database as `own`."""
    rivals = [
        Best(peer, cell(column, rounds[peer], rounds[own]))
        for peer in rounds
        if peer.database == own.database and peer.is_durable and not peer.is_podium
    ]
    known = [one for one in rivals if one.cell.ratio is not None]
    return min(known, key=lambda one: one.cell.ratio or 0) if known else None
