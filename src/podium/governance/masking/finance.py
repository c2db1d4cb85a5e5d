"""Money: IBAN, payment cards, sort codes and account numbers."""

import re
from collections.abc import Iterator

from podium.governance.masking.checks import iban_length, is_card
from podium.governance.masking.rules import Place, Rule, shape

_IBAN = re.compile(r"(?<![A-Za-z0-9])(?=([A-Za-z]{2}\d{2}(?:[ \-]?[A-Za-z0-9]){11,30}))")
_GAP = r"[ \-.]{1,3}"
_SEPARATORS = str.maketrans("", "", " -")


def _find_ibans(text: str) -> Iterator[Place]:
    for match in _IBAN.finditer(text):
        length = iban_length(match[1].translate(_SEPARATORS).upper())
        if length is None:
            continue
        end = _after(text, match.start(), length)
        if not text[end : end + 1].isalnum():
            yield match.start(), end


def _after(text: str, start: int, count: int) -> int:
    """The place after `count` letters and digits from `start` on."""
    end = start
    while count:
        count -= text[end].isalnum()
        end += 1
    return end


RULES: tuple[Rule, ...] = (
    Rule("iban", _find_ibans),
    shape("card", r"(?<![\d.])\d{12,19}(?!\d)", accepts=is_card),
    # Groups as they are printed. In a lookahead, so that a number before a card does not hide it.
    shape("card", rf"(?<!\d)(?=(?P<v>\d{{4}}(?:{_GAP}\d{{4}}){{3}})(?!\d))", accepts=is_card),
    shape(
        "card",
        rf"(?<!\d)(?=(?P<v>\d{{4}}(?:{_GAP}\d{{4}}){{3}}{_GAP}\d{{1,3}})(?!\d))",
        accepts=is_card,
    ),
    shape(
        "card",
        rf"(?<!\d)(?=(?P<v>\d{{4}}{_GAP}\d{{6}}{_GAP}\d{{4,5}})(?!\d))",
        accepts=is_card,
    ),
    shape(
        "card", r"(?<!\d)(?<!\d[ \-.])\d(?:[ \-.]\d){11,18}+(?!\d)(?![ \-.]\d)", accepts=is_card
    ),
    shape(
        "bank_account",
        r"(?<![\d\-])\d{2}-\d{2}-\d{2}[ ,/]{1,3}(?:and )?\d{8}(?!\d)",
    ),
    shape(
        "sort_code",
        r"(?i)\b(?:sort ?code|s/c)\b(?:[ :=#.\-]|is\b){0,6}(?P<v>\d{2}[ \-]?\d{2}[ \-]?\d{2})(?!\d)",
        needs=("sort", "s/c"),
    ),
    shape(
        "bank_account",
        r"(?i)\b(?:account|acct|acc|a/c)\b(?:[ :=#.\-]|no\b|nr\b|num\b|number\b|is\b){0,8}"
        r"(?P<v>\d(?:[ \-]?\d){5,16})(?!\d)",
        needs=("acc", "a/c"),
    ),
)
