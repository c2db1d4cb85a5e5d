"""How many events are wanted: one, any of some, all of some, until others come.

A gathering decides from what it was offered, in that order, and from nothing else: a run that is
executed again comes to the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from podium.workflows.events.filters import Match
from podium.workflows.interpreter.program import Consumption, EventFilter, Strategy


class Taken(Enum):
    """What became of an event."""

    CONSUMED = auto()
    """It is one of those that were wanted."""
    IGNORED = auto()
    """It is none of them."""
    COUNTED = auto()
    """It counts for `until`, which asks for more; it is no part of what there was."""
    STOPPED = auto()
    """It counts for `until`, which is fulfilled with it."""


@dataclass
class _Part:
    """A consumption without its `until`: which of its filters, at `first` and on, are open."""

    strategy: Strategy
    first: int
    count: int
    met: set[int] = field(default_factory=set[int])

    @property
    def is_complete(self) -> bool:
        needed = self.count if self.strategy is Strategy.ALL else 1
        return len(self.met) >= needed

    def wants(self, match: Match) -> bool:
        inside = self.first <= match.position < self.first + self.count
        return inside and not (self.strategy is Strategy.ALL and match.position in self.met)


class Gathering:
    """Of one consumption. The filters of `until` are counted on behind its own."""

    def __init__(self, wanted: Consumption) -> None:
        own = len(filters(wanted))
        until = wanted.until
        self._ends_by_expression: bool = isinstance(until, str)
        self._main: _Part = _Part(wanted.strategy, 0, own)
        self._until: _Part | None = (
            _Part(until.strategy, own, len(filters(until)))
            if isinstance(until, Consumption)
            else None
        )
        self.fixed: dict[str, str] = {}
        """Free correlations, as the first events said them."""

    @property
    def is_complete(self) -> bool:
        """Whether it needs no more events. Where an expression ends it, that decides."""
        if self._until is not None:
            return self._until.is_complete
        return not self._ends_by_expression and self._main.is_complete

    def offer(self, matches: Sequence[Match]) -> Taken:
        """An event counts once: for `until` first, then for the first filter that is open."""
        if self._until is not None and (found := self._first(self._until, matches)) is not None:
            self._take(self._until, found)
            return Taken.STOPPED if self._until.is_complete else Taken.COUNTED
        found = self._first(self._main, matches)
        if found is None:
            return Taken.IGNORED
        self._take(self._main, found)
        return Taken.CONSUMED

    def _first(self, part: _Part, matches: Sequence[Match]) -> Match | None:
        agreed = (each for each in matches if part.wants(each) and self._agrees(each.keys))
        return min(agreed, key=lambda match: match.position, default=None)

    def _agrees(self, keys: Mapping[str, str]) -> bool:
        return all(self.fixed.get(name, text) == text for name, text in keys.items())

    def _take(self, part: _Part, match: Match) -> None:
        part.met.add(match.position)
        self.fixed.update(match.keys)


def filters(wanted: Consumption) -> tuple[EventFilter, ...]:
    """Those of a consumption itself; `any` of none is any event at all."""
    if wanted.strategy is Strategy.ANY and not wanted.filters:
        return (EventFilter({}),)
    return wanted.filters


def all_filters(wanted: Consumption) -> tuple[EventFilter, ...]:
    """Those of its `until` behind its own: an index in here is a position."""
    until = wanted.until
    return filters(wanted) + (filters(until) if isinstance(until, Consumption) else ())
