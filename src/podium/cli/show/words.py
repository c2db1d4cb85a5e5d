"""Quantities as people read them, and statuses in their colours."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from rich.text import Text

STYLES: Final = {
    "completed": "green",
    "approved": "green",
    "ok": "green",
    "active": "green",
    "waiting": "yellow",
    "paused": "yellow",
    "warn": "yellow",
    "pending": "dim",
    "open": "cyan",
    "running": "cyan",
    "not settled": "cyan",
    "faulted": "red",
    "error": "red",
    "fail": "red",
    "rejected": "red",
    "cancelled": "magenta",
}

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_SECOND_MS = 1000
_THOUSAND = 1000


def status(name: str) -> Text:
    return Text(name, style=STYLES.get(name, ""))


def duration(seconds: float) -> str:
    """4.2 s, 3 min 12 s, 2 h 05 min."""
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR:02d} h"


def millis(ms: float) -> str:
    """0.4 ms, 37 ms, 1.24 s, 3 min 12 s."""
    if ms < 1:
        return f"{ms:.1f} ms"
    if ms < _SECOND_MS:
        return f"{ms:.0f} ms"
    return f"{ms / _SECOND_MS:.2f} s" if ms < _MINUTE * _SECOND_MS else duration(ms / _SECOND_MS)


def moment(at: float | None) -> str:
    """In the time zone of whoever looks; a dash where it has not happened."""
    if at is None:
        return "-"
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def rate(per_second: float) -> str:
    """2.4/s, 31/min: never a zero that is none."""
    if per_second >= 1 or per_second == 0:
        return f"{per_second:.1f}/s"
    return f"{per_second * _MINUTE:.1f}/min"


def tokens(number: int) -> str:
    """900, 128k, 1.05M."""
    if number < _THOUSAND:
        return str(number)
    if number < _THOUSAND**2:
        return f"{number / _THOUSAND:.0f}k"
    return f"{number / _THOUSAND**2:.3g}M"


def supplied(what: Sequence[str], repairs: int) -> str:
    """`tools and json_schema, asked again 2 times`; empty where nothing was."""
    again = f", asked again {count(repairs, 'time')}" if repairs else ""
    return f"{' and '.join(what)}{again}" if what else ""


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
