"""One question on its way to a target: constraints, strategy, session, and how the targets do."""

from dataclasses import dataclass, field, replace

from podium.gateway.models import Route, Target
from podium.gateway.ports import Prices
from podium.gateway.requests import Request
from podium.gateway.routing.cascade import Escalating
from podium.gateway.routing.choice import Choice, Reason
from podium.gateway.routing.complexity import ByWorth
from podium.gateway.routing.constraints import allowed
from podium.gateway.routing.estimator import Estimator, untrained
from podium.gateway.routing.fleet import Fleet
from podium.gateway.routing.memory import Learned
from podium.gateway.routing.options import (
    ByComplexity,
    ByRule,
    Cascade,
    Options,
    QualityFloor,
)
from podium.gateway.routing.quality import AboveFloor
from podium.gateway.routing.question import Question
from podium.gateway.routing.rules import Conditions, NoConditions, ruled
from podium.gateway.routing.sessions import home
from podium.gateway.routing.strategies import IN_ORDER, Scene, Strategy, Targets, plain
from podium.kernel.clock import Chance

ONLY = Reason("priority", "the only target")
_Kept = tuple[Options, Strategy]


@dataclass(slots=True)
class Router:
    fleet: Fleet
    chance: Chance
    prices: Prices
    conditions: Conditions = field(default_factory=NoConditions)
    learned: Learned = field(default_factory=Learned)
    _strategies: dict[tuple[str, int], _Kept] = field(default_factory=dict[tuple[str, int], _Kept])
    """By route and rule; made anew where the options have changed."""
    _plain: dict[str, tuple[Route, Choice]] = field(default_factory=dict[str, tuple[Route, Choice]])
    """By route: the one choice of a plain one."""

    def at_once(self, request: Request, route: Route) -> Choice | None:
        """Where to try it; None where that has to be thought about: `choose` does."""
        tags = request.tags
        if not route.is_plain or (tags and ("region" in tags or "data_class" in tags)):
            return None
        known = self._plain.get(route.name)
        if known is None or known[0] is not route:
            reason = ONLY if len(route.targets) == 1 else IN_ORDER
            known = self._plain[route.name] = (route, Choice(route.targets, reason))
        choice = known[1]
        well = len(route.targets) == 1 or self.fleet.of(route.targets[0].model.name).is_well
        return choice if well else None

    async def choose(self, question: Question, route: Route) -> Choice:
        """Where to try the question, in order, and why.

        Targets of a fallback come behind, in their own order. Raises Refused where no target may
        see the question, LimitReached where those that may are full.
        """
        targets = allowed(question, route, self.fleet)
        if len(targets) == 1:
            return Choice(targets, ONLY)
        own = tuple(target for target in targets if target.rank == targets[0].rank)
        behind = targets[len(own) :]
        choice = await self._ordered(question, own, route)
        if route.sticky and question.session:
            choice = _settled(choice, home(question.session, choice.targets))
        choice = self._derated(choice)
        return replace(choice, targets=(*choice.targets, *behind)) if behind else choice

    async def _ordered(self, question: Question, own: Targets, route: Route) -> Choice:
        options = route.strategy
        if not isinstance(options, ByRule):
            return self._strategy(route, options, 0).order(question, own, self._scene())
        found = await ruled(options, question, own, conditions=self.conditions)
        inner = self._strategy(route, found.strategy, found.rule + 1)
        choice = inner.order(question, found.targets, self._scene())
        because = f"{found.because}; {choice.reason.strategy} among its targets"
        return replace(choice, reason=Reason("by_rule", because, choice.reason.estimates))

    def _strategy(self, route: Route, options: Options, rule: int) -> Strategy:
        key = (route.name, rule)
        known = self._strategies.get(key)
        if known is not None and known[0] is options:
            return known[1]
        made = self._made(route, options)
        self._strategies[key] = (options, made)
        return made

    def _made(self, route: Route, options: Options) -> Strategy:
        match options:
            case Cascade():
                return Escalating(options)
            case ByComplexity():
                return ByWorth(options, self._estimator(route))
            case QualityFloor():
                return AboveFloor(options, self.learned.qualities)
            case _:
                return plain(options)

    def _estimator(self, route: Route) -> Estimator:
        """Rules of thumb are made anew where the route has other targets."""
        estimators = self.learned.estimators
        names = tuple(target.model.name for target in route.targets if not target.rank)
        known = estimators.get(route.name)
        if known is None or (not known.examples and known.targets != names):
            known = estimators[route.name] = untrained(names)
        return known

    def _scene(self) -> Scene:
        return Scene(self.fleet, self.chance, self.prices)

    def _derated(self, choice: Choice) -> Choice:
        """A target that got worse keeps its place only as often as its share says."""
        kept: list[Target] = []
        passed: dict[str, float] = {}
        for target in choice.targets:
            if kept:
                kept.append(target)
                continue
            share = self.fleet.of(target.model.name).share()
            if share >= 1 or self.chance.random() < share:
                kept.append(target)
            else:
                passed[target.model.name] = share
        if not passed or not kept:
            return choice
        behind = [target for target in choice.targets if target.model.name in passed]
        shown = ", ".join(f"{name} keeps {share:.0%}" for name, share in passed.items())
        reason = choice.reason.and_(f"passed over for how it does: {shown} of its calls")
        return replace(choice, targets=(*kept, *behind), reason=reason)


def _settled(choice: Choice, place: Target) -> Choice:
    rest = (target for target in choice.targets if target is not place)
    reason = choice.reason.and_(f"the session stays at {place.model.name}")
    return replace(choice, targets=(place, *rest), reason=reason)
