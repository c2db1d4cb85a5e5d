"""Where something was found, and what becomes of findings that overlap."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Finding:
    """Characters `start` to `end` (exclusive) of a text are of this kind."""

    kind: str
    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


def without_overlap(findings: Iterable[Finding], rank: Mapping[str, int]) -> list[Finding]:
    """Findings that overlap become one over all their characters, so that nothing shows through.

    It has the kind of the longest of them; of equally long ones the kind with the lowest rank.
    """
    merged: list[Finding] = []
    best: Finding | None = None
    for finding in sorted(findings, key=lambda found: (found.start, found.end)):
        if best is not None and finding.start < merged[-1].end:
            best = min(best, finding, key=lambda found: (-found.length, rank[found.kind]))
            end = max(merged[-1].end, finding.end)
            merged[-1] = replace(merged[-1], kind=best.kind, end=end)
        else:
            best = finding
            merged.append(finding)
    return merged
