"""What answers were worth, told afterwards: it goes back to what routing has learned."""

from collections import OrderedDict
from dataclasses import dataclass, field

from msgspec import Struct

from podium.gateway.models import Call, Model
from podium.gateway.routing.choice import Choice
from podium.gateway.routing.memory import Learned
from podium.identity.principal import Principal
from podium.kernel.errors import NotFound
from podium.kernel.ids import WorkspaceId

MOST = 20_000


class _Answered(Struct, frozen=True):
    workspace: WorkspaceId
    route: str
    model: str
    features: tuple[str, ...]


@dataclass(slots=True)
class Scores:
    """Of the newest `most` calls, in this process."""

    learned: Learned
    most: int = MOST
    changes: int = 0
    """Scores that were given; what is kept elsewhere is old where it knows fewer."""
    _calls: OrderedDict[str, _Answered] = field(default_factory=OrderedDict[str, _Answered])

    def remember(self, call: Call, choice: Choice | None, model: Model | None) -> None:
        """Only where there was a choice."""
        if choice is None or model is None or len(call.route.targets) == 1:
            return
        answered = _Answered(call.workspace, call.route.name, model.name, choice.features)
        self._calls[call.id] = answered
        if len(self._calls) > self.most:
            _ = self._calls.popitem(last=False)

    def give(self, principal: Principal, call: str, score: float) -> None:
        """From 0, useless, to 1, perfect. Raises NotFound, Invalid."""
        answered = self._calls.get(call)
        if answered is None or answered.workspace != principal.workspace:
            raise NotFound(
                f"There is no call {call[:60]!r} whose answer can be scored: it is too old, had no "
                "other target, or another process answered it."
            )
        self.learned.learn(answered.route, answered.features, target=answered.model, score=score)
        self.changes += 1
