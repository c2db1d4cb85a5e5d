"""Recall and precision of what is found, for each kind."""

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from podium.governance.masking.spans import Finding

Find = Callable[[str], Sequence[Finding]]


@dataclass
class Score:
    """`right` are found as their kind, whole; `hidden` whole, as whatever kind; `wanted` all.

    `found` counts what was found as the kind, `wrong` of these what overlaps nothing personal.
    """

    wanted: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    hidden: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    characters: int = 0
    texts: int = 0

    @property
    def kinds(self) -> list[str]:
        return sorted(self.wanted)

    def recall(self, kind: str) -> float:
        return self.right[kind] / self.wanted[kind]

    def hides(self, kind: str) -> float:
        return self.hidden[kind] / self.wanted[kind]

    def precision(self, kind: str) -> float | None:
        return None if not self.found[kind] else 1 - self.wrong[kind] / self.found[kind]


def score(file: Path, find: Find) -> Score:
    made = Score()
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        text = row["text"]
        began = time.process_time()
        findings = find(text)
        made.seconds += time.process_time() - began
        made.characters += len(text)
        made.texts += 1
        _count(made, row["spans"], findings)
    return made


def _count(made: Score, spans: Sequence[Sequence], findings: Sequence[Finding]) -> None:
    for kind, start, end, place in spans:
        shown = "person (announced)" if place == "person" else kind
        covering = [one for one in findings if one.start <= start and end <= one.end]
        made.wanted[shown] += 1
        made.right[shown] += any(one.kind == kind for one in covering)
        made.hidden[shown] += bool(covering)
    for one in findings:
        made.found[one.kind] += 1
        if not any(one.start < end and start < one.end for _, start, end, _ in spans):
            made.wrong[one.kind] += 1
