"""Which targets of a route a question may go to at all."""

from collections.abc import Sequence

from podium.gateway.models import Route, Target
from podium.gateway.routing.fleet import Fleet
from podium.gateway.routing.question import Question
from podium.kernel.errors import LimitReached, Refused

RETRY_AFTER = 1.0


def allowed(question: Question, route: Route, fleet: Fleet) -> tuple[Target, ...]:
    """Those that may see the question, have room, and can do what it needs if any can.

    Capabilities are a preference: lists of them are incomplete, and what a model lacks can be
    supplied. Raises Refused where no target may see it, LimitReached where all that may are full.
    """
    targets = route.targets
    if question.region or question.data_class:
        targets = tuple(t for t in targets if may_see(t, question))
        if not targets:
            raise Refused(_closed(question, route))
    if any(target.concurrency for target in targets):
        targets = _with_room(targets, route, fleet)
    return targets if len(targets) == 1 else _able(targets, question)


def may_see(target: Target, question: Question) -> bool:
    """What is not listed is not allowed: a target says where it is, and what it may be shown."""
    return _all_in(question.region, target.regions) and _all_in(
        question.data_class, target.data_classes
    )


def _all_in(named: str, listed: frozenset[str]) -> bool:
    """Several names have commas between them, and all of them count."""
    return not named or all(name.strip() in listed for name in named.split(","))


def _with_room(targets: Sequence[Target], route: Route, fleet: Fleet) -> tuple[Target, ...]:
    free = tuple(
        t for t in targets if not t.concurrency or fleet.of(t.model.name).in_flight < t.concurrency
    )
    if free:
        return free
    full = ", ".join(f"{t.model.name}: {t.concurrency}" for t in targets)
    raise LimitReached(
        f"All targets of '{route.name}' have as many calls under way as they may ({full}). "
        "Try again in a moment, or raise their 'concurrency'.",
        retry_after=RETRY_AFTER,
    )


def _able(targets: tuple[Target, ...], question: Question) -> tuple[Target, ...]:
    needs = question.needs()
    if not needs:
        return targets
    return tuple(t for t in targets if needs <= t.model.capabilities) or targets


def _closed(question: Question, route: Route) -> str:
    asked = [
        *([f"stay in region '{question.region}'"] if question.region else []),
        *([f"holds data of class '{question.data_class}'"] if question.data_class else []),
    ]
    listed = "; ".join(
        f"{t.model.name}: regions {_names(t.regions)}, data_classes {_names(t.data_classes)}"
        for t in route.targets
    )
    return (
        f"No target of '{route.name}' may take a question that must {' and '.join(asked)} "
        f"({listed}). List it at a target of the route, or ask another route."
    ).replace("must holds", "holds")


def _names(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "none"
