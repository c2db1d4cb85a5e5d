# numpy calls Any what an axis decides.
# pyright: reportAny=false
"""An estimator out of scored answers: ridge regression, and a price chosen on answers unseen.

Each target's score is regressed on the same features, so the difference of two is a regression on
the gain. The price is the highest at which, over folds that were left out of the fit, quality
stays at `keep` times that of the best single target. Imports numpy: for training alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final, cast

import numpy as np
import numpy.typing as npt

from podium.gateway.routing.estimator import Estimator, value_of
from podium.kernel.errors import Invalid

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

FEWEST: Final = 50
FOLDS: Final = 5
RIDGE: Final = 15.0
_RARE: Final = 3
"""Words in fewer questions say nothing that holds elsewhere."""
_ROUNDS: Final = 80
_SMALL: Final = 1e-8
_PRICES: Final = 400


@dataclass(frozen=True, slots=True)
class Example:
    """A question's features and what each target's answer to it was worth, from 0 to 1."""

    features: tuple[str, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Aim:
    """`keep` of the best target's quality, with `sure` standard errors to spare.

    `costs` are relative, by target; empty is evenly spaced from 0, the cheapest, to 1.
    """

    keep: float = 0.95
    sure: float = 1.0
    costs: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Trained:
    """`quality` and `cost` are on the folds left out, as parts of the best single target's quality
    and of the cost of always asking the dearest.
    """

    estimator: Estimator
    quality: float
    cost: float
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows of features in compressed form: `column[k]` with `value[k]` in row `row[k]`."""

    row: Whole
    column: Whole
    value: Floats
    names: tuple[str, ...]
    rows: int

    def times(self, weights: Floats) -> Floats:
        return np.bincount(self.row, self.value * weights[self.column], self.rows).astype(
            np.float64
        )

    def transposed_times(self, values: Floats) -> Floats:
        sums = np.bincount(self.column, self.value * values[self.row], len(self.names))
        return sums.astype(np.float64)


def train(examples: Sequence[Example], targets: Sequence[str], aim: Aim) -> Trained:
    """`targets` from the cheapest to the dearest. The same examples give the same estimator.

    Raises Invalid for fewer than 50 examples, or scores that are not one a target from 0 to 1.
    """
    scores = _scores(examples, targets)
    table = _table(examples)
    costs = np.array(aim.costs or np.linspace(0.0, 1.0, len(targets)), dtype=np.float64)
    unseen = _left_out(table, scores)
    best = int(np.argmax(scores.mean(axis=0)))
    price, picked = _price(unseen, scores, costs=costs, best=best, aim=aim)
    reached = scores[np.arange(len(scores)), picked]
    weights, bias = _fit(table, scores, np.ones(len(scores)))
    estimator = Estimator(
        targets=tuple(targets),
        bias=_list(bias),
        weights={name: _list(weights[i]) for i, name in enumerate(table.names)},
        price=price,
        costs=tuple(_list(costs)),
        examples=len(examples),
    )
    return Trained(
        estimator,
        quality=float(reached.mean() / max(_SMALL, scores[:, best].mean())),
        cost=float(costs[picked].mean() / max(_SMALL, costs.max())),
        shares=tuple(float((picked == i).mean()) for i in range(len(targets))),
    )


def _scores(examples: Sequence[Example], targets: Sequence[str]) -> Floats:
    if len(examples) < FEWEST:
        raise Invalid(
            f"{len(examples)} examples are too few to learn from. Give at least {FEWEST}, "
            "and better a thousand."
        )
    for i, example in enumerate(examples, 1):
        good = len(example.scores) == len(targets) and all(0 <= s <= 1 for s in example.scores)
        if not good:
            raise Invalid(
                f"Example {i} needs {len(targets)} scores from 0 to 1, one for each of "
                f"{', '.join(targets)}; got {example.scores!r:.80}."
            )
    return np.array([example.scores for example in examples], dtype=np.float64)


