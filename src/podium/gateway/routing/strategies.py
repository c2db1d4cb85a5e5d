"""Strategies that look at the targets and not at the text of the question."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from math import inf, log
from typing import Protocol

from msgspec import Struct

from podium.gateway.models import Target, Usage
from podium.gateway.ports import Prices
from podium.gateway.routing.choice import Choice, Reason
from podium.gateway.routing.fleet import Fleet
from podium.gateway.routing.options import (
    LeastBusy,
    LowestCost,
    LowestLatency,
    Options,
    RoundRobin,
    Weighted,
)
from podium.gateway.routing.question import Question
from podium.kernel.clock import Chance

STALE = 60.0
"""Seconds after which a target's speed counts as unknown, so that it is measured again."""

Targets = tuple[Target, ...]
"""At least one: what the constraints have left."""
_Key = float | tuple[float, float]


class Scene(Struct, frozen=True):
    """What strategies may look at besides the question and the targets."""

    fleet: Fleet
    chance: Chance
    prices: Prices


class Strategy(Protocol):
    def order(self, question: Question, targets: Targets, scene: Scene) -> Choice:
        """All of `targets`, in the order in which to try them."""
        ...


IN_ORDER = Reason("priority", "in the order of the route")


class InOrder:
    def order(self, question: Question, targets: Targets, scene: Scene) -> Choice:
        _ = question, scene
        return Choice(targets, IN_ORDER)


class ByWeight:
    """A random order in which each is first as often as its weight says, and so on for the rest
    (Efraimidis and Spirakis 2006). Weight 0 comes last: only where all others fail.
    """

    def order(self, question: Question, targets: Targets, scene: Scene) -> Choice:
        _ = question
        keys = {t.model.name: _lot(t.weight, scene.chance) for t in targets}
        ordered = _sorted(targets, lambda target: keys[target.model.name])
        weights = {t.model.name: t.weight for t in targets}
        return Choice(ordered, Reason("weighted", "by lot, with these weights", weights))


def _lot(weight: float, chance: Chance) -> float:
    """Exponential with the rate `weight`: the smallest wins."""
    return -log(1.0 - chance.random()) / weight if weight > 0 else inf


@dataclass(slots=True)
class InTurn:
    _turns: Iterator[int] = field(default_factory=count)

    def order(self, question: Question, targets: Targets, scene: Scene) -> Choice:
        _ = question, scene
        at = next(self._turns) % len(targets)
        return Choice((*targets[at:], *targets[:at]), Reason("round_robin", f"turn {at + 1}"))


class ByLoad:
    def order(self, question: Question, targets: Targets, scene: Scene) -> Choice:
        _ = question
        fleet = scene.fleet
        # Ties by lot: several processes that start at once would all take the first.
        loads = {t.model.name: fleet.of(t.model.name).in_flight for t in targets}
        lots = {t.model.name: scene.chance.random() for t in targets}

        def load(target: Target) -> tuple[float, float]:
            name, weight = target.model.name, target.weight
            return ((loads[name] + 1) / weight if weight > 0 else inf, lots[name])

        ordered = _sorted(targets, load)
        return Choice(ordered, Reason("least_busy", "calls in flight", dict(loads)))


@dataclass(frozen=True, slots=True)
class BySpeed:
    """What nobody has measured, or not for a minute, is tried first by one call at a time."""

    options: LowestLatency

    def order(self, question: Question, targets: Targets, scene: Scene) -> Choice:
        seconds = {t.model.name: self._expected(t, question, scene.fleet) for t in targets}
        ordered = _sorted(targets, lambda target: seconds[target.model.name])
        first = seconds[ordered[0].model.name]
        because = "not measured lately" if first < 0 else "expected seconds to the end"
        known = {name: value for name, value in seconds.items() if 0 <= value < inf}
        return Choice(ordered, Reason("lowest_latency", because, known))

    def _expected(self, target: Target, question: Question, fleet: Fleet) -> float:
        gauge = fleet.of(target.model.name)
        tokens = min(question.most_tokens() or self.options.answer_tokens, 100_000)
        found = gauge.expects(tokens, stream=question.stream)
        if found is not None and (gauge.in_flight or gauge.silent_for() < STALE):
            return found
        return inf if gauge.in_flight else -1.0


@dataclass(frozen=True, slots=True)
class ByCost:
    """What has no known price comes last: unknown is not free."""

    options: LowestCost

    def order(self, question: Question, targets: Targets, scene: Scene) -> Choice:
        costs = dollars(targets, question, scene, tokens=self.options.answer_tokens)
        ordered = _sorted(targets, lambda target: costs.get(target.model.name, inf))
        return Choice(ordered, Reason("lowest_cost", "expected USD", costs))


def dollars(targets: Targets, question: Question, scene: Scene, *, tokens: int) -> dict[str, float]:
    """USD that the question is expected to cost, by model; without those that have no price.

    An answer has `tokens` tokens, or as many as the question allows where that is less.
    """
    most = question.most_tokens()
    usage = Usage(question.size(), min(most, tokens) if most else tokens)
    now = scene.fleet.clock.now()
    found = ((t.model.name, scene.prices.cost(t.model, usage, now)) for t in targets)
    return {name: cost / 1e9 for name, cost in found if cost is not None}


def _sorted(targets: Sequence[Target], key: Callable[[Target], _Key]) -> Targets:
    return tuple(sorted(targets, key=key))


def plain(options: Options) -> Strategy:
    """What does what the options say, for those that do not look at the text or the answer."""
    match options:
        case Weighted():
            return ByWeight()
        case RoundRobin():
            return InTurn()
        case LeastBusy():
            return ByLoad()
        case LowestLatency():
            return BySpeed(options)
        case LowestCost():
            return ByCost(options)
        case _:
            return InOrder()
