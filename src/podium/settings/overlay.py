"""What is laid over podium.yaml while podium runs: a JSON Merge Patch (RFC 7396) of some sections.

It comes over the API, from who may be far from the machine: it refers to no secret of the process
that podium.yaml has not named, and to no file outside of podium.yaml's folder.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Final

from podium.gateway.catalogue import nearest
from podium.kernel.errors import Problem
from podium.kernel.json import Json, JsonObject, pointer
from podium.settings.model import Settings
from podium.settings.secrets import is_reference, literal_secrets, named, references, shown, strings
from podium.settings.showing import key_variable, variables
from podium.workflows.documents.source import Source
from podium.workflows.documents.yaml import load as read_yaml

SECTIONS: Final = ("providers", "models", "routes", "cache", "gateway", "limits", "masking")
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
        if name not in _MAY_STAND:
            message = (
                f"'{name[:80]}' cannot be changed while podium runs: change it in podium.yaml and "
                f"start podium again. {nearest(name[:80], SECTIONS)}"
            )
            yield Problem(message, "settings/section", pointer(name))
    yield from _references(overlay, frozenset(_lent(below)))
    yield from _files(overlay)


def redirections(overlay: JsonObject, below: JsonObject, settings: Settings) -> Iterator[Problem]:
    """A key that goes with a provider by itself goes where podium ships it, or podium.yaml says."""
    lent, entries = frozenset(_lent(below)), overlay.get("providers")
    for name, entry in entries.items() if isinstance(entries, Mapping) else ():
        for where in ("base_url", "places"):
            if not isinstance(entry, Mapping) or not entry.get(where):
                continue
            needed = {key_variable(settings, name), *variables(settings, name)} - {""}
            if unnamed := sorted(map(shown, needed - lent)):
                message = (
                    f"providers.{name}.{where} would send what {', '.join(unnamed)} holds to "
                    f"another address. Whoever runs podium allows that by naming it in podium.yaml "
                    f"under `secrets`, or set api_key_env."
                )
                yield Problem(message, "settings/secret", pointer("providers", name, where))


def _lent(below: JsonObject) -> Iterator[str]:
    """Variables and files that podium.yaml says may be used."""
    yield from references(below)
    for path, text in strings(below):
        if path[-1:] == ("api_key_env",):
            yield text


def _references(overlay: JsonObject, lent: frozenset[str]) -> Iterator[Problem]:
    """Whoever may change providers could have any variable sent to a server of their own."""
    for path, text in strings(overlay):
        variable = named(text) if is_reference(text) else ""
        if path[-1:] == ("api_key_env",) and text:
            variable = text
        if variable and variable not in lent:
            message = (
                f"{'.'.join(path)} refers to {shown(variable)[:80]}, which podium.yaml does "
                f"not name. Whoever runs podium names it there, under `secrets`."
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
