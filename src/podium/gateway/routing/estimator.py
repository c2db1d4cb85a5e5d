"""What each target's answer to a question is expected to be worth: a linear model over features.

It is a table of weights, so it is read and written as JSON, explains itself by its largest terms,
and learns from one score at a time. `training` makes it from a file of scored answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum, isfinite, sqrt
from typing import Final

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject

VERSION: Final = 1
TRAIT: Final = 0.15
"""Values of features: each word counts 1 / √(words that are known), traits and tags these."""
TAG: Final = 1.5
MOST_FEATURES: Final = 100_000
_TOLD: Final = 3
_Row = tuple[str, list[float]]
"""A feature and its weights."""
STEP: Final = 0.05
"""How far one score moves the weights."""


@dataclass(slots=True)
class Estimator:
    """`weights` by feature and `bias`, each with a number for every target, in their order.

    `costs` are relative, 1 for the dearest. A target is worth its quality less `price` times its
    cost: `price` is how much quality a whole dearest answer has to bring. `examples` is 0 where it
    was never trained.
    """

    targets: tuple[str, ...]
    bias: list[float]
    weights: dict[str, list[float]]
    price: float
    costs: tuple[float, ...]
    examples: int = 0
    learned: int = 0

    def qualities(self, features: Sequence[str]) -> list[float]:
        """Expected scores, from 0 to 1, in the order of `targets`."""
        return self._summed(*self._known(features))

    def explained(self, features: Sequence[str]) -> tuple[list[float], dict[str, float]]:
        """The qualities, and the features that speak most for the last target over the first one,
        or against it, with by how much.
        """
        words, others, scale = self._known(features)
        told = [(scale * (row[-1] - row[0]), name) for name, row in words]
        told += [(value_of(name, 0) * (row[-1] - row[0]), name) for name, row in others]
        told.sort()
        ends = told if len(told) <= 2 * _TOLD else told[:_TOLD] + told[-_TOLD:]
        top = sorted(ends, key=_size)[:_TOLD]
        return self._summed(words, others, scale), {name: gain for gain, name in top if gain}

    def _known(self, features: Sequence[str]) -> tuple[list[_Row], list[_Row], float]:
        """Words come first in what `features` makes."""
        get = self.weights.get
        at = next((i for i, name in enumerate(features) if ":" in name), len(features))
        words = [(name, row) for name in features[:at] if (row := get(name)) is not None]
        others = [(name, row) for name in features[at:] if (row := get(name)) is not None]
        return words, others, 1 / sqrt(len(words)) if words else 0.0

    def _summed(self, words: Sequence[_Row], others: Sequence[_Row], scale: float) -> list[float]:
        found = list[float]()
        for i, bias in enumerate(self.bias):
            quality = bias + scale * fsum(row[i] for _, row in words)
            for name, row in others:
                quality += value_of(name, 0) * row[i]
            found.append(min(1.0, max(0.0, quality)))
        return found

    def learn(self, features: Sequence[str], target: str, score: float) -> None:
        """One step towards `score` for an answer of `target`; an unknown target is ignored."""
        if target not in self.targets:
            return
        at = self.targets.index(target)
        error = score - self.qualities(features)[at]
        room = MOST_FEATURES - len(self.weights)
        for feature in features[: max(0, room)]:
            _ = self.weights.setdefault(feature, [0.0] * len(self.targets))
        self.bias[at] += STEP / 5 * error
        words, others, scale = self._known(features)
        for name, row in (*words, *others):
            row[at] += STEP * value_of(name, scale) * error
        self.learned += 1


def _size(told: tuple[float, str]) -> float:
    return -abs(told[0])


def value_of(feature: str, scale: float) -> float:
    if ":" not in feature:
        return scale
    return TAG if feature.startswith("tag:") else TRAIT


_HARD: Final[Mapping[str, float]] = {
    "code:1": -0.12,
    "reasoning:1": -0.10,
    "questions:2": -0.05,
    "questions:3": -0.08,
    **{f"numbers:{n}": -0.02 * n for n in range(2, 9)},
    **{f"signs:{n}": -0.04 * n for n in range(1, 5)},
    **{f"lines:{n}": -0.015 * n for n in range(3, 9)},
    **{f"length:{a}.{b}": -0.04 * (a - 7) for a in range(8, 16) for b in range(a, a + 2)},
}


def untrained(targets: Sequence[str]) -> Estimator:
    """Rules of thumb until there is something to learn from: code, numbers, signs of mathematics,
    several questions and length make a question hard, most of all for the first, cheapest target.
    """
    last = max(1, len(targets) - 1)
    lacks = [1 - i / last for i in range(len(targets))]
    return Estimator(
        targets=tuple(targets),
        bias=[0.95 - 0.05 * lack for lack in lacks],
        weights={name: [hard / TRAIT * lack for lack in lacks] for name, hard in _HARD.items()},
        price=0.15,
        costs=tuple(1 - lack for lack in lacks),
    )


def to_json(estimator: Estimator) -> dict[str, Json]:
    return {
        "version": VERSION,
        "targets": list(estimator.targets),
        "bias": [round(each, 6) for each in estimator.bias],
        "price": estimator.price,
        "costs": list(estimator.costs),
        "examples": estimator.examples,
        "learned": estimator.learned,
        "weights": {f: [round(w, 5) for w in row] for f, row in estimator.weights.items()},
    }


def from_json(value: Json) -> Estimator:
    """Raises Invalid where it is not one of `to_json`, or of another version."""
    if not isinstance(value, Mapping) or value.get("version") != VERSION:
        raise Invalid(
            f"This is no estimator of version {VERSION}. Make it with 'podium routes train'."
        )
    targets = value.get("targets")
    names = tuple(map(str, targets)) if isinstance(targets, list | tuple) else ()
    weights = value.get("weights")
    rows: JsonObject = weights if isinstance(weights, Mapping) else {}
    if not names or len(rows) > MOST_FEATURES:
        raise Invalid(f"An estimator needs targets, and at most {MOST_FEATURES} features.")
    return Estimator(
        targets=names,
        bias=_numbers(value.get("bias"), names, "bias"),
        weights={name: _numbers(row, names, name) for name, row in rows.items()},
        price=_number(value.get("price"), "price"),
        costs=tuple(_numbers(value.get("costs"), names, "costs")),
        examples=int(_number(value.get("examples", 0), "examples")),
        learned=int(_number(value.get("learned", 0), "learned")),
    )


def _numbers(row: Json, names: Sequence[str], where: str) -> list[float]:
    if not isinstance(row, list | tuple) or len(row) != len(names):
        raise Invalid(f"'{where}' of an estimator needs {len(names)} numbers, one a target.")
    return [_number(each, where) for each in row]


def _number(value: Json, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise Invalid(f"'{where}' of an estimator needs finite numbers, got {value!r:.40}.")
    return float(value)
