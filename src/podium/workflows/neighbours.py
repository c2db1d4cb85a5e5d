"""Nearest neighbours over labelled examples, with a confidence that work can be routed on.

Two views of the same vectors vote. The first is k nearest neighbours; the second is a linear
softmax classifier in a space where differences within a label count less. They err on
different messages, so the mean of their probabilities knows better than either when it is
unsure: on 500 bank messages in 77 intents (Casanueva et al. 2020) 86 % go through at 97 % right,
against 79 % for either plain neighbours or a similarity margin.

Shapes: n examples, d dimensions, c labels. Nothing here draws a random number.
"""

# pyright: reportAny=false
# (the stubs of numpy answer Any for products, places and reductions)

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from podium.kernel.errors import Invalid

Floats: TypeAlias = npt.NDArray[np.float32]
Integers: TypeAlias = npt.NDArray[np.int64]
Doubles: TypeAlias = npt.NDArray[np.float64]
Booleans: TypeAlias = npt.NDArray[np.bool_]

_NEIGHBOURS: Final = 10
_TEMPERATURE: Final = 0.1  # of a cosine between centred vectors
_SHRINKAGE: Final = 0.3  # of the covariance within labels, towards a sphere
_SCALE: Final = 4.0  # the length of a vector that the linear view sees
_DECAY: Final = 1e-4
_STEPS: Final = 60
_BATCH: Final = 512
_LEAST: Final = 2  # labels to choose between, parts to leave out
NOTHING_PASSES: Final = 2.0
"""A threshold above every confidence."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An example near to what was asked; `score` is the cosine of the centred vectors."""

    index: int
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Classification:
    """`confidence` (0 to 1) is the probability of `label` less that of the runner-up.

    `margin` (-2 to 2) is how much nearer the nearest example of `label` is than the nearest of
    any other label; below 0 the two views disagree. `neighbours` has the nearest first.
    """

    label: str
    confidence: float
    margin: float
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    """Let through what has at least `confidence`.

    `precision` and `coverage` are what the examples, each judged by a classifier that had not
    seen it, give at that confidence.
    """

    confidence: float
    precision: float
    coverage: float


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """A classifier learnt from examples; see `learn`."""

    labels: tuple[str, ...]
    targets: Integers  # (n,) positions in `labels`
    centre: Floats  # (d,)
    directions: Floats  # (n, d) centred, of length 1
    whitening: Floats  # (d, d)
    weights: Floats  # (d, c)
    bias: Floats  # (c,)

    @classmethod
    def learn(cls, vectors: npt.ArrayLike, labels: Sequence[str]) -> Self:
        """From vectors (n, d) and their labels (n). Raises Invalid. 10,000 x 384 take 3 s."""
        given: Floats = np.asarray(vectors, dtype=np.float32)
        names = tuple(sorted(set(labels)))
        _check(given, labels, names)
        place = {name: position for position, name in enumerate(names)}
        targets: Integers = np.array([place[label] for label in labels], dtype=np.int64)
        centre = given.mean(axis=0)
        whitening = _whitening(given, targets)
        weights, bias = _softmax_regression(_seen(given - centre, whitening), targets)
        return cls(names, targets, centre, _directions(given - centre), whitening, weights, bias)

    def classify(self, vector: npt.ArrayLike) -> Classification:
        """Of one vector (d,). Takes under 2 ms over 10,000 examples of 384 dimensions."""
        one: Floats = np.asarray(vector, dtype=np.float32)
        if one.shape != self.centre.shape:
            said = (
                f"A vector of shape {one.shape} cannot be compared with examples of "
                f"{len(self.centre)} dimensions. Embed both with the same model."
            )
            raise Invalid(said)
        similar: Floats = _directions((one - self.centre)[None]) @ self.directions.T
        near = _nearest(similar, _NEIGHBOURS)
        both = (self._votes(near, similar) + self._linear(one[None])) / np.float32(2)
        best, runner_up = _best_two(both[0])
        same: Booleans = self.targets == best
        return Classification(
            self.labels[best],
            float(both[0, best] - both[0, runner_up]),
            float(similar[0][same].max() - similar[0][~same].max()),
            tuple(
                Neighbour(place, self.labels[int(self.targets[place])], float(similar[0, place]))
                for place in _listed(near[0])
            ),
        )

    def probabilities(self, vectors: npt.ArrayLike) -> Floats:
        """(m, c) for vectors (m, d); the columns are in the order of `labels`."""
        given: Floats = np.asarray(vectors, dtype=np.float32)
        both = self._linear(given)
        for start in range(0, len(given), _BATCH):
            part = slice(start, start + _BATCH)
            similar: Floats = _directions(given[part] - self.centre) @ self.directions.T
            both[part] += self._votes(_nearest(similar, _NEIGHBOURS), similar)
        return both / np.float32(2)

    def _votes(self, near: Integers, similar: Floats) -> Floats:
        """(m, c): each of the nearest (m, k) votes with exp(cosine / temperature)."""
        votes: Floats = np.zeros((len(near), len(self.labels)), dtype=np.float32)
        weight = _softmax(np.take_along_axis(similar, near, axis=1) / np.float32(_TEMPERATURE))
        np.add.at(votes, (np.arange(len(near))[:, None], self.targets[near]), weight)
        return votes

    def _linear(self, vectors: Floats) -> Floats:
        """(m, c) by the linear view."""
        seen = _seen(vectors - self.centre, self.whitening)
        return _softmax(seen @ self.weights + self.bias)


