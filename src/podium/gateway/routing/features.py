"""What the text of a question looks like: words and traits, found in bounded time.

A feature is a word (`circle`), a trait (`length:7`) or a tag (`tag:subject=law`). Words are not
hashed: a table of them is as fast in Python, and it can say which word counted.
"""

import re
from collections.abc import Mapping
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD: Final = re.compile(r"[^\W\d_]{1,24}|\d{1,24}")
_ASCII_WORD: Final = re.compile(r"[a-z]{1,24}|[0-9]{1,24}")
"""The same for lower-case text in ASCII, in half the time."""
_LOOKED_AT: Final = 3_000
"""Characters: as many from the beginning as from the end."""
_SIGNS: Final = "=+*/^<>∑∫√≤≥"
_CODE: Final = re.compile(
    r"```|[;{}]\s*\n|\b(?:def|class|import|function|const|return|SELECT|public|#include)\b[^.\n]{0,80}[\({;]"
)
_JSON: Final = re.compile(r"^\s*[\[{]\s*[\"\[{\]}\d]")
_URGENT: Final = re.compile(
    r"\b(?:urgent(?:ly)?|asap|immediately|emergency|right now|critical|dringend|sofort|notfall"
    r"|urgence|urgente|inmediatamente|emergencia)\b|!{2,}",
    re.IGNORECASE,
)
_REASONING: Final = _words(
    "prove derive analyze analyse compare explain why design optimize optimise debug refactor plan "
    "evaluate calculate solve implement diagnose argue assess strategy tradeoff"
)
_STOP_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "en": _words("the and is of to in that what how for with you are this"),
    "de": _words("der die das und ist nicht ein eine wie mit für zu ich wir auf"),
    "fr": _words("le la les et est une des que pour dans je vous pas comment du"),
    "es": _words("el los las es una que para por con como cómo del está mi su"),
    "it": _words("il gli è una che per con come della sono di non mi questo"),
    "pt": _words("os as é uma que para com como não do da em meu você isso"),
    "nl": _words("de het een en is van niet met voor dat hoe ik je zijn op"),
}
_SCRIPTS: Final = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
)


def features(text: str, tags: Mapping[str, str]) -> tuple[str, ...]:
    """Words once each, then traits, then tags; bounded by what is looked at."""
    shown = text if len(text) <= _LOOKED_AT else text[: _LOOKED_AT // 2] + text[-_LOOKED_AT // 2 :]
    words = (_ASCII_WORD if shown.isascii() else _WORD).findall(shown.lower())
    known = dict.fromkeys(words)
    return (*known, *_traits(shown, words, known), *(f"tag:{k}={v}" for k, v in tags.items()))


def _traits(text: str, words: list[str], known: Mapping[str, None]) -> tuple[str, ...]:
    count, size = len(words) or 1, len(text) or 1
    numbers = [word for word in words if word.isdigit()]
    found = [
        f"length:{(2 * count).bit_length()}.{(3 * count).bit_length()}",
        f"numbers:{min(8, len(numbers))}",
        f"questions:{min(3, text.count('?'))}",
        f"lines:{min(8, text.count(chr(10)))}",
        f"word:{min(24, 2 * len(text) // count)}",
        f"digits:{min(6, 40 * sum(map(len, numbers)) // size)}",
        f"signs:{min(4, _signs(text) // 2)}",
    ]
    if _is_code(text):
        found.append("code:1")
    if not _REASONING.isdisjoint(known):
        found.append("reasoning:1")
    return tuple(found)


def _signs(text: str) -> int:
    return sum(map(text.count, _SIGNS))


def _is_code(text: str) -> bool:
    """Most texts have none of these characters, and need no expression."""
    return any(map(text.__contains__, "({;`")) and _CODE.search(text) is not None


def content_type(text: str) -> str:
    """`code`, `json`, `math`, `short` (up to twelve words) or `text`; `empty` for none."""
    shown = text[:_LOOKED_AT]
    if not shown.strip():
        return "empty"
    if _JSON.match(shown):
        return "json"
    if _is_code(shown):
        return "code"
    signs = _signs(shown)
    if signs >= 3 and signs * 25 > len(shown):  # noqa: PLR2004 - a sign in every 25 characters
        return "math"
    return "short" if len(shown.split(maxsplit=13)) <= 12 else "text"  # noqa: PLR2004


def language(text: str) -> str:
    """Of ISO 639-1, by script or by the commonest words; empty where neither tells."""
    shown = text[:_LOOKED_AT]
    for name, script in _SCRIPTS:
        if len(script.findall(shown)) * 5 > len(shown):
            return name
    words = _WORD.findall(shown.lower())
    if not words:
        return ""
    hits = {name: sum(map(stop.__contains__, words)) for name, stop in _STOP_WORDS.items()}
    best = max(hits, key=hits.__getitem__)
    return best if hits[best] * 12 >= len(words) else ""


def urgency(text: str, tags: Mapping[str, str]) -> str:
    """`high` or `normal`: what the tag `urgency` says, else whether the text says it in words."""
    return tags.get("urgency") or ("high" if _URGENT.search(text[:_LOOKED_AT]) else "normal")
