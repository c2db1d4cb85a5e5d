"""The figures as a part of docs/reference/assurance.md, between two marks."""

from pathlib import Path

from bench.masking.leaks import Leaks
from bench.masking.score import Score

BEGIN, END = "<!-- masking: make bench-masking -->", "<!-- /masking -->"


def text(scores: dict[str, Score], leaks: Leaks | None) -> str:
    return "\n".join((BEGIN, "## Masking", "", *_accuracy(scores), *_leaks(leaks), END))


def _accuracy(scores: dict[str, Score]) -> list[str]:
    first = next(iter(scores.values()))
    entities = sum(first.wanted.values())
    heads = [f"{name}: {part}" for name in scores for part in ("found", "hidden", "precision")]
    about = (
        f"{first.texts:,} sentences made by Faker for seven languages, with {entities:,} values; "
        "a quarter of the sentences has none. *Found* is the share that is recognised whole and as "
        "its kind, *hidden* the share that would be masked whole as whatever kind, *precision* the "
        "share of findings that are anything personal."
    )
    lines = [
        about,
        "",
        f"| kind | values | {' | '.join(heads)} |",
        f"|---|---|{'---|' * len(heads)}",
    ]
    for kind in [*first.kinds, "all"]:
        cells = [cell for one in scores.values() for cell in _cells(one, kind)]
        count = entities if kind == "all" else first.wanted[kind]
        lines.append(f"| {kind} | {count} | {' | '.join(cells)} |")
    speeds = ", ".join(
        f"{name} {one.seconds * 1e6 / one.characters:.2f} ms" for name, one in scores.items()
    )
    return [*lines, "", f"A kilobyte takes (processor): {speeds}.", ""]


def _cells(one: Score, kind: str) -> list[str]:
    if kind == "all":
        wanted, found = sum(one.wanted.values()), sum(one.found.values())
        right, hidden = sum(one.right.values()), sum(one.hidden.values())
        wrong = sum(one.wrong.values())
        return [f"{right / wanted:.3f}", f"{hidden / wanted:.3f}", f"{1 - wrong / found:.3f}"]
    precision = one.precision(kind)
    shown = "" if precision is None else f"{precision:.3f}"
    return [f"{one.recall(kind):.3f}", f"{one.hides(kind):.3f}", shown]


def _leaks(leaks: Leaks | None) -> list[str]:
    if leaks is None:
        return []
    back = f"second profile, {leaks.cases} cases: the caller's values come back"
    return [
        "`pii-leak-benchmark` against a real podium, whose model is the benchmark's own server:",
        "",
        "| profile | |",
        "|---|---|",
        f"| `selfcheck`: nothing reaches the model, all comes back, streamed | {leaks.verdict} |",
        f"| {back} | {leaks.fidelity:.2f} |",
        f"| … values that the model itself says get through, whole | {leaks.leaked_whole:.2f} |",
        f"| … cut over events of the stream, in every way | {leaks.leaked_cut:.2f} |",
        f"| … outcome | {leaks.outcome} |",
        "",
    ]


def write(file: Path, part: str) -> None:
    """In the place of the part that is there, or at the end."""
    head = "# Assurance\n\nWhat is measured, and by which command.\n"
    whole = file.read_text("utf-8") if file.exists() else head
    before, found, rest = whole.partition(BEGIN)
    after = rest.partition(END)[2] if found else ""
    _ = file.write_text(f"{before.rstrip()}\n\n{part}\n{after.lstrip()}", "utf-8")
