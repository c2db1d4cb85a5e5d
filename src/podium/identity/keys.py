"""What an API key may be used for, and how much."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import translate

from podium.identity.limits import UNLIMITED, Limits
from podium.kernel.ids import KeyId


class Reach(StrEnum):
    """Where a key is let in."""

    ALL = "all"
    GATEWAY = "gateway"
    """The addresses below /v1 alone: it calls models, and sees and changes nothing else."""


@dataclass(frozen=True, slots=True)
class Scopes:
    """Empty lists restrict nothing. `models` are names of models and routes, or patterns of them
    with `*`, `?` and `[…]`; what counts is the name that is asked for, not where it leads.
    """

    models: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    reach: Reach = Reach.ALL
    _pattern: "re.Pattern[str]" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pattern = re.compile("|".join(translate(one) for one in self.models))
        object.__setattr__(self, "_pattern", pattern)

    def has_model(self, name: str) -> bool:
        return not self.models or self._pattern.match(name) is not None

    def has_operation(self, operation: str) -> bool:
        return not self.operations or operation in self.operations


EVERYTHING = Scopes()


@dataclass(frozen=True, slots=True)
class Key:
    """An API key as its caller carries it. Keys of a team share its limits, and it pays."""

    id: KeyId
    name: str
    team: str = ""
    scopes: Scopes = EVERYTHING
    limits: Limits = UNLIMITED

    @property
    def is_restricted(self) -> bool:
        return (self.team, self.scopes, self.limits) != ("", EVERYTHING, UNLIMITED)
