"""The tables of README.md, made of raw figures alone."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from bench.figures import COLUMNS, Cell, Column, best, cell
from bench.peers import Peer

BEGIN = "<!-- made by `make bench-workflows`: begin -->"
NONE = "-"
CHART = "![Five charts: each scenario, a bar for each peer](workflows.svg)"
END = "<!-- made by `make bench-workflows`: end -->"

Found: TypeAlias = Mapping[str, Any]

TWICE = 2.0
QUEUE_MS, IDLE_PERCENT, WAITING_MIB, RECOVERY_SECONDS = 50.0, 3.0, 600.0, 60.0


def text(found: Found, peers: Sequence[Peer]) -> str:
    parts = (
        _ratios(found, peers),
        _figures(found, peers),
        _goals(found, peers),
        _waiting(found),
        _measured(found, peers),
        _machine(found),
    )
    return "\n\n".join("\n".join(part) for part in map(list, parts) if part)


def write(readme: Path, found: Found, peers: Sequence[Peer]) -> None:
    """Put it between the marks of the page."""
    page = readme.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    _ = readme.write_text(
        f"{before}{BEGIN}\n\n{CHART}\n\n{text(found, peers)}\n\n{END}{after}", "utf-8"
    )


def rounds_of(found: Found) -> dict[str, list[Mapping[str, Any]]]:
    return {name: one["rounds"] for name, one in found["peers"].items()}


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    yield _row(head)
    yield _row(["---"] + ["---:"] * (len(head) - 1))
    yield from (_row(row) for row in rows)


def _ratios(found: Found, peers: Sequence[Peer]) -> Iterator[str]:
    yield "### How many times better podium is"
    yield ""
    yield "Median over the rounds of the ratio in each round; above 1 podium is better."
    yield ""
    columns = [column for column in COLUMNS if column.has_ratio]
    rivals = [peer for peer in peers if not peer.is_podium]
    yield from _table(
        ["", *(column.title for column in columns)],
        ([peer.name, *(_ratio(one) for one in _cells(found, peer, columns))] for peer in rivals),
    )


def _figures(found: Found, peers: Sequence[Peer]) -> Iterator[str]:
    yield "### Figures"
    yield ""
    yield "Medians over the rounds. A dash was not measured; what failed is said below."
    yield ""
    yield from _table(
        ["", *(f"{column.title}, {column.unit}" for column in COLUMNS)],
        ([peer.name, *(_value(one) for one in _cells(found, peer, COLUMNS))] for peer in peers),
    )
    yield ""
    for peer in peers:
        yield from (f"- {peer.name}: {reason}" for reason in _reasons(found, peer))


def _cells(found: Found, peer: Peer, columns: Sequence[Column]) -> list[Cell]:
    rounds = rounds_of(found)
    own = rounds.get(peer.against, [])
    return [cell(column, rounds[peer.name], own) for column in columns]


def _value(one: Cell) -> str:
    return NONE if one.value is None else shown(one.value)


def _ratio(one: Cell) -> str:
    return NONE if one.ratio is None else f"{one.ratio:.2f}"


def shown(value: float) -> str:
    """With three digits, or as many as a whole number has."""
    for least, digits in ((100, 0), (10, 1)):
        if abs(value) >= least:
            return f"{value:,.{digits}f}"
    return f"{value:.2f}"


def _reasons(found: Found, peer: Peer) -> Iterator[str]:
    one = found["peers"][peer.name]
    if "failed" in one:
        yield str(one["failed"])
    seen = {
        f"{name}: {answer['failed']}"
        for answers in one["rounds"]
        for name, answer in answers.items()
        if "failed" in answer
    }
    yield from sorted(seen)


def _goals(found: Found, peers: Sequence[Peer]) -> Iterator[str]:
    yield "### Goals"
    yield ""
    weaker = [peer.name for peer in peers if not peer.is_durable]
    if weaker:
        yield (
            f"Not among the durable peers, since they begin the next effect before the last one's "
            f"outcome is stored: {'; '.join(weaker)}."
        )
        yield ""
    rows = [row for own in peers if own.is_podium for row in _goals_of(found, own, peers)]
    yield from _table(["Goal", "Measured", "Met"], iter(rows))


def _goals_of(found: Found, own: Peer, peers: Sequence[Peer]) -> Iterator[Sequence[str]]:
    rounds = rounds_of(found)
    for column in COLUMNS:
        if column.title not in {"(a) one at a time, p50", "(b) 50 at once"}:
            continue
        if (
            rival := best(column, own, {peer: rounds[peer.name] for peer in peers})
        ) is None or rival.cell.ratio is None:
            continue
        ratio = rival.cell.ratio
        goal = f"{column.title}, {own.name}: twice as good as the best durable peer"
        yield goal, f"{ratio:.2f} times ({rival.peer.name})", _met(ratio >= TWICE)
    by_title = {column.title: column for column in COLUMNS}
    for title, most, unit in (
        ("(e) idle to first effect, p50", QUEUE_MS, "ms"),
        ("(e) idle CPU", IDLE_PERCENT, "%"),
    ):
        value = cell(by_title[title], rounds[own.name], ()).value
        if value is not None:
            goal = f"{title}, {own.name}: under {most:g} {unit}"
            yield goal, f"{shown(value)} {unit}", _met(value < most)
    yield from _waiting_goals(found["waiting"].get(own.name, {"failed": ""}), own)


def _waiting_goals(waiting: Found, own: Peer) -> Iterator[Sequence[str]]:
    if "failed" in waiting:
        return
    runs = f"{waiting['runs']:,} waiting runs, {own.name}"
    memory = max(waiting["started"]["rss_mib"], waiting["settled_mib"])
    yield f"{runs}: under {WAITING_MIB:g} MiB", f"{memory:.0f} MiB", _met(memory < WAITING_MIB)
    seconds = waiting["recovery_seconds"]
    yield (
        f"{runs}: recovered {RECOVERY_SECONDS:g} s after kill -9",
        f"{seconds:.1f} s",
        _met(seconds < RECOVERY_SECONDS),
    )


def _met(is_met: bool) -> str:
    return "yes" if is_met else "**no**"


def _waiting(found: Found) -> Iterator[str]:
    if not found["waiting"]:
        return
    yield "### Runs that wait"
    yield ""
    yield (
        "Memory is that of all its processes without the database's server. Recovery is from the "
        "start of the new process until it has every run again and one has gone on to its end."
    )
    yield ""
    head = (
        "",
        "runs",
        "empty, MiB",
        "when all wait, MiB",
        "settled, MiB",
        "CPU while they wait, %",
        "to start all, s",
        "recovery after kill -9, s",
        "to let all go on, s",
    )
    yield from _table(head, (_waiting_row(*one) for one in found["waiting"].items()))


def _waiting_row(name: str, one: Found) -> Sequence[str]:
    if "failed" in one:
        return [name, f"failed: {one['failed']}", *[NONE] * 7]
    values = (
        one["empty_mib"],
        one["started"]["rss_mib"],
        one["settled_mib"],
        one["waiting_cpu_percent"],
        one["started"]["seconds"],
        one["recovery_seconds"],
        one["answered"]["seconds"],
    )
    return [name, f"{one['runs']:,}", *(shown(value) for value in values)]


def _measured(found: Found, peers: Sequence[Peer]) -> Iterator[str]:
    yield "### What was measured"
    yield ""
    rows = []
    for peer in peers:
        about = found["peers"][peer.name].get("about")
        if about is None:
            rows.append([peer.name, "not measured", NONE, NONE, NONE])
            continue
        versions = ", ".join(f"{name} {one}" for name, one in about["versions"].items())
        rows.append([peer.name, versions, about["records"], about["durability"], about["queue"]])
    head = ["", "Versions", "What is recorded", "How durably", "What stands in for a queue"]
    yield _row(head)
    yield _row(["---"] * len(head))
    yield from (_row(row) for row in rows)


def _machine(found: Found) -> Iterator[str]:
    yield "### Machine"
    yield ""
    for name, value in found["machine"].items():
        yield f"- {name}: {value}"
    loads = ", ".join(f"{one:.1f}" for one in found["load"])
    yield f"- load average before and after each round: {loads}"
    made = ((name, one.get("runs", one.get("times"))) for name, one in found["scenarios"].items())
    runs = ", ".join(f"{name} {count}" for name, count in made if count)
    yield f"- at most so many runs in a round: {runs}"
    rounds = f"{found['rounds']} rounds in {found['minutes']:.0f} minutes on {found['date']}"
    yield f"- {rounds}, synchronous={found['synchronous']} where a peer lets one choose"
