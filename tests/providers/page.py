"""The page that says what each wire format does behind podium."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.providers.counterparts import Counterpart

OK: Final = "ok"
NONE: Final = "-"
"""The mock has no such address."""
_MARK: Final = "| Provider |"
_TITLE: Final = (
    f"{_MARK} Wire format | Mock | Asked at | Chat | Stream | Tool call | Embeddings | Seen on |"
)


@dataclass(frozen=True, slots=True)
class Row:
    provider: str
    protocol: str
    mock: str
    address: str
    steps: tuple[str, ...]
    """Chat, stream, tool call and embeddings: `ok`, `-`, or what went wrong."""
    day: str

    @classmethod
    def of(cls, one: Counterpart, address: str, steps: Sequence[str], *, day: str) -> "Row":
        cells = tuple(" ".join(step.split()).replace("|", "/") for step in steps)
        return cls(one.title, one.protocol, one.mock, address, cells, day)

    @property
    def line(self) -> str:
        cells = (self.provider, f"`{self.protocol}`", self.mock, self.address, *self.steps)
        return f"| {' | '.join(cells)} | {self.day} |"

    @property
    def works(self) -> bool:
        return set(self.steps) <= {OK, NONE}


def rows(text: str) -> list[Row]:
    """Those of a page."""
    found: list[Row] = []
    for line in text.partition(_MARK)[2].splitlines()[2:]:
        if line.startswith("| "):
            provider, protocol, mock, address, *steps, day = line.strip("| \n").split(" | ")
            found.append(Row(provider, protocol.strip("`"), mock, address, tuple(steps), day))
    return found


def updated(text: str, seen: Sequence[Row]) -> str:
    """The page with what was seen now."""
    head = text.partition(_MARK)[0]
    rule = f"|{'---|' * (_TITLE.count('|') - 1)}"
    return "\n".join([f"{head}{_TITLE}", rule, *(row.line for row in seen), ""])
