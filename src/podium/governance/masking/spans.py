"""Where something was found, and what becomes of findings that overlap."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Finding:
    """Characters `start` to `end` (exclusive) of a text are of this kind."""

    kind: str
    start: int
    end: int


def without_overlap(findings: Iterable[Finding], rank: Mapping[str, int]) -> list[Finding]:
    """Findings that overlap become one over all their characters, so that nothing shows through.

    It has the kind with the lowest rank: rules that leave less to chance come first.
    """
    merged: list[Finding] = []
    for finding in sorted(findings, key=lambda found: (found.start, found.end)):
        if merged and finding.start < merged[-1].end:
            last = merged[-1]
            kind = min(last.kind, finding.kind, key=lambda kind: rank[kind])
            merged[-1] = replace(last, kind=kind, end=max(last.end, finding.end))
        else:
            merged.append(finding)
    return merged