def choose_threshold(
    vectors: npt.ArrayLike, labels: Sequence[str], *, precision: float, folds: int = 5
) -> Threshold:
    """The lowest confidence at which what passes is right in `precision` (0 to 1) of the cases.

    Every example is judged by a classifier that learnt without it: one of `folds` parts, with
    each label spread over all parts, is left out at a time (so it takes `folds` times as long
    as `learn`; with as many folds as examples it is leave-one-out). One more error than seen
    is counted, (errors + 1) / (passed + 1), as conformal risk control does (Angelopoulos et
    al. 2022, arXiv:2208.02814), so a few examples never prove a high precision: 0.98 needs 49
    that pass. Mislabelled examples count as errors, which makes it stricter than it need be.
    Raises Invalid. Gives NOTHING_PASSES where no confidence is enough.
    """
    if not 0 < precision < 1 or folds < _LEAST:
        said = (
            f"Cannot choose a threshold for precision {precision} in {folds} folds. "
            "Give a precision between 0 and 1, such as 0.98, and at least 2 folds."
        )
        raise Invalid(said)
    given: Floats = np.asarray(vectors, dtype=np.float32)
    _check(given, labels, tuple(sorted(set(labels))))
    confidence, right = _left_out(given, labels, folds)
    order = np.argsort(-confidence, kind="stable")
    passed = np.arange(1, len(order) + 1)
    errors = np.cumsum(~right[order])
    sorted_confidence = confidence[order]
    last_of_ties = np.append(sorted_confidence[1:] < sorted_confidence[:-1], True)
    enough = (errors + 1) / (passed + 1) <= 1 - precision
    reached = np.flatnonzero(enough & last_of_ties)
    if not len(reached):
        return Threshold(NOTHING_PASSES, 1.0, 0.0)
    last = int(reached[-1])
    return Threshold(
        float(sorted_confidence[last]),
        1 - float(errors[last]) / (last + 1),
        (last + 1) / len(order),
    )


def _left_out(vectors: Floats, labels: Sequence[str], folds: int) -> tuple[Floats, Booleans]:
    """Of each example (n) the confidence, and whether the label was found, when it is left out."""
    part = _parts(labels, folds)
    confidence: Floats = np.zeros(len(labels), dtype=np.float32)
    right: Booleans = np.zeros(len(labels), dtype=np.bool_)
    for left_out in range(folds):
        asked = _listed(np.flatnonzero(part == left_out))
        rest = _listed(np.flatnonzero(part != left_out))
        known = [labels[place] for place in rest]
        if not asked or len(set(known)) < _LEAST:
            continue
        learnt = Neighbours.learn(vectors[rest], known)
        for place, row in zip(asked, learnt.probabilities(vectors[asked]), strict=True):
            best, runner_up = _best_two(row)
            confidence[place] = row[best] - row[runner_up]
            right[place] = learnt.labels[best] == labels[place]
    return confidence, right


