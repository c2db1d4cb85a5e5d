"""Durations: ISO 8601 or `{hours: 1, seconds: 30}`, as seconds.

A day has 86,400 seconds and a week seven days. Years and months are refused: how long they are
depends on when they begin, and a workflow that sleeps has to know it beforehand.
"""

import re
from collections.abc import Mapping
from typing import Final

from podium.kernel.errors import Invalid
from podium.kernel.json import Json

MAX_SECONDS: Final = 10 * 366 * 86_400
_UNITS: Final = {
    "days": 86_400.0,
    "hours": 3600.0,
    "minutes": 60.0,
    "seconds": 1.0,
    "milliseconds": 0.001,
}
_AMOUNT: Final = r"(\d+(?:\.\d+)?)"
_ISO: Final = re.compile(
    (
        rf"P(?:{_AMOUNT}Y)?(?:{_AMOUNT}M)?(?:{_AMOUNT}W)?(?:{_AMOUNT}D)?"
        rf"(?:T(?=\d)(?:{_AMOUNT}H)?(?:{_AMOUNT}M)?(?:{_AMOUNT}S)?)?"
    ),
    re.ASCII,
)
_ISO_SECONDS: Final = (604_800.0, 86_400.0, 3600.0, 60.0, 1.0)


def duration_seconds(value: Json) -> float:
    """Raises Invalid for what is no duration, negative, longer than ten years, or in months."""
    seconds = _inline(value) if isinstance(value, Mapping) else _iso(value)
    if seconds > MAX_SECONDS:
        raise Invalid(f"The duration {value} is longer than ten years. Write a shorter one.")
    return seconds


def _iso(value: Json) -> float:
    found = (
        _ISO.fullmatch(value) if isinstance(value, str) and value[-1:] not in {"P", "T"} else None
    )
    if found is None:
        raise Invalid(f"{value!r} is no duration. Write one such as PT30S or {{seconds: 30}}.")
    years, months, *rest = found.groups()
    if years or months:
        raise Invalid(
            f"The duration {value} counts years or months, which differ in length. Write days."
        )
    pairs = zip(rest, _ISO_SECONDS, strict=True)
    return sum(float(amount or 0) * seconds for amount, seconds in pairs)


def _inline(value: Mapping[str, Json]) -> float:
    total = 0.0
    for unit, amount in value.items():
        if unit not in _UNITS or isinstance(amount, bool) or not isinstance(amount, (int, float)):
            raise Invalid(f"{unit}: {amount} is no part of a duration. Use {', '.join(_UNITS)}.")
        if amount < 0:
            raise Invalid(f"The duration has {unit}: {amount}. Write 0 or more.")
        total += min(amount, MAX_SECONDS * 1000) * _UNITS[unit]
    return total
