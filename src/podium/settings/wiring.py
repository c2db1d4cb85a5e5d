"""Settings as values of the gateway and of the wire formats."""

from collections.abc import Iterator, Mapping

from podium.gateway.catalogue import Catalogue
from podium.gateway.models import Capability, Deadlines, Model, Provider, Route, Target
from podium.gateway.pricing import Rates
from podium.gateway.supply.modes import JsonMode, Supply, ToolMode
from podium.protocols.endpoints import Endpoint, Key
from podium.providers.shelf import Shipped, shelf
from podium.settings.model import ModelEntry, ProviderEntry, Settings
from podium.settings.reading import key_variable
from podium.settings.routes import TargetEntry, Timeouts
from podium.settings.strategies import options

_BOTH = frozenset({Capability.CHAT, Capability.EMBEDDINGS})


def catalogue(settings: Settings) -> Catalogue:
    """Models and routes, of settings that `load` has checked."""
    base = _deadlines(Deadlines(), settings.gateway.timeouts)
    models = {name: _model(settings, name, base) for name in settings.models}
    routes = {name: _route(settings, name, models) for name in settings.routes}
    return Catalogue(models, routes)


def price_overrides(settings: Settings) -> Mapping[str, Rates]:
    """By model name."""
    return {
        name: Rates.per_million(entry.price.input, entry.price.output, entry.price.cached_input)
        for name, entry in settings.models.items()
        if entry.price is not None
    }


def endpoints(settings: Settings) -> Mapping[str, Endpoint]:
    """Of the providers that models use and that answer over HTTP, by name.

    Raises Invalid where a header refers to a secret that is not set.
    """
    used = {entry.provider for entry in settings.models.values()}
    return {name: _endpoint(settings, name) for name in sorted(used) if not _embedded(name)}


def embedded(settings: Settings) -> frozenset[str]:
    """Names of the providers whose models run inside podium."""
    used = {entry.provider for entry in settings.models.values()}
    return frozenset(name for name in used if _embedded(name))


def missing_keys(settings: Settings) -> Mapping[str, str]:
    """The variables that are not set, by the provider in use that needs them."""
    return {
        name: endpoint.credential.missing
        for name, endpoint in endpoints(settings).items()
        if endpoint.credential.missing
    }


def _embedded(name: str) -> bool:
    shipped = shelf().by_name.get(name)
    return shipped is not None and shipped.protocol == "embedded"


def _endpoint(settings: Settings, name: str) -> Endpoint:
    entry, shipped = settings.providers.get(name, ProviderEntry()), shelf().by_name.get(name)
    return Endpoint(
        provider=name,
        base_url=entry.base_url or (shipped.base_url if shipped else ""),
        credential=Key(settings.provider_key(name), key_variable(settings, name)),
        headers={header: settings.reveal(value) for header, value in entry.headers.items()},
    )


def _provider(settings: Settings, name: str) -> Provider:
    entry, shipped = settings.providers.get(name, ProviderEntry()), shelf().by_name.get(name)
    if shipped is None:
        shipped = Shipped(name, entry.protocol or "", "", "", _BOTH, "")
    return Provider(
        name=name,
        protocol=entry.protocol or shipped.protocol,
        capabilities=shipped.capabilities,
        prices_as=shipped.prices_as if entry.prices_as is None else entry.prices_as,
        free=shipped.free if entry.free is None else entry.free,
    )


def _model(settings: Settings, name: str, base: Deadlines) -> Model:
    entry: ModelEntry = settings.models[name]
    provider = _provider(settings, entry.provider)
    own = settings.providers.get(entry.provider, ProviderEntry()).timeouts
    asked = entry.capabilities
    return Model(
        name=name,
        provider=provider,
        upstream_name=entry.model or name,
        capabilities=(provider.capabilities if asked is None else frozenset(asked))
        | _supplied(entry),
        deadlines=_deadlines(base, own),
        retries=settings.gateway.retries,
        supply=Supply(entry.tools, entry.json_schema, entry.repairs),
    )


def _supplied(entry: ModelEntry) -> frozenset[Capability]:
    tools = [Capability.TOOLS] if entry.tools is ToolMode.EMULATED else []
    json = [Capability.JSON_SCHEMA] if entry.json_schema is JsonMode.REPAIR else []
    return frozenset([*tools, *json])


def _route(settings: Settings, name: str, models: Mapping[str, Model]) -> Route:
    base, entry = _deadlines(Deadlines(), settings.gateway.timeouts), settings.routes[name]
    return Route(
        name,
        tuple(_targets(settings, name, models)),
        _deadlines(base, entry.timeouts),
        strategy=options(entry),
        sticky=entry.sticky,
        hedge=entry.hedge or 0.0,
        cache=entry.cache.rule(),
    )


def _targets(settings: Settings, name: str, models: Mapping[str, Model]) -> Iterator[Target]:
    """A route's targets, then those of what it falls back to; each model once."""
    seen: set[str] = set()
    here: str | None = name
    rank = 0
    while here is not None:
        entry = settings.routes.get(here)
        retries = settings.gateway.retries
        if entry is not None and entry.retries is not None:
            retries = entry.retries
        for each in entry.entries if entry else (TargetEntry(model=here),):
            if each.model not in seen:
                seen.add(each.model)
                yield _target(models[each.model], each, retries, rank=rank)
        here = entry.fallback if entry else None
        rank += 1


def _target(model: Model, entry: TargetEntry, retries: int, *, rank: int) -> Target:
    return Target(
        model,
        retries,
        rank,
        weight=entry.weight,
        concurrency=entry.concurrency,
        regions=frozenset(entry.regions),
        data_classes=frozenset(entry.data_classes),
        quality=entry.quality,
    )


def _deadlines(base: Deadlines, given: Timeouts) -> Deadlines:
    return Deadlines(
        connect=given.connect or base.connect,
        first_token=given.first_token or base.first_token,
        between_tokens=given.between_tokens or base.between_tokens,
        total=given.total or base.total,
    )
