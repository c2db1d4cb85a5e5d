"""What a caller says about the cache: the request directives of Cache-Control (RFC 9111, 5.2.1)."""

from dataclasses import dataclass
from functools import lru_cache
from math import inf


@dataclass(frozen=True, slots=True)
class Control:
    """`max_age` is the oldest answer that is welcome, in seconds."""

    looks: bool = True
    keeps: bool = True
    max_age: float = inf
    only_if_cached: bool = False


ANY = Control()


@lru_cache(maxsize=256)
def control(header: str) -> Control:
    """Unknown directives are ignored; an age that is no number is 0, which is the safe side."""
    directives = [part.strip().lower().partition("=") for part in header.split(",")]
    names = {name.strip() for name, _, _ in directives}
    ages = [_age(value) for name, _, value in directives if name.strip() == "max-age"]
    return Control(
        looks=not names & {"no-cache", "no-store"},
        keeps="no-store" not in names,
        max_age=min(ages, default=inf),
        only_if_cached="only-if-cached" in names,
    )


def _age(value: str) -> float:
    digits = value.strip().strip('"')
    return float(digits) if digits.isascii() and digits.isdecimal() else 0.0