def _parts(labels: Sequence[str], folds: int) -> Integers:
    """(n,) the part of each example: those of a label take turns."""
    turn: dict[str, int] = {}
    parts: list[int] = []
    for label in labels:
        turn[label] = turn.get(label, -1) + 1
        parts.append(turn[label] % folds)
    return np.array(parts, dtype=np.int64)


def _check(vectors: Floats, labels: Sequence[str], names: tuple[str, ...]) -> None:
    if vectors.ndim != 2 or len(vectors) != len(labels):  # noqa: PLR2004 - rows and columns
        said = (
            f"{len(labels)} labels do not fit vectors of shape {vectors.shape}. "
            "Give one vector for each label, all of the same length."
        )
        raise Invalid(said)
    if len(names) < _LEAST:
        said = (
            f"There is nothing to choose between: the examples have {len(names)} labels. "
            "Give examples of at least 2."
        )
        raise Invalid(said)
    if not np.isfinite(vectors).all():
        raise Invalid("A vector of the examples has a value that is not a number. Embed it again.")


def _best_two(values: Floats) -> tuple[int, int]:
    first, second = _listed(np.argsort(-values, kind="stable")[:2])
    return first, second


def _nearest(similar: Floats, count: int) -> Integers:
    """(m, k) the positions of the most similar examples, nearest first, for similar (m, n)."""
    count = min(count, int(similar.shape[1]))
    some: Integers = np.argpartition(-similar, count - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(similar, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)


def _seen(centred: Floats, whitening: Floats) -> Floats:
    """(m, d) what the linear view sees of centred vectors (m, d)."""
    return _directions(centred @ whitening) * np.float32(_SCALE)


def _directions(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.maximum(length, 1e-12)).astype(np.float32)


def _softmax(values: Floats) -> Floats:
    raised = np.exp(values - values.max(axis=1, keepdims=True))
    return (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32, copy=False)


def _listed(places: npt.NDArray[np.integer]) -> list[int]:
    return cast("list[int]", places.tolist())


def _whitening(vectors: Floats, targets: Integers) -> Floats:
    """(d, d), the inverse square root of the shrunken covariance within labels.

    Within-class covariance normalisation (Hatch, Kajarekar, Stolcke 2006) with the shrinkage
    of Ledoit and Wolf (2004) at a fixed share, which differs little from 0.1 to 0.9.
    """
    sums: Doubles = np.zeros((int(targets.max()) + 1, vectors.shape[1]))
    np.add.at(sums, targets, vectors)
    rest: Doubles = vectors - (sums / np.bincount(targets)[:, None])[targets]
    covariance: Doubles = rest.T @ rest / len(rest)
    spread = float(np.trace(covariance)) / len(covariance) or 1.0
    covariance = (1 - _SHRINKAGE) * covariance + _SHRINKAGE * spread * np.eye(len(covariance))
    values, axes = np.linalg.eigh(covariance)
    return ((axes / np.sqrt(values)) @ axes.T).astype(np.float32)


def _softmax_regression(seen: Floats, targets: Integers) -> tuple[Floats, Floats]:
    """Weights (d, c) and bias (c,) after a fixed number of accelerated gradient steps.

    Nesterov (1983); the step is 1 / L with L = 1/2 of the largest eigenvalue of the second
    moment (Böhning 1992). Stopping early is part of the regularisation.
    """
    wanted: Floats = np.eye(int(targets.max()) + 1, dtype=np.float32)[targets]
    bias: Floats = np.log(wanted.mean(axis=0))
    decay = np.float32(_DECAY)
    part: Floats = seen.T / np.float32(len(seen))
    steepest = float(np.linalg.eigvalsh(part @ seen)[-1])
    step = np.float32(1 / (0.5 * steepest + _DECAY))
    weights: Floats = np.zeros((seen.shape[1], wanted.shape[1]), dtype=np.float32)
    ahead = weights
    for turn in range(_STEPS):
        missed = _softmax(seen @ ahead + bias) - wanted
        moved: Floats = (ahead - step * (part @ missed + decay * ahead)).astype(np.float32)
        ahead = moved + (moved - weights) * np.float32(turn / (turn + 3))
        weights = moved
    return weights, bias
