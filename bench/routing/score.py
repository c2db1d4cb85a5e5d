"""One split: train on a half, then route the other half with the code of the gateway."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.routing.data import STRONG_USD, WEAK_USD, Asked
from podium.gateway.models import Model, Provider, Target, Usage
from podium.gateway.routing.complexity import ByWorth
from podium.gateway.routing.estimator import Estimator, untrained
from podium.gateway.routing.fleet import Fleet
from podium.gateway.routing.options import ByComplexity
from podium.gateway.routing.strategies import Scene
from podium.gateway.routing.training import Aim, Example, train
from podium.kernel.money import NanoUsd

KEEP = 0.95
WEAK, STRONG = "mixtral-8x7b", "gpt-4-1106"
TARGETS = tuple(
    Target(Model(name, Provider("p", "openai_chat"), name, frozenset())) for name in (WEAK, STRONG)
)
_POINTS = 101
_PASSES = 4
"""Who else uses the machine makes a pass slower and never faster: the fastest one counts."""


class Still:
    def now(self) -> float:
        return 0.0

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None: ...

    def random(self) -> float:
        return 0.5

    def token(self, size: int) -> bytes:
        return bytes(size)

    def cost(self, model: Model, usage: Usage, at: float) -> NanoUsd | None:
        _ = model, usage, at


@dataclass(frozen=True, slots=True)
class Part:
    """Of one benchmark, or of all: parts of the strong model's quality, and of its cost.

    `at_keep` is the cost at which the curve reaches KEEP, over the same questions: what a perfect
    choice of the price would give. `quality` and `cost` are where the price chosen in training
    leads. `by_tokens` is that cost with each question weighed by its length.
    """

    at_keep: float
    random: float
    oracle: float
    weak: float
    quality: float
    cost: float
    by_tokens: float
    curve: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    parts: Mapping[str, Part]
    micros: float
    """Of the processor, for a choice with its reason."""
    promised: tuple[float, float]
    """Quality and cost that training said, from the folds it left out."""


def score(
    training: Sequence[Asked], others: Sequence[Asked], *, tagged: bool, sure: float
) -> Scored:
    examples = [Example(r.features(tagged=tagged), (r.weak, r.strong)) for r in training]
    trained = train(examples, (WEAK, STRONG), Aim(KEEP, sure))
    return scored(
        trained.estimator, others, tagged=tagged, promised=(trained.quality, trained.cost)
    )


def by_thumb(others: Sequence[Asked]) -> Scored:
    """Without any training."""
    return scored(untrained((WEAK, STRONG)), others, tagged=False, promised=(0.0, 0.0))


def scored(
    estimator: Estimator, others: Sequence[Asked], *, tagged: bool, promised: tuple[float, float]
) -> Scored:
    still = Still()
    scene, router = Scene(Fleet(still), still, still), ByWorth(ByComplexity(), estimator)
    questions = [row.question(tagged=tagged) for row in others]
    passes = list[float]()
    for _ in range(_PASSES):
        began = time.process_time()
        choices = [router.order(question, TARGETS, scene) for question in questions]
        passes.append((time.process_time() - began) / len(others) * 1e6)
    micros = min(passes)
    gains = [c.reason.estimates[STRONG] - c.reason.estimates[WEAK] for c in choices]
    strong = [choice.targets[0].model.name == STRONG for choice in choices]
    all_of = list(range(len(others)))
    parts = {
        name: _part(
            [i for i in all_of if name in {others[i].benchmark, "mix"}],
            others,
            gains,
            strong=strong,
        )
        for name in ("mmlu", "gsm8k", "mix")
    }
    return Scored(parts, micros, promised)


def _part(
    at: Sequence[int],
    rows: Sequence[Asked],
    gains: Sequence[float],
    *,
    strong: Sequence[bool],
) -> Part:
    """`at` are the questions of the part."""
    best = sum(rows[i].strong for i in at)
    weak = sum(rows[i].weak for i in at)
    by_gain = sorted(at, key=lambda i: -gains[i])
    ideal = sorted(at, key=lambda i: rows[i].weak - rows[i].strong)
    climbing = _climb(by_gain, rows, weak)
    reached = sum(rows[i].strong if strong[i] else rows[i].weak for i in at)
    tokens = sum(len(rows[i].text) for i in at)
    long = sum(len(rows[i].text) for i in at if strong[i])
    return Part(
        at_keep=cost(_needed(climbing, KEEP * best)),
        random=cost(max(0.0, (KEEP * best - weak) / (best - weak))),
        oracle=cost(_needed(_climb(ideal, rows, weak), KEEP * best)),
        weak=weak / best,
        quality=reached / best,
        cost=cost(sum(strong[i] for i in at) / len(at)),
        by_tokens=cost(long / tokens),
        curve=tuple(climbing[round(p * len(at) / (_POINTS - 1))] / best for p in range(_POINTS)),
    )


def _climb(order: Sequence[int], rows: Sequence[Asked], weak: int) -> list[int]:
    """Right answers where the first n of `order` go to the strong model."""
    right = [weak]
    for i in order:
        right.append(right[-1] + rows[i].strong - rows[i].weak)
    return right


def _needed(climbing: Sequence[int], goal: float) -> float:
    return next(n for n, right in enumerate(climbing) if right >= goal) / (len(climbing) - 1)


def cost(share: float) -> float:
    """Of asking the strong model for `share` of the questions, as a part of asking it for all."""
    return share + (1 - share) * WEAK_USD / STRONG_USD
