"""Money: IBAN, payment cards, sort codes and account numbers."""

import re
from collections.abc import Iterator

from podium.governance.masking.checks import IBAN_LENGTHS, iban_length, is_card
from podium.governance.masking.rules import Place, Rule, shape

# Starts at the check digits, which are rarer in text than the two letters before them.
_IBAN = re.compile(
    r"[0-9]{2}(?<=[A-Za-z]{2}[0-9]{2})(?<![A-Za-z0-9][A-Za-z]{2}[0-9]{2})"
    r"(?=((?:[ \-]?[A-Za-z0-9]){11,30}))"
)
_GAP = r"[ \-.]{1,3}"


def _find_ibans(text: str) -> Iterator[Place]:
    for match in _IBAN.finditer(text):
        start = match.start() - 2
        if text[start : start + 2].upper() not in IBAN_LENGTHS:
            continue
        length = iban_length(text[start : match.end(1)].replace(" ", "").replace("-", "").upper())
        if length is None:
            continue
        end = _after(text, start, length)
        if not text[end : end + 1].isalnum():
            yield start, end


def _after(text: str, start: int, count: int) -> int:
    """The place after `count` letters and digits from `start` on."""
    end = start
    while count:
        count -= text[end].isalnum()
        end += 1
    return end


RULES: tuple[Rule, ...] = (
    Rule("iban", _find_ibans),
    shape("card", r"[0-9](?<![0-9.][0-9])[0-9]{11,18}(?![0-9])", accepts=is_card),
    # Groups as they are printed; candidates overlap, so that a number before a card hides none.
    shape(
        "card",
        rf"[0-9](?<![0-9]{{2}})"
        rf"(?=(?P<tail>[0-9]{{3}}(?:{_GAP}[0-9]{{4}}){{3}}{_GAP}[0-9]{{1,3}})(?![0-9]))",
        accepts=is_card,
    ),
    shape(
        "card",
        rf"[0-9](?<![0-9]{{2}})(?=(?P<tail>[0-9]{{3}}(?:{_GAP}[0-9]{{4}}){{3}})(?![0-9]))",
        accepts=is_card,
    ),
    shape(
        "card",
        rf"[0-9](?<![0-9]{{2}})(?=(?P<tail>[0-9]{{3}}{_GAP}[0-9]{{6}}{_GAP}[0-9]{{4,5}})(?![0-9]))",
        accepts=is_card,
    ),
    shape(
        "card",
        r"[0-9](?<![0-9]{2})(?<![0-9][ \-.][0-9])(?:[ \-.]{0,2}[0-9]){11,18}+(?![ \-.]?[0-9])",
        accepts=is_card,
    ),
    shape(
        "bank_account",
        r"[0-9](?<![0-9\-][0-9])[0-9](?:-[0-9]{2}){2}[ ,/]{1,3}(?:and )?[0-9]{8}(?![0-9])",
    ),
    shape(
        "sort_code",
        r"(?i)\b(?:sort ?code|s/c)\b(?:[ :=#.\-]|is\b){0,6}"
        r"(?P<v>[0-9]{2}[ \-]?[0-9]{2}[ \-]?[0-9]{2})(?![0-9])",
        needs=("sort", "s/c"),
    ),
    shape(
        "bank_account",
        r"(?i)\b(?:account|acct|acc|a/c)\b(?:[ :=#.\-]|no\b|nr\b|num\b|number\b|is\b){0,8}"
        r"(?P<v>[0-9](?:[ \-]?[0-9]){5,16})(?![0-9])",
        needs=("acc", "a/c"),
    ),
    shape(
        "card_code",
        r"(?i)\b(?:cvv2?|cvc2?|csc|cid|security code|card verification)\b"
        r"(?:[ :=#.\-]|code\b|number\b|is\b){0,6}(?P<v>[0-9]{3,4})(?![0-9])",
        needs=("cvv", "cvc", "csc", "cid", "security code", "card verif"),
    ),
    shape(
        "bank_account",
        r"(?i)\b(?:routing|aba|rtn|swift|bic)\b(?:[ :=#.\-]|no\b|number\b|code\b|is\b){0,6}"
        r"(?P<v>[0-9]{9}|(?-i:[A-Z]{4})(?-i:[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?))(?!\w)",
        needs=("routing", "aba", "rtn", "swift", "bic"),
    ),
)
