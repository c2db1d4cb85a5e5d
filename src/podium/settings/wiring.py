"""Settings as values of the gateway and of the wire formats."""

from collections.abc import Iterator, Mapping, Sequence

from podium.gateway.catalogue import Catalogue
from podium.gateway.models import Capability, Deadlines, Model, Provider, Route, Target
from podium.gateway.pricing import Rates, UsdRates
from podium.gateway.supply.modes import JsonMode, Supply, ToolMode
from podium.protocols.credentials.means import Means
from podium.protocols.endpoints import Endpoint
from podium.providers.shelf import shelf
from podium.settings.model import Settings
from podium.settings.providing import ModelEntry, PriceEntry, ProviderEntry
from podium.settings.routes import TargetEntry, Timeouts
from podium.settings.showing import base_url, credential, shown
from podium.settings.strategies import options


def catalogue(settings: Settings) -> Catalogue:
    """Models and routes, of settings that `load` has checked."""
    base = _deadlines(Deadlines(), settings.gateway.timeouts)
    models = {name: _model(settings, name, base) for name in settings.models}
    routes = {name: _route(settings, name, models) for name in settings.routes}
    return Catalogue(models, routes)


def price_overrides(settings: Settings) -> Mapping[str, Rates]:
    """By model name."""
    return {
        name: Rates.of(_usd(entry.price))
        for name, entry in settings.models.items()
        if entry.price is not None
    }


def _usd(price: PriceEntry) -> UsdRates:
    return UsdRates(
        input=price.input,
        output=price.output,
        cached_input=price.cached_input,
        cache_write_input=price.cache_write_input,
        cache_write_1h_input=price.cache_write_1h_input,
        audio_input=price.audio_input,
        audio_output=price.audio_output,
        reasoning=price.reasoning,
        search=price.search,
    )


def endpoints(settings: Settings, means: Means) -> Mapping[str, Endpoint]:
    """Of the providers that models use and that answer over HTTP, by name.

    Raises Invalid where a header refers to a secret that is not set.
    """
    return {name: _endpoint(settings, name, means) for name in _remote(settings)}


def protocol_of(settings: Settings, name: str) -> str:
    """The wire format of a provider."""
    return _provider(settings, name).protocol


def addresses(settings: Settings) -> Mapping[str, str]:
    """Where these providers answer; what nobody filled in stands there as `{region}`."""
    return {name: base_url(settings, name) for name in _remote(settings)}


def embedded(settings: Settings) -> frozenset[str]:
    """Names of the providers whose models run inside podium."""
    used = {entry.provider for entry in settings.models.values()}
    return frozenset(name for name in used if _embedded(name))


def missing_keys(settings: Settings) -> Mapping[str, str]:
    """The variables that are not set, by the provider in use that needs them."""
    lacking = {name: shown(settings, name).missing for name in _remote(settings)}
    return {name: missing for name, missing in lacking.items() if missing}


def _remote(settings: Settings) -> Sequence[str]:
    used = {entry.provider for entry in settings.models.values()}
    return sorted(name for name in used if not _embedded(name))


def _embedded(name: str) -> bool:
    shipped = shelf().by_name.get(name)
    return shipped is not None and shipped.protocol == "embedded"


def _endpoint(settings: Settings, name: str, means: Means) -> Endpoint:
    entry, shipped = settings.providers.get(name, ProviderEntry()), shelf().by_name.get(name)
    own = {header: settings.reveal(value) for header, value in entry.headers.items()}
    version = entry.api_version or (shipped.api_version if shipped else "")
    return Endpoint(
        provider=name,
        base_url=base_url(settings, name),
        credential=credential(shown(settings, name), means),
        headers={**(shipped.headers if shipped else {}), **own},
        query=f"api-version={version}" if version else "",
    )


def _provider(settings: Settings, name: str) -> Provider:
    entry, shipped = settings.providers.get(name, ProviderEntry()), shelf().by_name.get(name)
    if shipped is None:
        return Provider(
            name=name,
            protocol=entry.protocol or "",
            prices_as=entry.prices_as or "",
            free=entry.free is True,
        )
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
        context_window=entry.context_window or 0,
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
