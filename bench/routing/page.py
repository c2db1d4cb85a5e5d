"""The tables and the chart, made of the scores."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import mean, pstdev
from typing import Any

from bench.routing.score import KEEP, Part, Scored

Found = Mapping[str, Sequence[Scored]]
WAYS = {
    "tag": "trained, text and the tag `subject`",
    "text": "trained, text alone",
    "tag, sure 1": "trained, text and tag, one standard error to spare",
    "untrained": "rules of thumb, nothing trained",
}
PUBLISHED = {"mmlu": 0.55, "gsm8k": 0.65}
"""Cost at 95 % of the strong model's quality, out of what the authors say was saved."""
NAMES = {"mmlu": "MMLU", "gsm8k": "GSM8K", "mix": "both"}
BEGIN = "<!-- made by `make bench-routing`: begin -->"
END = "<!-- made by `make bench-routing`: end -->"
COLOURS = {"tag": "#3b6fd4", "text": "#e07b39", "untrained": "#8a929e"}


def text(found: Found, *, questions: int) -> str:
    splits = len(found["tag"])
    return "\n".join(
        [
            f"{questions} questions, {splits} splits into halves; mean ± standard deviation.",
            "",
            *_at_keep(found),
            "",
            *_reached(found),
            "",
            *_micros(found),
        ]
    )


def _at_keep(found: Found) -> Iterator[str]:
    yield f"**Cost at {KEEP:.0%} of the strong model's quality**, as a part of always asking it:"
    yield ""
    yield "| | MMLU | GSM8K | both |\n|---|---|---|---|"
    yield "| always strong | 100 % | 100 % | 100 % |"
    tagged = found["tag"]
    yield _row("random", tagged, lambda part: part.random)
    published = [f"{PUBLISHED[name]:.0%}".replace("%", " %") for name in ("mmlu", "gsm8k")]
    yield f"| published (RouteLLM, not trained in-domain) | {' | '.join(published)} | - |"
    for way in ("untrained", "text", "tag"):
        yield _row(f"podium: {WAYS[way]}", found[way], lambda part: part.at_keep)
    yield _row("oracle, which knows who is right", tagged, lambda part: part.oracle)
    weak = (f"{mean(s.parts[name].weak for s in tagged):.1%}".replace("%", " %") for name in NAMES)
    yield f"| always weak costs 1.0 % and reaches, of the quality | {' | '.join(weak)} |"


def _reached(found: Found) -> Iterator[str]:
    yield "**Where the price that training chose leads**, on the half it has not seen:"
    yield ""
    yield "| | quality kept, both | cost, both | cost by tokens | MMLU | GSM8K | splits ≥ 95 % |"
    yield "|---|---|---|---|---|---|---|"
    for way in ("text", "tag", "tag, sure 1"):
        parts = [scored.parts["mix"] for scored in found[way]]
        apart = [
            f"{mean(s.parts[n].quality for s in found[way]):.1%} at "
            f"{mean(s.parts[n].cost for s in found[way]):.1%}"
            for n in ("mmlu", "gsm8k")
        ]
        good = sum(part.quality >= KEEP for part in parts)
        cells = [
            WAYS[way],
            _spread([part.quality for part in parts]),
            _spread([part.cost for part in parts]),
            _spread([part.by_tokens for part in parts]),
            *(each.replace("%", " %") for each in apart),
            f"{good} of {len(parts)}",
        ]
        yield f"| {' | '.join(cells)} |"


def _micros(found: Found) -> Iterator[str]:
    tagged, alone = (min(s.micros for s in found[way]) for way in ("tag", "text"))
    yield (
        f"A decision with its reason took {tagged:.0f} microseconds of the processor (text and "
        f"tag), {alone:.0f} (text alone), in the fastest of several passes over all questions."
    )


