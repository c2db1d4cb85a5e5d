"""What a rule is: a kind, and a way to find it in folded text in linear time.

Python's `re` backtracks. The patterns of the pack stay linear because each of them either starts
at the edge of a token (a lookbehind over the token's own characters) and reads it possessively,
or has bounded repetitions only. `tests/unit/governance/test_masking_speed.py` holds them to it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Place: TypeAlias = tuple[int, int]
Find: TypeAlias = Callable[[str], Iterator[Place]]


@dataclass(frozen=True, slots=True)
class Rule:
    kind: str
    find: Find


def anything(_value: str) -> bool:
    return True


def shape(
    kind: str,
    pattern: str,
    *,
    accepts: Callable[[str], bool] = anything,
    needs: Sequence[str] = (),
) -> Rule:
    """A rule by pattern; what counts is the group `v` where there is one.

    `accepts` is asked about each match. `needs` names strings one of which (in any case) a text
    must contain for the pattern to be tried at all.
    """
    compiled = re.compile(pattern)
    group = "v" if "v" in compiled.groupindex else 0

    def find(text: str) -> Iterator[Place]:
        if needs and not _has_any(text, needs):
            return
        for match in compiled.finditer(text):
            if accepts(match[group]):
                yield match.span(group)

    return Rule(kind, find)


def _has_any(text: str, needs: Sequence[str]) -> bool:
    lowered = text.lower()
    return any(need in lowered for need in needs)


def digits(value: str) -> str:
    """The ASCII digits of a folded text."""
    return "".join(char for char in value if "0" <= char <= "9")