def _table(examples: Sequence[Example]) -> _Table:
    counts: dict[str, int] = {}
    for example in examples:
        for feature in example.features:
            counts[feature] = counts.get(feature, 0) + 1
    places = {f: i for i, f in enumerate(f for f, n in counts.items() if n >= _RARE)}
    row, column, value = list[int](), list[int](), list[float]()
    for i, example in enumerate(examples):
        known = [feature for feature in example.features if feature in places]
        words = sum(":" not in feature for feature in known)
        scale = 1 / sqrt(words) if words else 0.0
        row += [i] * len(known)
        column += [places[feature] for feature in known]
        value += [value_of(feature, scale) for feature in known]
    return _Table(
        np.array(row, dtype=np.int64),
        np.array(column, dtype=np.int64),
        np.array(value, dtype=np.float64),
        tuple(places),
        len(examples),
    )


def _left_out(table: _Table, scores: Floats) -> Floats:
    """Each example's scores as predicted by a fit that has not seen it."""
    fold = np.arange(len(scores)) % FOLDS
    found = np.zeros_like(scores)
    for each in range(FOLDS):
        weights, bias = _fit(table, scores, (fold != each).astype(np.float64))
        predicted = _predicted(table, weights, bias)
        found[fold == each] = predicted[fold == each]
    return found


def _predicted(table: _Table, weights: Floats, bias: Floats) -> Floats:
    columns = [table.times(weights[:, i]) + bias[i] for i in range(len(bias))]
    return np.clip(np.stack(columns, axis=1), 0.0, 1.0)


def _fit(table: _Table, scores: Floats, taken: Floats) -> tuple[Floats, Floats]:
    """Weights (features by targets) and bias; rows whose `taken` is 0 are not looked at."""
    bias = (scores * taken[:, None]).sum(axis=0) / taken.sum()
    columns = [_solve(table, (scores[:, i] - bias[i]) * taken, taken) for i in range(len(bias))]
    return np.stack(columns, axis=1), bias


def _solve(table: _Table, wanted: Floats, taken: Floats) -> Floats:
    """Conjugate gradients on (XᵀX + RIDGE) w = Xᵀy (Hestenes and Stiefel 1952)."""
    weights = np.zeros(len(table.names))
    residual = table.transposed_times(wanted)
    direction, length = residual.copy(), float(residual @ residual)
    for _ in range(_ROUNDS):
        if length < _SMALL:
            break
        image = table.transposed_times(table.times(direction) * taken) + RIDGE * direction
        step = length / float(direction @ image)
        weights += step * direction
        residual -= step * image
        before, length = length, float(residual @ residual)
        direction = residual + (length / before) * direction
    return weights


def _price(
    predicted: Floats, scores: Floats, *, costs: Floats, best: int, aim: Aim
) -> tuple[float, Whole]:
    """The price at which it costs least with quality kept, and who is picked at it."""
    spread = np.unique(np.concatenate([[0.0], _breaks(predicted, costs)]))
    for price in spread[::-1]:
        picked = pick(predicted, costs, float(price))
        surplus = scores[np.arange(len(scores)), picked] - aim.keep * scores[:, best]
        error = float(surplus.std()) / sqrt(len(surplus))
        if float(surplus.mean()) >= aim.sure * error:
            return float(price), picked
    return 0.0, np.full(len(scores), best, dtype=np.int64)


def _breaks(predicted: Floats, costs: Floats) -> Floats:
    """Prices at which the choice of some question changes, as quantiles of them."""
    gains = (predicted[:, -1] - predicted[:, 0]) / max(_SMALL, float(costs[-1] - costs[0]))
    return (
        np.quantile(gains[gains > 0], np.linspace(0, 1, _PRICES))
        if (gains > 0).any()
        else gains[:0]
    )


def _list(values: Floats) -> list[float]:
    return cast("list[float]", values.tolist())


def pick(predicted: Floats, costs: Floats, price: float) -> Whole:
    """For each question the target that is worth most; the cheaper one of equals."""
    return np.argmax(predicted - price * costs, axis=1)
