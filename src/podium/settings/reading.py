"""Reads the file and the environment variables: the only place of podium that does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from podium.kernel.errors import Invalid, NotFound, Problem
from podium.kernel.json import Json, JsonObject, canonical
from podium.providers.shelf import shelf
from podium.settings.checks import cross_checks
from podium.settings.defaults import completed
from podium.settings.model import Settings
from podium.settings.overlay import SECTIONS, merged, overlay_problems, redirections
from podium.settings.problems import from_pydantic, located, located_in
from podium.settings.secrets import FILE, PLACE, PREFIX, literal_secrets, references
from podium.settings.showing import key_variable, variables
from podium.workflows.documents.source import Place, Source
from podium.workflows.documents.yaml import load as read_yaml

NAME = "podium.yaml"
OVERRIDES: Mapping[str, tuple[str, ...]] = {
    "PODIUM_HOST": ("server", "host"),
    "PODIUM_PORT": ("server", "port"),
    "PODIUM_STATE": ("state",),
    "PODIUM_STORAGE_URL": ("storage", "url"),
    "PODIUM_HTTP_PROXY": ("http", "proxy"),
}
"""Variables that take the place of a setting, for containers."""
_LARGEST = 65_536
"""Bytes of a file that holds a secret."""
_BY_REFERENCE = "PODIUM_STORAGE_URL"
"""Taken as a reference, so that the settings themselves never hold its password."""


def locate(folder: Path, environment: Mapping[str, str]) -> Path | None:
    """The file that PODIUM_CONFIG names, or podium.yaml in the folder; None where neither is."""
    named = environment.get("PODIUM_CONFIG", "")
    if named:
        return folder / named
    return folder / NAME if (folder / NAME).is_file() else None


def load(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """The settings of a file; the defaults where there is none.

    Raises Invalid with every problem and its place, NotFound where the file is missing.
    """
    return Origin(path, environment).read().settings()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where settings come from: one file, or none, and the environment. Without a path it is
    podium.yaml in the folder, as soon as there is one.
    """

    path: Path | None
    environment: Mapping[str, str]
    folder: Path | None = None

    def read(self) -> "Written":
        """As it is written now. Raises Invalid, NotFound."""
        path = self.path
        if path is None and self.folder is not None:
            path = locate(self.folder, self.environment)
        if path is None:
            source = Source("defaults", "", {"version": 1}, Place(0, 0))
        else:
            source = _read(path)
        return Written(source, path, self)


@dataclass(frozen=True, slots=True)
class Written:
    """podium.yaml as it was written when it was read."""

    source: Source
    path: Path | None
    origin: Origin

    def sections(self, overlay: Source | None = None) -> JsonObject:
        """What may change while podium runs, as it is written."""
        value = cast("JsonObject", merged(self.source.value, overlay.value if overlay else {}))
        return {name: value[name] for name in SECTIONS if name in value}

    def settings(self, overlay: Source | None = None) -> Settings:
        """What it says, with an overlay over it. Raises Invalid with every problem and its place:
        of what both say, the one in the overlay.
        """
        source, environment = self.source, self.origin.environment
        value = _overridden(source.value, environment)
        problems = [*literal_secrets(source.value), *_version(source)]
        if overlay is not None:
            problems += overlay_problems(overlay.value, source.value)
            value = cast("JsonObject", merged(value, overlay.value))
        found = _checked(value, problems)
        if found is not None and not problems:
            problems.extend(cross_checks(found))
            if overlay is not None:
                problems.extend(redirections(overlay.value, source.value, found))
        if found is None or problems:
            raise _invalid(problems, source, overlay)
        folder = self.path.parent if self.path else Path()
        return found.placed(folder, _secrets(found, environment, folder))


def _read(path: Path) -> Source:
    try:
        text = path.read_bytes()
    except FileNotFoundError as missing:
        raise NotFound(f"There is no file '{path}'. Give the path of a podium.yaml.") from missing
    except OSError as unread:
        raise Invalid(f"'{path}' cannot be read: {unread.strerror}.") from unread
    try:
        return read_yaml(text, name=str(path))
    except Invalid as bad:
        if any(problem.rule == "document/object" for problem in bad.problems):
            message = f"'{path}' is no mapping of settings. Begin it with 'version: 1'."
            raise Invalid(message, problems=[Problem(message, "settings/object")]) from bad
        raise


def _version(source: Source) -> Iterator[Problem]:
    if "version" not in source.value:
        yield Problem("version is missing. Begin with 'version: 1'.", "settings/missing", "")


def _checked(value: JsonObject, problems: list[Problem]) -> Settings | None:
    """Settings completed with the defaults; None where they break the schema."""
    try:
        return completed(Settings.model_validate_json(canonical(value)))
    except ValidationError as error:
        problems.extend(from_pydantic(error))
        return None
    except ValueError as error:
        problems.append(Problem(f"A number is not allowed here: {error}.", "settings/value"))
        return None


def _invalid(problems: list[Problem], source: Source, overlay: Source | None) -> Invalid:
    if overlay is None:
        name, places = source.name, located(problems, source)
    else:
        name, places = overlay.name, located_in(problems, overlay, source)
    count = f"{len(places)} problem{'' if len(places) == 1 else 's'}"
    return Invalid(f"{name} has {count}:", problems=places)


def _overridden(value: JsonObject, environment: Mapping[str, str]) -> JsonObject:
    for variable, path in OVERRIDES.items():
        given = environment.get(variable, "")
        if given and variable == _BY_REFERENCE:
            value = _with(value, path, f"{PREFIX}{variable}")
        elif given:
            value = _with(value, path, int(given) if given.isdecimal() else given)
    return value


def _with(value: JsonObject, path: tuple[str, ...], given: Json) -> JsonObject:
    first, *rest = path
    below = value.get(first)
    inner: JsonObject = below if isinstance(below, Mapping) else {}
    return {**value, first: _with(inner, tuple(rest), given) if rest else given}


def _secrets(settings: Settings, environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The values that are referred to, the providers' keys, and what the providers in use are
    filled and shown with; of the environment nothing else.
    """
    named = set(references(settings.model_dump(mode="json")))
    secrets = {name: value for name in named if (value := _value(name, environment, folder))}
    for provider in {*shelf().by_name, *settings.providers}:
        variable = key_variable(settings, provider)
        if variable and (value := _value(variable, environment, folder)):
            secrets[f"{PLACE}{provider}"] = value
    for provider in {entry.provider for entry in settings.models.values()}:
        read = (name for name in variables(settings, provider) if environment.get(name))
        secrets |= {name: environment[name] for name in read}
    return secrets


def _value(name: str, environment: Mapping[str, str], folder: Path) -> str:
    """Empty where it is not set. Of a file it is all but the line break at its end."""
    if not name.startswith(FILE):
        return environment.get(name, "")
    path = folder / name.removeprefix(FILE)
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            found = file.read(_LARGEST + 1)
        return found.decode().rstrip("\r\n") if len(found) <= _LARGEST else ""
    except (OSError, UnicodeDecodeError):
        return ""
