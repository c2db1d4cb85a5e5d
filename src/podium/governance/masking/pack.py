"""All rules there are, and packs: those with the rules that an operator adds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from podium.governance.masking import (
    contact,
    finance,
    health,
    names,
    national,
    people,
    places,
    secrets,
)
from podium.governance.masking.classes import DataClass, class_of
from podium.governance.masking.rules import Rule

RULES: Final[tuple[Rule, ...]] = (
    *secrets.RULES,
    *finance.RULES,
    *people.RULES,
    *national.RULES,
    *health.RULES,
    *contact.RULES,
    *places.RULES,
    *names.RULES,
)

KINDS: Final[tuple[str, ...]] = tuple(dict.fromkeys(rule.kind for rule in RULES))


@dataclass(frozen=True, slots=True)
class Pack:
    """Rules, each kind's class, and its rank: of findings that overlap the lowest one counts."""

    rules: Sequence[Rule]
    classes: Mapping[str, DataClass]
    rank: Mapping[str, int] = field(default_factory=dict[str, int])

    def only(self, kinds: Iterable[str]) -> "Pack":
        """The same with the rules of these kinds alone."""
        kept = frozenset(kinds)
        rules = tuple(rule for rule in self.rules if rule.kind in kept)
        classes = {kind: data for kind, data in self.classes.items() if kind in kept}
        return Pack(rules, classes, self.rank)

    def with_own(self, rules: Sequence[Rule], classes: Mapping[str, DataClass]) -> "Pack":
        """The same with rules of an operator's own, which stand before those of the pack."""
        return _packed((*rules, *self.rules), {**self.classes, **classes})


def _packed(rules: Sequence[Rule], classes: Mapping[str, DataClass]) -> Pack:
    kinds = dict.fromkeys(rule.kind for rule in rules)
    return Pack(rules, classes, {kind: rank for rank, kind in enumerate(kinds)})


PACK: Final[Pack] = _packed(RULES, {kind: class_of(kind) for kind in KINDS})
