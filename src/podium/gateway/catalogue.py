"""Which names callers may ask for, and where each leads."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from podium.gateway.models import (
    Capability,
    Facts,
    Listing,
    Model,
    Operation,
    Route,
    Target,
)
from podium.identity.keys import EVERYTHING, Scopes
from podium.kernel.errors import Invalid, NotFound

_NEEDS = {
    Operation.CHAT: Capability.CHAT,
    Operation.COUNT_TOKENS: Capability.CHAT,
    Operation.EMBEDDINGS: Capability.EMBEDDINGS,
}
"""What passes through is its provider's business."""
_SHOWN = 12


def nearest(name: str, names: Iterable[str]) -> str:
    """`Did you mean 'a' or 'b'?`, or all names where none is near and they are few."""
    known = sorted(names)
    near = get_close_matches(name, known, n=3, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(repr(each) for each in near)}?"
    shown = ", ".join(known[:_SHOWN]) + (" …" if known[_SHOWN:] else "")
    return f"There is {shown}." if known else "There are none."


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Models and routes by name; no name is in both."""

    models: Mapping[str, Model]
    routes: Mapping[str, Route] = field(default_factory=dict[str, Route])
    _resolved: dict[tuple[str, Operation], Route] = field(
        default_factory=dict[tuple[str, Operation], Route], compare=False, repr=False
    )
    """Of names that exist: as many as there are."""

    def resolve(self, name: str, operation: Operation, scopes: Scopes = EVERYTHING) -> Route:
        """A route, or a route of one target made of a model; no refusal names what is beyond the
        caller's scopes.

        Raises NotFound for an unknown name, Invalid where nothing behind it can do the operation.
        """
        known = self._resolved.get((name, operation))
        if known is None:
            known = self._resolve(name, operation, scopes)
            self._resolved[name, operation] = known
        return known

    def _resolve(self, name: str, operation: Operation, scopes: Scopes) -> Route:
        route = self.routes.get(name)
        if route is None:
            model = self.models.get(name)
            if model is None:
                hint = nearest(name, filter(scopes.has_model, self.names()))
                raise NotFound(f"No model or route is named '{name}'. {hint}")
            route = Route(name, (Target(model, model.retries),), model.deadlines)
        need = _NEEDS.get(operation)
        if need is None or all(need in target.model.capabilities for target in route.targets):
            return route
        return self._able(route, need, scopes)

    def _able(self, route: Route, need: Capability, scopes: Scopes) -> Route:
        able = tuple(t for t in route.targets if need in t.model.capabilities)
        if able:
            return replace(route, targets=able)
        can = (m.name for m in self.models.values() if need in m.capabilities)
        others = ", ".join(filter(scopes.has_model, can))
        raise Invalid(
            f"'{route.name}' cannot do {need.value}. Models that can: {others or 'none'}."
        )

    def names(self) -> tuple[str, ...]:
        return (*self.routes, *self.models)

    def listings(self, facts: Callable[[Model], Facts]) -> tuple[Listing, ...]:
        """Routes first, then models, each in the order in which they were configured."""
        routes = (
            Listing(
                route.name,
                "route",
                frozenset[Capability]().union(*(t.model.capabilities for t in route.targets)),
                tuple(t.model.name for t in route.targets),
            )
            for route in self.routes.values()
        )
        models = (
            Listing(model.name, "model", model.capabilities, (model.name,), facts(model))
            for model in self.models.values()
        )
        return (*routes, *models)
