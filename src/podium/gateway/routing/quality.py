"""Measured quality by target and kind of question, and `quality_floor`, which relies on it.

Hierarchical Beta: what is known of a target over all kinds is where a kind starts, with the weight
of STRENGTH answers; what its operator says of it, or a half, is where the target starts. Quality
is drawn from that by lot (Thompson 1933), so a target of which little is known is tried now and
then, and one that is known to be bad is not.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from math import cos, exp, log, pi, sqrt
from typing import Final

from podium.gateway.models import Target
from podium.gateway.routing.choice import Choice, Reason
from podium.gateway.routing.features import content_type
from podium.gateway.routing.options import QualityFloor
from podium.gateway.routing.question import Question
from podium.gateway.routing.strategies import Scene, Targets, dollars
from podium.kernel.clock import Chance
from podium.kernel.json import Json

STRENGTH: Final = 8.0
_SAID: Final = 10.0
"""How many answers the operator's own word about a quality counts."""
_UNKNOWN: Final = 2.0
MOST_ANSWERS: Final = 2_000.0
"""What is older fades: a kind remembers so many answers."""
MOST_KINDS: Final = 10_000
_KIND: Final = "kind:"


@dataclass(slots=True)
class Tally:
    """Scores so far: the sum of them, and of what they lacked of 1."""

    good: float = 0.0
    bad: float = 0.0

    def add(self, score: float) -> None:
        self.good += score
        self.bad += 1 - score
        total = self.good + self.bad
        if total > MOST_ANSWERS:
            self.good *= MOST_ANSWERS / total
            self.bad *= MOST_ANSWERS / total


@dataclass(slots=True)
class Qualities:
    _tallies: dict[tuple[str, str], Tally] = field(default_factory=dict[tuple[str, str], Tally])
    """By model and kind; the kind is empty for all of them together."""

    def learn(self, model: str, kind: str, score: float) -> None:
        """`score` is from 0 to 1. Beyond MOST_KINDS a new kind counts for the model alone."""
        for each in {kind, ""}:
            tally = self._tallies.get((model, each))
            if tally is None:
                if each and len(self._tallies) >= MOST_KINDS:
                    continue
                tally = self._tallies[model, each] = Tally()
            tally.add(score)

    def forget(self, models: Collection[str]) -> None:
        for key in [key for key in self._tallies if key[0] in models]:
            del self._tallies[key]

    def expected(self, target: Target, kind: str) -> float:
        good, bad = self._beta(target, kind)
        return good / (good + bad)

    def drawn(self, target: Target, kind: str, chance: Chance) -> float:
        good, bad = self._beta(target, kind)
        one, other = gamma(good, chance), gamma(bad, chance)
        return one / (one + other) if one + other > 0 else 0.5

    def _beta(self, target: Target, kind: str) -> tuple[float, float]:
        name, said = target.model.name, target.quality
        mean, strength = (0.5, _UNKNOWN) if said is None else (said, _SAID)
        whole = self._tallies.get((name, ""), _NOTHING)
        good, bad = whole.good + mean * strength, whole.bad + (1 - mean) * strength
        if not kind:
            return good, bad
        tally = self._tallies.get((name, kind), _NOTHING)
        # A kind is not surer of where it starts than the target itself is.
        strength = min(STRENGTH, good + bad)
        mean = good / (good + bad)
        return tally.good + mean * strength, tally.bad + (1 - mean) * strength

    def to_json(self) -> list[Json]:
        return [[m, k, round(t.good, 4), round(t.bad, 4)] for (m, k), t in self._tallies.items()]

    def restore(self, rows: Json) -> None:
        """Takes what `to_json` gave; a row that is not of its shape is left out."""
        for row in rows if isinstance(rows, list | tuple) else ():
            match row:
                case [
                    str() as model,
                    str() as kind,
                    int() | float() as good,
                    int() | float() as bad,
                ]:
                    self._tallies[model, kind] = Tally(max(0.0, good), max(0.0, bad))
                case _:
                    pass


_NOTHING: Final = Tally()


def gamma(shape: float, chance: Chance) -> float:
    """A gamma variate of scale 1 (Marsaglia and Tsang 2000)."""
    if shape < 1:
        return gamma(shape + 1, chance) * exp(log(1.0 - chance.random()) / max(shape, 1e-6))
    d = shape - 1 / 3
    c = 1 / sqrt(9 * d)
    for _ in range(64):
        x = sqrt(-2 * log(1.0 - chance.random())) * cos(2 * pi * chance.random())
        v = (1 + c * x) ** 3
        if v > 0 and log(1.0 - chance.random()) < x * x / 2 + d - d * v + d * log(v):
            return d * v
    return d  # Chance that never lets it through is no chance: the middle is as good.


@dataclass(frozen=True, slots=True)
class AboveFloor:
    options: QualityFloor
    qualities: Qualities

    def order(self, question: Question, targets: Targets, scene: Scene) -> Choice:
        """Those drawn above the floor by cost, then the others from the best down."""
        options = self.options
        kind = kind_of(question, options.kind)
        drawn = {t.model.name: self.qualities.drawn(t, kind, scene.chance) for t in targets}
        costs = dollars(targets, question, scene, tokens=options.answer_tokens)
        dearest = max(costs.values(), default=0.0) + 1

        def place(target: Target) -> tuple[bool, float]:
            name = target.model.name
            below = drawn[name] < options.floor
            return below, -drawn[name] if below else costs.get(name, dearest)

        ordered = tuple(sorted(targets, key=place))
        first = drawn[ordered[0].model.name]
        fits = "the cheapest above" if first >= options.floor else "none is above, so the best for"
        because = f"{fits} {options.floor:.2f} on '{kind}', quality drawn from what is known"
        return Choice(
            ordered, Reason("quality_floor", because, drawn), features=(f"{_KIND}{kind}",)
        )


def kind_of(question: Question, tag: str) -> str:
    return question.tags.get(tag) or content_type(question.text())


def kind_in(features: tuple[str, ...]) -> str:
    """The kind that a choice had among its features; empty where it had none."""
    return next((f.removeprefix(_KIND) for f in features if f.startswith(_KIND)), "")