def _row(name: str, found: Sequence[Scored], value: Callable[[Part], float]) -> str:
    cells = (_spread([value(scored.parts[part]) for scored in found]) for part in NAMES)
    return f"| {name} | {' | '.join(cells)} |"


def _spread(values: Sequence[float]) -> str:
    return f"{100 * mean(values):.1f} ± {100 * pstdev(values):.1f} %"


def write(readme: Path, made: str) -> None:
    before, _, rest = readme.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    chart_ = "![Quality over cost for three ways to route](routing.svg)"
    _ = readme.write_text(f"{before}{BEGIN}\n\n{chart_}\n\n{made}\n\n{END}{after}", "utf-8")


def raw(found: Found) -> dict[str, Any]:
    return {
        way: [
            {
                "micros": round(s.micros, 1),
                "promised": [round(each, 4) for each in s.promised],
                **{
                    name: {
                        field: round(getattr(part, field), 4)
                        for field in ("at_keep", "random", "oracle", "weak", "quality", "cost")
                    }
                    for name, part in s.parts.items()
                },
            }
            for s in scored
        ]
        for way, scored in found.items()
    }


_STYLE = 'font-family="sans-serif" font-size="12" fill="#23272f"'
WIDE, HIGH, LEFT, TOP, RIGHT, BOTTOM = 640, 400, 56, 18, 18, 44
LOWEST, HIGHEST = 0.8, 1.03


def _x(cost: float) -> float:
    return LEFT + cost * (WIDE - LEFT - RIGHT)


def _y(quality: float) -> float:
    return TOP + (HIGHEST - quality) / (HIGHEST - LOWEST) * (HIGH - TOP - BOTTOM)


def chart(found: Found) -> str:
    """Both benchmarks together: quality over the share of questions that go to the strong model."""
    weak = mean(s.parts["mix"].weak for s in found["tag"])
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" {_STYLE}>',
        f'<rect width="{WIDE}" height="{HIGH}" fill="white"/>',
        *_axes(),
        _line([weak, 1.0], "#b9bec8", "4 4"),
        _line([KEEP, KEEP], "#c0392b", "2 3"),
        f'<text x="{_x(0.01):.0f}" y="{_y(KEEP) - 5:.0f}" fill="#c0392b">95 %</text>',
    ]
    labels = [("random", "#b9bec8")]
    for way, colour in COLOURS.items():
        curves = [s.parts["mix"].curve for s in found[way]]
        lines.append(_line([mean(at) for at in zip(*curves, strict=True)], colour, ""))
        labels.append((WAYS[way].replace("`", ""), colour))
    for i, (label, colour) in enumerate(labels):
        y = _y(0.87) + 18 * i
        lines.append(
            f'<rect x="{_x(0.5):.0f}" y="{y - 9:.0f}" width="16" height="4" fill="{colour}"/>'
        )
        lines.append(f'<text x="{_x(0.5) + 22:.0f}" y="{y - 3:.0f}">{label}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def _axes() -> Iterator[str]:
    for i in range(6):
        x, y = _x(i / 5), _y(0.8 + i / 25)
        yield f'<text x="{x:.0f}" y="{HIGH - 26}" text-anchor="middle">{20 * i} %</text>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{80 + 4 * i} %</text>'
        yield f'<path d="M{LEFT} {y:.1f}H{WIDE - RIGHT}" stroke="#e6e8ec"/>'
    yield (
        f'<text x="{_x(0.5):.0f}" y="{HIGH - 8}" text-anchor="middle">'
        "share of questions that the strong model answers</text>"
    )
    yield f'<text x="{LEFT + 6}" y="{TOP + 2}">quality, of the strong model\'s</text>'


def _line(values: Sequence[float], colour: str, dashes: str) -> str:
    step = 1 / (len(values) - 1)
    points = " ".join(f"{_x(i * step):.1f},{_y(v):.1f}" for i, v in enumerate(values))
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" '
        f'stroke-dasharray="{dashes}"/>'
    )
