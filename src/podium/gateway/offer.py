"""What a gateway offers: the part of it that the configuration says, as one value."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from podium.gateway.catalogue import Catalogue
from podium.gateway.guards import Guards
from podium.gateway.ports import Prices, Upstream


@dataclass(frozen=True, slots=True)
class Offer:
    """Which models there are, who serves them, at what price, and what guards them."""

    catalogue: Catalogue
    upstreams: Mapping[str, Upstream]
    """By provider name."""
    prices: Prices
    guards: Guards = field(default_factory=Guards)


def unchanged(before: Offer, after: Offer) -> Collection[str]:
    """Models of both that are served in the same place."""
    known = before.catalogue.models
    return [
        name
        for name, model in after.catalogue.models.items()
        if (old := known.get(name)) is not None
        and (old.provider, old.place) == (model.provider, model.place)
        and before.upstreams[model.provider.name] is after.upstreams[model.provider.name]
    ]


def replaced(before: Offer, after: Offer) -> Collection[str]:
    """Names of both behind which another model answers."""
    known = before.catalogue.models
    return [
        name
        for name, model in after.catalogue.models.items()
        if name in known and known[name].place != model.place
    ]
