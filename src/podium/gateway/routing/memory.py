"""What routing has learned, as one JSON value, so that it survives a restart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from podium.gateway.routing.estimator import Estimator, from_json, to_json
from podium.gateway.routing.quality import Qualities, kind_in
from podium.kernel.errors import Invalid
from podium.kernel.json import Json

VERSION: Final = 1


class Memory(Protocol):
    """Where it is kept between two processes."""

    async def load(self) -> Json: ...

    async def save(self, state: Json) -> None: ...


@dataclass(slots=True)
class Learned:
    """`estimators` by route; of a route without one nothing is known."""

    qualities: Qualities = field(default_factory=Qualities)
    estimators: dict[str, Estimator] = field(default_factory=dict[str, Estimator])

    def learn(self, route: str, features: tuple[str, ...], *, target: str, score: float) -> None:
        """What an answer of `target` was worth, from 0 to 1; `features` are those of its choice.

        Raises Invalid for any other score.
        """
        if not 0 <= score <= 1:
            raise Invalid(f"A score is from 0, useless, to 1, perfect; got {score!r}.")
        self.qualities.learn(target, kind_in(features), score)
        estimator = self.estimators.get(route)
        if estimator is not None and features:
            estimator.learn(features, target, score)

    def take(self, trained: Mapping[str, Estimator]) -> None:
        """All estimators that were trained; of the same training those that have learned since
        stay.
        """
        for route in [name for name, one in self.estimators.items() if one.examples]:
            if route not in trained:
                del self.estimators[route]
        for route, estimator in trained.items():
            known = self.estimators.get(route)
            if known is None or not _same_training(known, estimator):
                self.estimators[route] = estimator

    def to_json(self) -> dict[str, Json]:
        return {
            "version": VERSION,
            "qualities": self.qualities.to_json(),
            "estimators": {name: to_json(each) for name, each in self.estimators.items()},
        }

    def restore(self, state: Json) -> None:
        """Takes what `to_json` gave, but for estimators of targets that the route has no more, and
        for those that were trained anew since. Raises Invalid for a state of another version.
        """
        if not isinstance(state, Mapping):
            return
        if state.get("version") != VERSION:
            raise Invalid(
                f"What routing has learned is of version {state.get('version')!r:.20}, and this "
                f"podium reads {VERSION}. Delete it to start anew."
            )
        self.qualities.restore(state.get("qualities"))
        stored = state.get("estimators")
        for name, value in stored.items() if isinstance(stored, Mapping) else ():
            known, kept = self.estimators.get(name), from_json(value)
            if known and _same_training(known, kept):
                self.estimators[name] = kept


def _same_training(one: Estimator, other: Estimator) -> bool:
    return (one.targets, one.examples) == (other.targets, other.examples)
