"""One spelling for what looks alike, so that rules need to know ASCII only."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_INVISIBLE = "\u200b"
_BY_CATEGORY = {"Zs": " ", "Pd": "-", "Cf": _INVISIBLE, "Mn": _INVISIBLE}


# Letters that look like Latin ones, from Cyrillic, Greek and Armenian (Unicode's confusables.txt).
_ALIKE = dict(
    zip(
        "асԁеһіјӏорԛѕԝхуАВЕНІЈКМОРЅТХУЗοναρυικΑΒΕΖΗΙΚΜΝΟΡΤΥΧօոսգ",
        "acdehijlopqswxyABEHIJKMOPSTXY3ovapuikABEZHIKMNOPTYXonug",
        strict=True,
    )
)


class _Folds(dict[int, str]):
    """A table for `str.translate` that fills itself: one character in, one character out."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold(chr(code))
        return folded


def _fold(char: str) -> str:
    if char.isascii():
        return char
    if char in _ALIKE:
        return _ALIKE[char]
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    category = _BY_CATEGORY.get(unicodedata.category(char))
    if category is not None:
        return category
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 else char


_FOLDS = _Folds()
_INVISIBLES = re.compile(f"{_INVISIBLE}+")


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` is what rules read; `place(i)` is where its i-th character stands in the original."""

    text: str
    places: Sequence[int]

    def place(self, index: int) -> int:
        return self.places[index]


def fold(text: str) -> Folded:
    """Digits of all scripts, letters that look like Latin ones, dashes and spaces become ASCII.

    Characters without width (U+200B, soft hyphens, combining marks) are left out.
    """
    identity = range(len(text) + 1)
    if text.isascii():
        return Folded(text, identity)
    folded = text.translate(_FOLDS)
    if _INVISIBLE not in folded:
        return Folded(folded, identity)
    kept: list[int] = []
    last = 0
    for gap in _INVISIBLES.finditer(folded):
        kept.extend(range(last, gap.start()))
        last = gap.end()
    kept.extend(range(last, len(text) + 1))
    return Folded(_INVISIBLES.sub("", folded), kept)
