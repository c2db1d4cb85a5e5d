"""What a schema cannot say: names that must exist, and names that must not exist twice."""

import re
from collections.abc import Iterator

from podium.gateway.catalogue import nearest
from podium.kernel.errors import Problem
from podium.kernel.json import pointer
from podium.providers.shelf import Auth, shelf
from podium.settings.guardrails import guardrail_checks
from podium.settings.limits import limit_checks
from podium.settings.masking import masking_checks
from podium.settings.model import Settings
from podium.settings.providing import ProviderEntry
from podium.settings.strategies import strategy_problems

_PLACE = re.compile(r"\{(\w+)\}")


def cross_checks(settings: Settings) -> Iterator[Problem]:
    """Over settings that are completed with the defaults."""
    yield from _twice(settings)
    for name, entry in settings.providers.items():
        yield from _provider(name, entry)
    yield from _models(settings)
    yield from _routes(settings)
    yield from _datasets(settings)
    yield from limit_checks(settings.limits)
    yield from masking_checks(settings.masking)
    yield from guardrail_checks(settings.guardrails, {*settings.routes, *settings.models})


def _unknown(kind: str, name: str, known: set[str], *path: str | int) -> Iterator[Problem]:
    if name not in known:
        message = f"{'.'.join(map(str, path))} names the {kind} '{name}', which does not exist."
        hint = nearest(name, known)
        yield Problem(f"{message} {hint}", "settings/unknown-name", pointer(*path))


def _twice(settings: Settings) -> Iterator[Problem]:
    for name in settings.routes.keys() & settings.models.keys():
        message = f"'{name}' is both a model and a route. Rename one of them."
        yield Problem(message, "settings/twice", pointer("routes", name))


def _provider(name: str, entry: ProviderEntry) -> Iterator[Problem]:
    here = pointer("providers", name)
    shipped = shelf().by_name.get(name)
    if shipped is None and not (entry.protocol and entry.base_url):
        message = (
            f"Provider '{name}' is not one that podium ships, so it needs protocol and base_url. "
            f"{nearest(name, shelf().by_name)}"
        )
        yield Problem(message, "settings/provider", here)
    if entry.api_key is not None and entry.api_key_env is not None:
        message = f"Provider '{name}' has api_key and api_key_env. Keep one of them."
        yield Problem(message, "settings/twice", f"{here}/api_key")
    yield from _places(name, entry)
    if shipped is not None and shipped.protocol == "embedded" and entry.model_fields_set:
        message = f"Provider '{name}' runs inside podium and has no settings. Remove them."
        yield Problem(message, "settings/provider", here)


def _places(name: str, entry: ProviderEntry) -> Iterator[Problem]:
    """Every place that is filled is one of the address, or the region that is signed."""
    shipped = shelf().by_name.get(name)
    url = entry.base_url or (shipped.base_url if shipped else "")
    known = {found.group(1) for found in _PLACE.finditer(url)}
    known |= set(shipped.place) if shipped else set()
    known |= {"region"} if entry.auth is Auth.AWS else set()
    for place in entry.places:
        yield from _unknown("place", place, known, "providers", name, "places", place)


def _models(settings: Settings) -> Iterator[Problem]:
    known = {*shelf().by_name, *settings.providers}
    for name, entry in settings.models.items():
        yield from _unknown("provider", entry.provider, known, "models", name, "provider")


def _routes(settings: Settings) -> Iterator[Problem]:
    models = set(settings.models)
    for name, entry in settings.routes.items():
        for i, target in enumerate(entry.entries):
            yield from _unknown("model", target.model, models, "routes", name, "targets", i)
        yield from strategy_problems(name, entry)
        if entry.fallback is not None:
            known = models | set(settings.routes)
            path = ("routes", name, "fallback")
            yield from _unknown("route or model", entry.fallback, known, *path)
            yield from _circle(settings, name)


def _circle(settings: Settings, name: str) -> Iterator[Problem]:
    seen, here = [name], settings.routes[name].fallback
    while here is not None and here in settings.routes and here not in seen:
        seen.append(here)
        here = settings.routes[here].fallback
    if here == name:
        way = " → ".join([*seen, name])
        message = f"The fallbacks go in a circle: {way}. Take one of them out."
        yield Problem(message, "settings/circle", pointer("routes", name, "fallback"))


def _datasets(settings: Settings) -> Iterator[Problem]:
    known = {*settings.models, *settings.routes}
    for name, entry in settings.datasets.items():
        path = ("datasets", name, "embedding")
        yield from _unknown("model or route", entry.embedding, known, *path)
