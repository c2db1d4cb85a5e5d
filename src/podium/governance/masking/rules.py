"""What a rule is: a kind, and a way to find it in folded text in linear time.

Python's `re` backtracks. The patterns of the pack stay linear because each of them either starts
at the edge of a token and reads it possessively, or has bounded repetitions only;
`tests/unit/governance/test_masking_speed.py` holds them to it. They start with their first
character and look behind it afterwards, `[0-9](?<![0-9][0-9])` and not `(?<![0-9])[0-9]`: so the
regex engine skips to candidates, which is six times as fast on ordinary text.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Place: TypeAlias = tuple[int, int]
Find: TypeAlias = Callable[[str], Iterator[Place]]


@dataclass(frozen=True, slots=True)
class Rule:
    """`needs`: lower-case strings one of which a text must hold for the rule to be tried."""

    kind: str
    find: Find
    needs: Sequence[str] = ()

    def concerns(self, lowered: str) -> bool:
        return not self.needs or any(need in lowered for need in self.needs)


def anything(_value: str) -> bool:
    return True


def shape(
    kind: str,
    pattern: str,
    *,
    accepts: Callable[[str], bool] = anything,
    needs: Sequence[str] = (),
) -> Rule:
    """A rule by pattern: the group `v` counts, or from the start to the end of the group `tail`.

    A `tail` stands in a lookahead: so candidates may overlap. `accepts` is asked about each.
    """
    compiled = re.compile(pattern)
    first = "v" if "v" in compiled.groupindex else 0
    last = "tail" if "tail" in compiled.groupindex else first

    def find(text: str) -> Iterator[Place]:
        for match in compiled.finditer(text):
            start, end = match.start(first), match.end(last)
            if accepts(text[start:end]):
                yield start, end

    return Rule(kind, find, needs)


_SEPARATORS = b" ()-./+,:#=\t"


def digits(value: str) -> str:
    """The digits of a number whose separators are ASCII punctuation or spaces."""
    return value.encode("ascii", "ignore").translate(None, _SEPARATORS).decode()
