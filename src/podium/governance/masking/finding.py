"""Find what rules know in a text, however it is written."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from podium.governance.masking.encodings import DEPTH, Reading, runs, unescaped
from podium.governance.masking.folding import fold
from podium.governance.masking.pack import PACK, Pack
from podium.governance.masking.secrets import SECRET_NAME
from podium.governance.masking.spans import Finding, without_overlap

_WORD_EDGE: Final = re.compile(r"[_\-.\s]+|(?<=[a-z0-9])(?=[A-Z])")


def find(text: str, *, key: str = "", pack: Pack = PACK) -> list[Finding]:
    """What there is in a text. `key` is the key it stands under, read as words before it."""
    words = " ".join(_WORD_EDGE.split(key)).strip()
    if words and text and "secret" in pack.classes and SECRET_NAME.fullmatch(words):
        return [Finding("secret", 0, len(text))]
    before = f"{words}: " if words else ""
    return without_overlap(_found(text, before, pack, depth=DEPTH), pack.rank)


def _found(text: str, before: str, pack: Pack, *, depth: int) -> Iterator[Finding]:
    yield from _folded(text, before, pack)
    if depth == 0:
        return
    for run in runs(text):
        for found in _found(run.text, "", pack, depth=depth - 1):
            yield Finding(found.kind, run.start, run.end)
    reading = unescaped(text)
    if reading is not None:
        within = _found(reading.text, before, pack, depth=depth - 1)
        yield from (_in_reading(found, reading) for found in within)


def _in_reading(found: Finding, reading: Reading) -> Finding:
    return Finding(found.kind, reading.starts[found.start], reading.ends[found.end - 1])


def _folded(text: str, before: str, pack: Pack) -> Iterator[Finding]:
    folded, shift = fold(text), len(before)
    read = before + folded.text
    lowered = read.lower()
    for rule in pack.rules:
        if not rule.concerns(lowered):
            continue
        for start, end in rule.find(read):
            if end > shift:
                first = folded.place(max(start - shift, 0))
                yield Finding(rule.kind, first, folded.place(end - shift - 1) + 1)


def kinds_in(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Each kind once, in order."""
    return tuple(dict.fromkeys(found.kind for found in findings))
