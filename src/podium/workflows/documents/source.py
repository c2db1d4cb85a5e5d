"""A document as it was written: its plain value and where each part of it stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

from podium.kernel.json import Json, JsonObject, pointer, unescaped

__all__ = ["Place", "Source", "Spot", "is_small", "pointer", "spot", "unescaped", "values"]

Spot: TypeAlias = int
"""Where something stands that has nothing inside: line and column in one number. A document has a
hundred thousand of them, and the garbage collector does not look at numbers.
"""
Inside: TypeAlias = "Mapping[str, Place | Spot] | Sequence[Place | Spot] | None"

_COLUMNS: Final = 1 << 32


class Place(NamedTuple):
    """`line` and `column` count from 1; of a mapping's member they are those of its key."""

    line: int
    column: int
    inside: Inside = None


def spot(line: int, column: int) -> Spot:
    return line * _COLUMNS + column


@dataclass(frozen=True, slots=True)
class Source:
    name: str
    text: str
    value: JsonObject
    root: Place

    def place(self, pointer: str) -> tuple[int, int]:
        """Line and column of a JSON pointer (RFC 6901), or of its nearest ancestor there is."""
        here: Place | Spot = self.root
        for token in unescaped(pointer):
            below = None if isinstance(here, Spot) else _member(here.inside, token)
            if below is None:
                break
            here = below
        return divmod(here, _COLUMNS) if isinstance(here, Spot) else (here.line, here.column)


def _member(inside: Inside, token: str) -> Place | Spot | None:
    if inside is None:
        return None
    if isinstance(inside, Mapping):
        return inside.get(token)
    return inside[int(token)] if token.isdecimal() and int(token) < len(inside) else None


def values(value: Json) -> Iterator[Json]:
    """It and all in it; those of an alias each time."""
    waiting: list[Json] = [value]
    while waiting:
        here = waiting.pop()
        yield here
        if isinstance(here, Mapping):
            waiting.extend(here.values())
        elif isinstance(here, Sequence) and not isinstance(here, str):
            waiting.extend(here)


def is_small(value: Json, most: int) -> bool:
    """Whether no more than `most` values are in it."""
    return sum(1 for _ in islice(values(value), most + 1)) <= most
