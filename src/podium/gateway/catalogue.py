"""Which names callers may ask for, and where each leads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from podium.gateway.models import Capability, Listing, Model, Operation, Route, Target
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

    def resolve(self, name: str, operation: Operation) -> Route:
        """A route, or a route of one target made of a model.

        Raises NotFound for an unknown name, Invalid where nothing behind it can do the operation.
        """
        known = self._resolved.get((name, operation))
        if known is None:
            known = self._resolved[name, operation] = self._resolve(name, operation)
        return known

    def _resolve(self, name: str, operation: Operation) -> Route:
        route = self.routes.get(name)
        if route is None:
            model = self.models.get(name)
            if model is None:
                hint = nearest(name, self.names())
                raise NotFound(f"No model or route is named '{name}'. {hint}")
            route = Route(name, (Target(model, model.retries),), model.deadlines)
        need = _NEEDS.get(operation)
        if need is None or all(need in target.model.capabilities for target in route.targets):
            return route
        return self._able(route, need)

    def _able(self, route: Route, need: Capability) -> Route:
        able = tuple(t for t in route.targets if need in t.model.capabilities)
        if able:
            return Route(route.name, able, route.deadlines)
        others = ", ".join(m.name for m in self.models.values() if need in m.capabilities)
        raise Invalid(
            f"'{route.name}' cannot do {need.value}. Models that can: {others or 'none'}."
        )

    def names(self) -> tuple[str, ...]:
        return (*self.routes, *self.models)

    def listings(self) -> tuple[Listing, ...]:
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
            Listing(model.name, "model", model.capabilities, (model.name,))
            for model in self.models.values()
        )
        return (*routes, *models)
