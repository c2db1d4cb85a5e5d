"""One question on its way to a target: constraints, strategy, session, and how the targets do."""

from dataclasses import dataclass, field

from podium.gateway.models import Route, Target
from podium.gateway.ports import Prices
from podium.gateway.routing.choice import Choice, Reason
from podium.gateway.routing.constraints import allowed
from podium.gateway.routing.fleet import Fleet
from podium.gateway.routing.options import Options
from podium.gateway.routing.question import Question
from podium.gateway.routing.sessions import home
from podium.gateway.routing.strategies import Scene, Strategy, strategy
from podium.kernel.clock import Chance

ONLY = Reason("priority", "the only target")


@dataclass(slots=True)
class Router:
    fleet: Fleet
    chance: Chance
    prices: Prices
    _strategies: dict[str, tuple[Options, Strategy]] = field(
        default_factory=dict[str, tuple[Options, Strategy]]
    )
    """By name of the route; made anew where its options have changed."""

    async def choose(self, question: Question, route: Route) -> Choice:
        """Where to try the question, in order, and why.

        Targets of a fallback come behind, in their own order. Raises Refused where no target may
        see the question, LimitReached where those that may are full.
        """
        targets = allowed(question, route, self.fleet)
        if len(targets) == 1:
            return Choice(targets, ONLY)
        rank = targets[0].rank
        own = tuple(target for target in targets if target.rank == rank)
        choice = self._strategy(route).order(question, own, self._scene())
        if route.sticky and question.session:
            choice = _settled(choice, home(question.session, own))
        choice = self._derated(choice)
        return choice if len(own) == len(targets) else _with(choice, targets[len(own) :])

    def _strategy(self, route: Route) -> Strategy:
        known = self._strategies.get(route.name)
        if known is not None and known[0] is route.strategy:
            return known[1]
        made = strategy(route.strategy)
        self._strategies[route.name] = (route.strategy, made)
        return made

    def _scene(self) -> Scene:
        return Scene(self.fleet, self.chance, self.prices)

    def _derated(self, choice: Choice) -> Choice:
        """A target that got worse keeps its place only as often as its share says."""
        kept: list[Target] = []
        passed: dict[str, float] = {}
        for target in choice.targets:
            share = self.fleet.of(target.model.name).share()
            if share >= 1 or kept or self.chance.random() < share:
                kept.append(target)
            else:
                passed[target.model.name] = share
        if not passed or not kept:
            return choice
        behind = [target for target in choice.targets if target.model.name in passed]
        shown = ", ".join(f"{name} keeps {share:.0%}" for name, share in passed.items())
        reason = choice.reason.and_(f"passed over for how it does: {shown} of its calls")
        return Choice((*kept, *behind), reason, choice.accepts, choice.features)


def _settled(choice: Choice, place: Target) -> Choice:
    rest = (target for target in choice.targets if target is not place)
    reason = choice.reason.and_(f"the session stays at {place.model.name}")
    return Choice((place, *rest), reason, choice.accepts, choice.features)


def _with(choice: Choice, behind: tuple[Target, ...]) -> Choice:
    return Choice((*choice.targets, *behind), choice.reason, choice.accepts, choice.features)
