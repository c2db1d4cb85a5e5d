"""Whom a limit is for, and which limits hold for one caller and model."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import translate

from podium.identity.limits import UNLIMITED, Limits
from podium.identity.principal import Principal


class Per(StrEnum):
    """What has a limit of its own; several together: each pair of them has one."""

    KEY = "key"
    USER = "user"
    TEAM = "team"
    WORKSPACE = "workspace"
    MODEL = "model"
    """The name that was asked for: a model or a route."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`models` (names or patterns) and `teams` narrow it down; empty: all. Of several rules for
    the same things the last one that says something counts.
    """

    per: frozenset[Per]
    limits: Limits
    models: tuple[str, ...] = ()
    teams: frozenset[str] = frozenset()
    _pattern: "re.Pattern[str]" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pattern = re.compile("|".join(translate(one) for one in self.models))
        object.__setattr__(self, "_pattern", pattern)

    def is_for(self, team: str, model: str) -> bool:
        if self.teams and team not in self.teams:
            return False
        return not self.models or self._pattern.match(model) is not None


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose calls are counted together: those that have all of these; empty: any."""

    workspace: str = ""
    user: str = ""
    key: str = ""
    team: str = ""
    model: str = ""

    @property
    def name(self) -> str:
        """Tells it from every other; the values may hold any character but a line break."""
        parts = (self.workspace, self.user, self.key, self.team, self.model)
        return "\n".join(parts)


@dataclass(frozen=True, slots=True)
class Bound:
    """Limits that hold for the calls of a scope together. `label` is for people."""

    scope: Scope
    limits: Limits
    label: str


def bounds(rules: Sequence[Rule], who: Principal, model: str) -> tuple[Bound, ...]:
    """All that a call must keep to."""
    return tuple(_bounds(rules, who, model))


def _bounds(rules: Sequence[Rule], who: Principal, model: str) -> Iterator[Bound]:
    key = who.key
    team = "" if key is None else key.team
    found: dict[frozenset[Per], Limits] = {}
    for rule in rules:
        if rule.is_for(team, model):
            found[rule.per] = rule.limits.over(found.get(rule.per, UNLIMITED))
    if key is not None:
        alone = frozenset({Per.KEY})
        found[alone] = key.limits.over(found.get(alone, UNLIMITED))
    for per, limits in found.items():
        has = (Per.KEY not in per or key is not None) and (Per.TEAM not in per or team)
        if has and limits != UNLIMITED:
            yield Bound(_scope(per, who, model), limits, _label(per, who, model))


def _scope(per: frozenset[Per], who: Principal, model: str) -> Scope:
    key = who.key
    return Scope(
        # The names of teams are those of a workspace; ids are nobody else's anyway.
        workspace=who.workspace if {Per.WORKSPACE, Per.TEAM} & per else "",
        user=who.user if Per.USER in per else "",
        key=key.id if Per.KEY in per and key is not None else "",
        team=key.team if Per.TEAM in per and key is not None else "",
        model=model if Per.MODEL in per else "",
    )


def _label(per: frozenset[Per], who: Principal, model: str) -> str:
    key = who.key
    words = {
        Per.KEY: f"the key '{key.name}'" if key else "",
        Per.USER: f"the user '{who.name}'",
        Per.TEAM: f"the team '{key.team}'" if key else "",
        Per.WORKSPACE: "the workspace",
        Per.MODEL: f"the model '{model[:100]}'",
    }
    return " with ".join(words[one] for one in Per if one in per) or "all of podium"
