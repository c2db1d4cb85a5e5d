"""How large a value is once it is written down.

In memory `[.x, .x]` is two references. Fifty tasks that do it, one after the other, make a value
that fits into a kilobyte and that nobody can write: neither as JSON, nor to the journal.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias, cast

from podium.kernel.errors import LimitReached
from podium.kernel.json import Json

MAX_CHARACTERS: Final = 50_000_000
"""Of all texts together: five times the largest body that is taken by default."""
MAX_VALUES: Final = 3_000_000
MAX_DEPTH: Final = 200
"""Levels. What reads and writes JSON goes a thousand deep, some of them used up by the caller."""
_LARGE: Final = 20_000
"""Values from which one is remembered from task to task."""
_KEPT: Final = 16
_NARROW: Final = 64
"""Parts of a level among which a remembered one is looked for."""
_SMALL: Final = 150
"""Values; so few cannot be too deep."""
_SHORT: Final = 10_000
_Container: TypeAlias = "dict[str, Json] | list[Json]"
_CONTAINERS: Final = frozenset({dict, list})


@dataclass(frozen=True, slots=True)
class _Size:
    values: int
    characters: int
    depth: int

    def bounded(self) -> "_Size":
        if self.values > MAX_VALUES or self.characters > MAX_CHARACTERS:
            raise _too_large()
        return self

    def plus(self, other: "_Size", at: int) -> "_Size":
        depth = max(self.depth, at + other.depth)
        if depth > MAX_DEPTH:
            raise _too_deep()
        return _Size(self.values + other.values, self.characters + other.characters, depth)


@dataclass(frozen=True, slots=True)
class _Narrow:
    """A part that was alone on its level, and how much had been measured before it."""

    value: Json
    before: _Size
    depth: int


@dataclass(slots=True)
class Sizes:
    """Of one run: the large values that it hands on from task to task are measured once.

    By exact types, which decoders and expressions make and which are quick to ask for.
    """

    _large: OrderedDict[int, tuple[Json, _Size]] = field(default_factory=OrderedDict)

    def check(self, value: Json) -> None:
        """Raises LimitReached for a value that is too large or too deep."""
        if _is_small(value) or id(value) in self._large:
            return
        if type(value) in _CONTAINERS:
            narrow: list[_Narrow] = []
            size = self._measured(cast("_Container", value), narrow)
            if size.values > _LARGE:
                self._keep(value, size, narrow)

    def _measured(self, value: _Container, narrow: list[_Narrow]) -> _Size:
        """Level by level, so that measuring cannot itself go too deep."""
        size = _Size(1, 0, 0)
        level = [value]
        for depth in range(MAX_DEPTH + 1):
            if len(level) <= _NARROW:
                level, size = self._without_known(level, size, depth)
            if not level:
                return size.bounded()
            if len(level) == 1:
                narrow.append(_Narrow(level[0], size, depth))
            inside = sum(map(len, level))
            size = _Size(size.values + inside, size.characters, depth + 1).bounded()
            below = [
                each
                for outer in level
                for each in (outer.values() if type(outer) is dict else outer)
            ]
            texts = sum(len(each) for each in below if type(each) is str)
            size = replace(size, characters=size.characters + texts)
            level = [cast("_Container", each) for each in below if type(each) in _CONTAINERS]
        raise _too_deep()

    def _without_known(
        self, level: list[_Container], size: _Size, depth: int
    ) -> tuple[list[_Container], _Size]:
        left: list[_Container] = []
        for each in level:
            known = self._large.get(id(each))
            if known is None:
                left.append(each)
            else:
                self._large.move_to_end(id(each))
                size = size.plus(known[1], depth)
        return left, size

    def _keep(self, value: Json, whole: _Size, narrow: Sequence[_Narrow]) -> None:
        """With the values themselves, so that no other ones get their identities.

        A part that was alone on its level, as in `{"rows": [...]}`, is as large as what was left.
        """
        self._large[id(value)] = value, whole
        for part in narrow:
            values, characters = part.before.values, part.before.characters
            rest = _Size(
                whole.values - values + 1, whole.characters - characters, whole.depth - part.depth
            )
            if rest.values > _LARGE:
                self._large[id(part.value)] = part.value, rest
        while len(self._large) > _KEPT:
            _ = self._large.popitem(last=False)


def _is_small(value: Json) -> bool:
    """As most values are: this takes two microseconds, and they need no more."""
    if type(value) not in _CONTAINERS:
        return True
    waiting = [cast("_Container", value)]
    left = _SMALL
    while waiting:
        outer = waiting.pop()
        left -= 1 + len(outer)
        if left < 0:
            return False
        for each in outer.values() if type(outer) is dict else outer:
            if type(each) in _CONTAINERS:
                waiting.append(cast("_Container", each))
            elif type(each) is str and len(each) > _SHORT:
                return False
    return True


def _too_large() -> LimitReached:
    return LimitReached(
        f"The value holds more than {MAX_VALUES:,} values or {MAX_CHARACTERS:,} characters. Does a "
        "loop double it? Keep a part of it, or store it elsewhere and pass its address."
    )


def _too_deep() -> LimitReached:
    return LimitReached(
        f"The value nests deeper than {MAX_DEPTH} levels. Does a loop put it into itself?"
    )
