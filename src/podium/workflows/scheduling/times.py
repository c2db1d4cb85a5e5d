"""When a schedule is due.

All times are seconds since 1970. A cron expression is read in its time zone as Debian's cron does:
a time that the change to summer time leaves out comes once, at the first moment after the gap; one
that the change back repeats comes once, the first time. Where minute or hour begin with `*` it
goes by the time that has passed, and each hour counts.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from podium.kernel.errors import Invalid

ZONE: Final = "CRON_TZ="

_FIELDS: Final = 5
_WORDS: Final = re.compile(r"[0-9A-Za-z*/,#-]+")
_WINDOWS: Final = tuple(days * 86400.0 for days in (1 / 24, 1, 32, 366, 366 * 50))
"""In which the last moment before now is looked for: the number of moments in the first one
that has any is small.
"""


@dataclass(frozen=True, slots=True)
class Every:
    """At `anchor` and each `seconds` before and after."""

    seconds: float
    anchor: float

    def next(self, after: float) -> float | None:
        steps = math.floor((after - self.anchor) / self.seconds) + 1
        found = self.anchor + steps * self.seconds
        # Fractions of seconds may round down to the moment itself.
        return found if found > after else self.anchor + (steps + 1) * self.seconds

    def last(self, due: float, now: float) -> float:
        """The last moment up to `now`; `due` is one."""
        return due + max(math.floor((now - due) / self.seconds), 0) * self.seconds


@dataclass(frozen=True, slots=True)
class Cron:
    """Five fields, in a time zone."""

    fields: str
    zone: str
    is_zoned: bool

    def next(self, after: float) -> float | None:
        """None where it never comes (31 November)."""
        for found in self._from(after):
            if found > after:
                return found
        return None

    def last(self, due: float, now: float) -> float:
        """The last moment up to `now`; `due` is one."""
        for window in _WINDOWS:
            start = max(due, now - window)
            found = start if start == due else None
            for each in self._from(start):
                if each > now:
                    break
                found = each if each > start else found
            if found is not None:
                return found
        return due

    def _from(self, after: float) -> Iterator[float]:
        """In the hour that comes twice these may begin an hour early."""
        moment = datetime.fromtimestamp(after, ZoneInfo(self.zone))
        return (each.timestamp() for each in CronSim(self.fields, moment))


@lru_cache(maxsize=256)
def cron(text: str) -> Cron:
    """`0 9 * * 1-5`, or `CRON_TZ=Europe/Berlin 0 9 * * 1-5`; without a time zone UTC.

    Raises Invalid.
    """
    zone, words = "UTC", text.split()
    is_zoned = bool(words) and words[0].startswith(ZONE)
    if is_zoned:
        zone, words = words[0].removeprefix(ZONE), words[1:]
    _known(zone)
    if len(words) != _FIELDS or not all(map(_WORDS.fullmatch, words)):
        raise Invalid(
            f"'{text[:80]}' is no cron expression: it has five fields, minute hour day month "
            "weekday. Write '0 9 * * 1-5', or with a time zone 'CRON_TZ=Europe/Berlin 0 9 * * 1-5'."
        )
    found = Cron(" ".join(words), zone, is_zoned)
    try:
        comes = found.next(0.0) is not None
    except CronSimError as error:
        fault = str(error).lower().replace("bad ", "its field ")
        raise Invalid(f"'{text[:80]}' is no cron expression: {fault} is wrong.") from None
    if not comes:
        raise Invalid(f"'{text[:80]}' never comes. Correct its day or month.")
    return found


def _known(zone: str) -> None:
    try:
        _ = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise Invalid(
            f"There is no time zone '{zone[:60]}'. Write a name of the tz database, such as "
            "CRON_TZ=Europe/Berlin or CRON_TZ=UTC."
        ) from None
