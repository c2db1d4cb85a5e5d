"""`by_complexity`: an estimator says what each target's answer is expected to be worth."""

from collections.abc import Mapping
from dataclasses import dataclass

from podium.gateway.routing.choice import Choice, Reason
from podium.gateway.routing.estimator import Estimator
from podium.gateway.routing.features import features
from podium.gateway.routing.options import ByComplexity
from podium.gateway.routing.question import Question
from podium.gateway.routing.strategies import Scene, Targets


@dataclass(frozen=True, slots=True)
class ByWorth:
    """Targets that the estimator does not know come last, in their order."""

    options: ByComplexity
    estimator: Estimator

    def order(self, question: Question, targets: Targets, scene: Scene) -> Choice:
        _ = scene
        estimator = self.estimator
        seen = features(question.text(), question.tags)
        qualities, told = estimator.explained(seen)
        price = estimator.price if self.options.price is None else self.options.price
        worths = {
            name: quality - price * cost
            for name, quality, cost in zip(
                estimator.targets, qualities, estimator.costs, strict=True
            )
        }
        ordered = sorted(targets, key=lambda t: -worths.get(t.model.name, -1e9))
        reason = Reason("by_complexity", self._because(told, price), _named(estimator, qualities))
        return Choice(tuple(ordered), reason, features=seen)

    def _because(self, gains: Mapping[str, float], price: float) -> str:
        estimator = self.estimator
        told = ", ".join(f"{f} {v:+.2f}" for f, v in gains.items())
        source = f"{estimator.examples} examples" if estimator.examples else "rules of thumb"
        if estimator.learned:
            source = f"{source} and {estimator.learned} scores"
        return (
            f"expected quality by {source}; a whole dearest answer has to bring {price:.2f}"
            f"{f'; most told {told}' if told else ''}"
        )


def _named(estimator: Estimator, qualities: list[float]) -> dict[str, float]:
    return dict(zip(estimator.targets, qualities, strict=True))
