"""The strategies as data: what the operator writes, with the defaults. Imports no other room value.

Each has a class in `strategies`, `rules`, `cascade`, `complexity` or `floor` that does it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Priority:
    """In the order in which they are written."""


@dataclass(frozen=True, slots=True)
class Weighted:
    """By chance, each with its weight's share."""


@dataclass(frozen=True, slots=True)
class RoundRobin:
    """One after the other."""


@dataclass(frozen=True, slots=True)
class LeastBusy:
    """The one with the fewest calls in flight for its weight."""


@dataclass(frozen=True, slots=True)
class LowestLatency:
    """The one that is expected to be done first with an answer of `answer_tokens` tokens."""

    answer_tokens: int = 200


@dataclass(frozen=True, slots=True)
class LowestCost:
    """The one at which the question and an answer of `answer_tokens` tokens cost least."""

    answer_tokens: int = 200


Options = Priority | Weighted | RoundRobin | LeastBusy | LowestLatency | LowestCost
