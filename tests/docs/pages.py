"""Pages of the documentation as tests see them: fenced blocks, with the comment above each.

What a comment on the line above a block says is done to the block:

    <!-- run -->                executed; in a `console` block the lines after `$ ` are commands
                                and the others are their output, compared loosely
    <!-- run: local_models -->  the same, in a test of its own with that mark (also `service`)
    <!-- run, exit 3 -->        the same, and it must end so
    <!-- serve -->              `podium up`; one server runs behind all pages
    <!-- file: order.json -->   written to the page's folder
    <!-- output -->             what the block before it must print
    <!-- not run: REASON -->    shown only

Loosely: each expected line must be found in the output, in their order; numbers, ids and spaces
may differ, and `…` stands for anything. In commands, an id such as run_01m8… (26 characters) is
the last one of its kind that an output of the page showed, and 127.0.0.1:8700 is where the server
of the test listens.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNNABLE = frozenset({"sh", "console", "python"})

_FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,})(?P<language>[\w+-]*) *$")
_COMMENT = re.compile(r"^ *<!-- (?P<said>.+?) -->$")
_RUN = re.compile(r"run(?:, exit (?P<exit>\d+))?(?:: (?P<mark>\w+))?")


@dataclass(frozen=True, slots=True)
class Run:
    exit: int
    mark: str


@dataclass(frozen=True, slots=True)
class Block:
    """`line` is that of the first line of `text`; `marker` is what the comment above says."""

    page: Path
    line: int
    language: str
    text: str
    marker: str

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def run(self) -> Run | None:
        found = _RUN.fullmatch(self.marker)
        return found and Run(int(found["exit"] or 0), found["mark"] or "")


def pages() -> tuple[Path, ...]:
    """Every page there is."""
    top = (ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"))
    examples = (ROOT / "examples").glob("*/README.md")
    found = [*top, ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md"), *examples]
    return tuple(sorted(page for page in found if page.is_file()))


def blocks(page: Path) -> Iterator[Block]:
    lines = page.read_text("utf-8").splitlines()
    at, marker = 0, ""
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        comment = _COMMENT.match(lines[at])
        at += 1
        if fence is None:
            marker = comment["said"] if comment else marker if not lines[at - 1].strip() else ""
            continue
        start, indent = at, len(fence["indent"])
        while at < len(lines) and lines[at].strip() != fence["ticks"]:
            at += 1
        text = "".join(f"{line[indent:]}\n" for line in lines[start:at])
        yield Block(page, start + 1, fence["language"], text, marker)
        at, marker = at + 1, ""


def prose(page: Path) -> Iterator[tuple[int, str]]:
    """The numbered lines outside of blocks."""
    inside = False
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            inside = not inside
        elif not inside:
            yield number, line
