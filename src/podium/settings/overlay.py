"""What is laid over podium.yaml while podium runs: a JSON Merge Patch (RFC 7396) of some sections.

It comes over the API, from who may be far from the machine: it refers to no secret of the process
that podium.yaml does not lend, and to no file outside of podium.yaml's folder.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Final

from podium.kernel.errors import Problem
from podium.kernel.json import Json, JsonObject, pointer
from podium.settings.model import Settings
from podium.settings.secrets import is_reference, literal_secrets, named, references, shown, strings
from podium.settings.showing import key_variable, variables
from podium.workflows.documents.source import Source
from podium.workflows.documents.yaml import load as read_yaml

SECTIONS: Final = (
    "providers",
    "models",
    "routes",
    "cache",
    "gateway",
    "limits",
    "masking",
    "guardrails",
)
"""What may change while podium runs."""
AT_START: Final = (("cache", "store"), ("limits", "store"))
"""Of these what may not."""
_MAY_STAND: Final = {*SECTIONS, "version"}


def read_overlay(text: str, *, name: str) -> Source | None:
    """Of YAML or JSON; None where nothing is written. Raises Invalid."""
    return read_yaml(text, name=name) if text.strip() else None


def merged(value: Json, patch: Json) -> Json:
    """RFC 7396, 2: objects are merged, null takes out, everything else takes the place."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(value) if isinstance(value, Mapping) else dict[str, Json]()
    for name, inner in patch.items():
        if inner is None:
            _ = found.pop(name, None)
        else:
            found[name] = merged(found.get(name), inner)
    return found


def overlay_problems(overlay: JsonObject, below: JsonObject) -> Iterator[Problem]:
    """What is wrong with it whatever it says of models; `below` is what podium.yaml says."""
    yield from literal_secrets(overlay)
    for name in overlay:
        if name in Settings.model_fields and name not in _MAY_STAND:
            message = (
                f"'{name}' cannot be changed while podium runs: change it in podium.yaml and start "
                f"podium again. What can be: {', '.join(SECTIONS)}."
            )
            yield Problem(message, "settings/section", pointer(name))
    yield from _references(overlay, below)
    yield from _files(overlay)


def redirections(overlay: JsonObject, below: JsonObject, settings: Settings) -> Iterator[Problem]:
    """What a provider is shown goes where podium ships it, or podium.yaml says."""
    lent = _lent(below)
    for name, where in _moved(overlay, below):
        needed = {key_variable(settings, name), *variables(settings, name)} - {""}
        needed |= set(references(dict(settings.providers[name].headers)))
        if unlent := sorted(map(shown, needed - lent)):
            message = (
                f"providers.{name}.{where} would send what {', '.join(unlent)} holds to another "
                f"address. Whoever runs podium allows that by naming it under `secrets` in "
                f"podium.yaml."
            )
            yield Problem(message, "settings/secret", pointer("providers", name, where))


def _moved(overlay: JsonObject, below: JsonObject) -> Iterator[tuple[str, str]]:
    """Providers that are somewhere else than podium.yaml says, and which setting says so."""
    theirs = _part(below, "providers")
    for name in _part(overlay, "providers"):
        entry = _part(_part(overlay, "providers"), name)
        for where in ("base_url", "places"):
            given = entry.get(where)
            if given and given != _part(theirs, name).get(where):
                yield name, where


def _part(value: JsonObject, name: str) -> JsonObject:
    inner = value.get(name)
    return inner if isinstance(inner, Mapping) else {}


def _lent(below: JsonObject) -> frozenset[str]:
    """Variables and files that podium.yaml lends to whoever writes a document."""
    return frozenset(references(_part(below, "secrets")))


def _references(overlay: JsonObject, below: JsonObject) -> Iterator[Problem]:
    """Whoever may change providers could have any variable sent to a server of their own. What
    podium.yaml says in the same place may be repeated.
    """
    lent, said = _lent(below), dict(strings(below))
    for path, text in strings(overlay):
        variable = named(text) if is_reference(text) else ""
        if path[-1:] == ("api_key_env",) and text:
            variable = text
        if variable and variable not in lent and said.get(path) != text:
            message = (
                f"{'.'.join(path)} refers to {shown(variable)[:80]}, which podium.yaml does not "
                f"lend. Whoever runs podium names it there, under `secrets`."
            )
            yield Problem(message, "settings/secret", pointer(*path))


def _files(overlay: JsonObject) -> Iterator[Problem]:
    for path, text in strings(overlay):
        if path[-2:] == ("by_complexity", "estimator") and text:
            file = PurePath(text)
            if file.is_absolute() or ".." in file.parts:
                message = f"{'.'.join(path)} names a file outside of the folder of podium.yaml."
                yield Problem(message, "settings/file", pointer(*path))


def until_restart(started: JsonObject, now: JsonObject) -> Sequence[str]:
    """Names of settings that are not what podium was started with, and are not what may change
    while it runs.
    """
    return tuple(".".join(path) for path in _differing(started, now, ()))


def _differing(one: Json, other: Json, at: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if one == other or (at[:1] and at[0] in SECTIONS and at not in _ABOVE and at not in AT_START):
        return
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in sorted({*one, *other}):
            yield from _differing(one.get(name), other.get(name), (*at, name))
    else:
        yield at


_ABOVE: Final = frozenset(path[:1] for path in AT_START)
