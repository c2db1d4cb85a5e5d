"""A parsed description of an interface: OpenAPI 2.0 (Swagger), 3.0 or 3.1."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import unquote

import msgspec

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.bodies import as_object
from podium.workflows.documents.findings import quoted
from podium.workflows.documents.source import unescaped
from podium.workflows.documents.yaml import Bounds, load
from podium.workflows.expressions.names import nearest

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
BOUNDS: Final = Bounds(bytes=8 * 2**20, nodes=600_000, expanded=32 * 2**20, bare_keys=True)
"""Of a description in YAML; one in JSON is bounded by the fetch alone, as it cannot grow."""
_MOST_REFERENCES: Final = 10
_VERSION: Final = re.compile(r"3\.[01](?:\.\d+)?(?:-\w+)?")
_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Found:
    """An operation where it stands; `item` is what holds for all operations of its path."""

    path: str
    method: str
    item: JsonObject
    operation: JsonObject


@dataclass(frozen=True, slots=True)
class Description:
    """`url` is where it came from, empty for one that the document itself holds."""

    document: JsonObject = field(repr=False)
    url: str = ""
    places: Mapping[str, Sequence[tuple[str, str]]] = field(
        default_factory=dict[str, Sequence[tuple[str, str]]], repr=False
    )

    @property
    def is_swagger(self) -> bool:
        return "swagger" in self.document

    @property
    def name(self) -> str:
        return f"The description at {self.url}" if self.url else "The description"

    def resolved(self, value: Json) -> JsonObject:
        """The object, or what its `$ref` leads to. Raises Invalid: it leads outside, nowhere or
        in a circle.
        """
        here = as_object(value)
        for _ in range(_MOST_REFERENCES):
            reference = here.get("$ref")
            if not isinstance(reference, str):
                return here
            here = self._led_to(reference)
        raise Invalid(f"{self.name} has references in a circle, at {here.get('$ref')!r}.")

    def known(self, value: Json) -> JsonObject:
        """The same, for what a call can do without: empty where a reference leads nowhere."""
        try:
            return self.resolved(value)
        except Invalid:
            return {}

    def _led_to(self, reference: str) -> JsonObject:
        if not reference.startswith("#"):
            what = f"{self.name} refers to {reference[:200]!r}, which is outside of it."
            raise Invalid(f"{what} podium does not fetch it: bundle the description into one file.")
        here: Json = self.document
        for token in unescaped(unquote(reference[1:])):
            if isinstance(here, Mapping):
                here = here.get(token)
            elif isinstance(here, Sequence) and not isinstance(here, str) and token.isdecimal():
                here = here[int(token)] if int(token) < len(here) else None
        if not isinstance(here, Mapping):
            raise Invalid(f"{self.name} refers to {reference[:200]!r}, and there is nothing.")
        return here

    def find(self, id: str) -> Found:
        """By `operationId`, or as `METHOD /path` for an operation that has none. Raises Invalid."""
        places = self.places.get(id, ())
        if len(places) > 1:
            where = ", ".join(f"{method.upper()} {path}" for path, method in places)
            what = f"{self.name} has the operationId '{id}' {len(places)} times: {where}."
            raise Invalid(f"{what} Name one of these as operationId.")
        if places:
            return self._found(*places[0])
        method, space, path = id.partition(" ")
        if space and method.lower() in METHODS:
            item = self.resolved(as_object(self.document.get("paths")).get(path))
            if method.lower() in item:
                return self._found(path, method.lower())
        raise self._unknown(id)

    def _found(self, path: str, method: str) -> Found:
        item = self.resolved(as_object(self.document.get("paths")).get(path))
        return Found(path, method, item, self.resolved(item.get(method)))

    def _unknown(self, id: str) -> Invalid:
        known = list(self.places)
        near = nearest(id, known)
        listed = quoted(known[:_SHOWN]) + (", …" if len(known) > _SHOWN else "")
        what = f"{self.name} has no operation '{id[:100]}'.{near}"
        return Invalid(what if near else f"{what} It has {listed or 'none'}.")


def read(text: str, url: str) -> Description:
    """Of JSON or YAML. Raises Invalid."""
    if text.lstrip().startswith("{"):
        try:
            return described(cast("Json", msgspec.json.decode(text)), url)
        except (ValueError, RecursionError) as error:
            if isinstance(error, Invalid):
                raise
            # YAML may begin with a brace as well, and its reader says where it stumbles.
    return described(load(text, name=url or "The description", bounds=BOUNDS).value, url)


def described(document: Json, url: str = "") -> Description:
    """Raises Invalid for what is no OpenAPI 2.0, 3.0 or 3.1."""
    whole = as_object(document)
    version = str(whole.get("swagger", whole.get("openapi", "")))
    if not (version == "2.0" and "swagger" in whole) and _VERSION.fullmatch(version) is None:
        where = f"The document at {url}" if url else "The document"
        has = f"says that it is version {version[:20]!r}" if version else "does not say so"
        raise Invalid(f"{where} is no OpenAPI 2.0, 3.0 or 3.1: it {has}.")
    made = Description(whole, url)
    places: dict[str, list[tuple[str, str]]] = {}
    for path, method, operation in _operations(made):
        id = operation.get("operationId")
        if isinstance(id, str) and id:
            places.setdefault(id, []).append((path, method))
    return Description(whole, url, places)


def _operations(description: Description) -> Iterator[tuple[str, str, JsonObject]]:
    """Those that can be read: a broken path hides no other one."""
    for path, given in as_object(description.document.get("paths")).items():
        try:
            item = description.resolved(given)
        except Invalid:
            continue
        for method in METHODS:
            if isinstance(item.get(method), Mapping):
                yield path, method, as_object(item[method])
