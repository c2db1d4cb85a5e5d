"""What a plain word of YAML means: the core schema of YAML 1.2.2, chapter 10.3.2."""

import math
import re
from typing import Final

from podium.kernel.json import Json

_WORDS: Final[dict[str, Json]] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_MAX_DIGITS: Final = 400
_WIDTH: Final = 20
_INTEGER: Final = re.compile(r"[-+]?[0-9]+", re.ASCII)
_BASED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_NO_NUMBER: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def resolve(text: str) -> tuple[Json, str]:
    """The value, and what is wrong with it ('' when nothing is)."""
    if text in _WORDS:
        return _WORDS[text], ""
    if text[0] not in "+-.0123456789":
        return text, ""
    return _number(text)


def _number(text: str) -> tuple[Json, str]:
    if _INTEGER.fullmatch(text):
        if len(text) > _MAX_DIGITS:
            return None, f"a number of {len(text)} digits, over {_MAX_DIGITS}. Use a string."
        return int(text), ""
    if _BASED.fullmatch(text) and len(text) <= _MAX_DIGITS:
        return int(text, 0), ""
    if _FLOAT.fullmatch(text):
        value = float(text)
        return (value, "") if math.isfinite(value) else (None, _unwritable(text))
    return (None, _unwritable(text)) if _NO_NUMBER.fullmatch(text) else (text, "")


def _unwritable(text: str) -> str:
    shown = text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…"
    return f"{shown}, which JSON cannot write. Use a string or a finite number."
