"""The strategy of a route as a value of the gateway, and what is wrong with its settings."""

import json
from collections.abc import Iterator
from pathlib import Path

from podium.gateway.catalogue import nearest
from podium.gateway.routing.cascade import Escalating
from podium.gateway.routing.estimator import Estimator, from_json
from podium.gateway.routing.options import (
    ByComplexity,
    ByRule,
    Cascade,
    LeastBusy,
    LowestCost,
    LowestLatency,
    Options,
    Priority,
    QualityFloor,
    RoundRobin,
    Rule,
    Simple,
    Weighted,
)
from podium.gateway.routing.rules import FACTS
from podium.kernel.errors import Invalid, Problem
from podium.kernel.json import Json, pointer
from podium.settings.model import Settings
from podium.settings.routes import CascadeEntry, ComplexityEntry, FloorEntry, RouteEntry
from podium.workflows.expressions.errors import ExpressionError
from podium.workflows.expressions.expression import parse


def options(entry: RouteEntry) -> Options:
    if entry.strategy == "by_rule":
        rules = (Rule(r.when, tuple(r.targets), _simple(r.strategy, entry)) for r in entry.rules)
        return ByRule(tuple(rules))
    return _simple(entry.strategy, entry)


def estimators(settings: Settings) -> dict[str, Estimator]:
    """By route, out of the files that training wrote. Raises Invalid where one cannot be used."""
    found = dict[str, Estimator]()
    for name, entry in settings.routes.items():
        if entry.by_complexity is not None and entry.by_complexity.estimator:
            found[name] = _estimator(settings.beside(entry.by_complexity.estimator), entry, name)
    return found


def _estimator(file: Path, entry: RouteEntry, name: str) -> Estimator:
    where = f"routes.{name}.by_complexity.estimator names '{file}'"
    try:
        value: Json = json.loads(file.read_text("utf-8"))  # pyright: ignore[reportAny]
        estimator = from_json(value)
    except (OSError, ValueError, RecursionError) as error:
        raise Invalid(f"{where}, which cannot be read: {error}.") from error
    except Invalid as error:
        raise Invalid(f"{where}: {error.message}") from error
    own = {target.model for target in entry.entries}
    if own.isdisjoint(estimator.targets):
        raise Invalid(
            f"{where}, which knows {', '.join(estimator.targets)} and none of the route's targets. "
            "Train it with the names of this route's targets."
        )
    return estimator


def _simple(name: str, entry: RouteEntry) -> Simple:
    match name:
        case "lowest_latency":
            return LowestLatency(entry.answer_tokens)
        case "lowest_cost":
            return LowestCost(entry.answer_tokens)
        case "cascade":
            return _cascade(entry.cascade or CascadeEntry())
        case "by_complexity":
            return ByComplexity((entry.by_complexity or ComplexityEntry()).price)
        case "quality_floor":
            floor = entry.quality_floor or FloorEntry()
            return QualityFloor(floor.floor, floor.kind, entry.answer_tokens)
        case _:
            return _PLAIN[name]


_PLAIN = {
    "priority": Priority(),
    "weighted": Weighted(),
    "round_robin": RoundRobin(),
    "least_busy": LeastBusy(),
}


def _cascade(entry: CascadeEntry) -> Cascade:
    escalate = entry.refusals == "escalate"
    return Cascade(
        entry.confidence,
        entry.pattern,
        entry.json_schema,
        escalate,
        entry.hold_bytes,
        entry.hold_time,
    )


def strategy_problems(name: str, entry: RouteEntry) -> Iterator[Problem]:
    """What the schema cannot say of one route."""
    yield from _unused(name, entry)
    yield from _weights(name, entry)
    yield from _rules(name, entry)
    if entry.cascade is not None:
        try:
            _ = Escalating(_cascade(entry.cascade))
        except Invalid as error:
            yield Problem(error.message, "settings/cascade", pointer("routes", name, "cascade"))


def _unused(name: str, entry: RouteEntry) -> Iterator[Problem]:
    """Settings of a strategy that the route does not have would be passed over in silence."""
    used = {entry.strategy, *(rule.strategy for rule in entry.rules)}
    for given in ("cascade", "by_complexity", "quality_floor"):
        if given in entry.model_fields_set and given not in used:
            message = (
                f"routes.{name}.{given} has no effect with strategy '{entry.strategy}'. Write "
                f"'strategy: {given}', or take it out."
            )
            yield Problem(message, "settings/unused", pointer("routes", name, given))
    if entry.rules and entry.strategy != "by_rule":
        message = f"routes.{name}.rules have no effect. Write 'strategy: by_rule'."
        yield Problem(message, "settings/unused", pointer("routes", name, "rules"))
    if entry.strategy == "by_rule" and not entry.rules:
        message = (
            f"routes.{name} has strategy by_rule and no rules. Write 'rules: "
            "[{when: .size > 4000, targets: [name]}]'."
        )
        yield Problem(message, "settings/missing", pointer("routes", name, "strategy"))


def _weights(name: str, entry: RouteEntry) -> Iterator[Problem]:
    if all(target.weight == 0 for target in entry.entries):
        message = f"All targets of routes.{name} have weight 0. Give one a weight above it."
        yield Problem(message, "settings/value", pointer("routes", name, "targets"))


def _rules(name: str, entry: RouteEntry) -> Iterator[Problem]:
    own = {target.model for target in entry.entries}
    for i, rule in enumerate(entry.rules):
        for j, target in enumerate(rule.targets):
            if target not in own:
                message = (
                    f"routes.{name}.rules.{i} names '{target}', which is no target of the route. "
                    f"{nearest(target, own)}"
                )
                path = pointer("routes", name, "rules", i, "targets", j)
                yield Problem(message, "settings/unknown-name", path)
        try:
            parse(rule.when).require(())
        except ExpressionError as error:
            message = (
                f"routes.{name}.rules.{i}.when: {error.message} Facts to ask about: "
                f"{', '.join(f'.{fact}' for fact in FACTS)}."
            )
            path = pointer("routes", name, "rules", i, "when")
            yield Problem(message, "settings/expression", path)
