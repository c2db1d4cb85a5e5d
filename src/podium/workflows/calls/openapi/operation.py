"""One operation, of whichever version: its parameters, body, servers and security."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.bodies import FORM, JSON, MULTIPART, as_object, is_json
from podium.workflows.calls.openapi.description import Description, Found
from podium.workflows.calls.openapi.schemas import is_file, listed


class In(StrEnum):
    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"


class Style(StrEnum):
    """Those of OpenAPI 3, and `tabs` for 2.0's collectionFormat tsv."""

    SIMPLE = "simple"
    LABEL = "label"
    MATRIX = "matrix"
    FORM = "form"
    SPACES = "spaceDelimited"
    PIPES = "pipeDelimited"
    TABS = "tabs"
    DEEP = "deepObject"


@dataclass(frozen=True, slots=True)
class Parameter:
    """`media` is set where the value is written as a document of that type, not by a style."""

    name: str
    place: In
    required: bool = False
    style: Style = Style.SIMPLE
    explode: bool = False
    reserved: bool = False
    media: str = ""
    schema: JsonObject = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class Content:
    """One way to write a body. `encoding` says how single fields of a form are written."""

    schema: JsonObject
    encoding: JsonObject = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class BodyShape:
    """`name` is what 2.0 calls it."""

    required: bool
    media: Mapping[str, Content]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Scheme:
    """A security scheme. For apiKey `place` and `name` say where the key goes."""

    kind: str
    place: str = ""
    name: str = ""

    @property
    def is_key(self) -> bool:
        return self.kind == "apiKey"


@dataclass(frozen=True, slots=True)
class Operation:
    """`security` has the alternatives; each needs all of its schemes. `accepts` are the media types
    of its answers, `keys` all schemes of the description that are a key by some name.
    """

    id: str
    method: str
    path: str
    description: Description
    parameters: tuple[Parameter, ...]
    body: BodyShape | None
    servers: Sequence[JsonObject]
    security: tuple[tuple[Scheme, ...], ...]
    keys: tuple[Scheme, ...]
    accepts: tuple[str, ...]


_MOST: Final = 2_000
_DEFAULT: Final = {
    In.PATH: Style.SIMPLE,
    In.QUERY: Style.FORM,
    In.HEADER: Style.SIMPLE,
    In.COOKIE: Style.FORM,
}
_COLLECTIONS: Final = {
    "ssv": Style.SPACES,
    "tsv": Style.TABS,
    "pipes": Style.PIPES,
}


def operation(description: Description, id: str) -> Operation:
    """Raises Invalid: there is no such operation, or its description cannot be read."""
    found = description.find(id)
    given = list(_parameters(description, found))
    swagger = description.is_swagger
    parameters = [
        _of_swagger(each) if swagger else _of_openapi(description, each)
        for each in given
        if each.get("in") in frozenset(In)
    ]
    return Operation(
        id=id,
        method=found.method.upper(),
        path=found.path,
        description=description,
        parameters=(*parameters, *_unnamed(found.path, parameters)),
        body=_swagger_body(description, found, given)
        if swagger
        else _openapi_body(description, found.operation),
        servers=tuple(as_object(each) for each in _servers(description, found)),
        security=_security(description, found.operation),
        keys=_keys(description),
        accepts=_accepts(description, found.operation),
    )


def _parameters(description: Description, found: Found) -> Iterator[JsonObject]:
    """Those of the operation come before those of its path, which they replace."""
    seen: set[tuple[str, str]] = set()
    for holder in (found.operation, found.item):
        for raw in listed(holder.get("parameters")):
            each = description.resolved(raw)
            place, name = each.get("in"), each.get("name")
            if isinstance(place, str) and isinstance(name, str) and (place, name) not in seen:
                seen.add((place, name))
                yield each
            if len(seen) > _MOST:
                raise Invalid(f"{found.path} has more than {_MOST:,} parameters.")


def _unnamed(path: str, parameters: Sequence[Parameter]) -> list[Parameter]:
    """Places in the path that the description forgets to explain."""
    known = {each.name for each in parameters if each.place is In.PATH}
    parts = [each.partition("}")[0] for each in path.split("{")[1:]]
    return [Parameter(name, In.PATH, True) for name in dict.fromkeys(parts) if name not in known]


def _of_openapi(description: Description, given: JsonObject) -> Parameter:
    place = In(str(given["in"]))
    name = str(given["name"])
    media, content = next(iter(as_object(given.get("content")).items()), ("", None))
    if media:
        schema = description.resolved(as_object(content).get("schema"))
    else:
        schema = description.resolved(given.get("schema"))
    said = str(given.get("style", _DEFAULT[place]))
    if said not in frozenset(Style):
        raise Invalid(f"The parameter '{name}' has the style '{said[:40]}', which is unknown.")
    style = Style(said)
    explode = given.get("explode")
    return Parameter(
        name=name,
        place=place,
        required=place is In.PATH or given.get("required") is True,
        style=style,
        explode=explode if isinstance(explode, bool) else style is Style.FORM,
        reserved=given.get("allowReserved") is True,
        media=media,
        schema=schema,
    )


def _of_swagger(given: JsonObject) -> Parameter:
    place = In(str(given["in"]))
    style, explode = _collected(given, _DEFAULT[place])
    return Parameter(
        name=str(given["name"]),
        place=place,
        required=place is In.PATH or given.get("required") is True,
        style=style,
        explode=explode,
        schema=given,
    )


def _collected(given: JsonObject, default: Style) -> tuple[Style, bool]:
    collection = str(given.get("collectionFormat", "csv"))
    return _COLLECTIONS.get(collection, default), collection == "multi"


def _openapi_body(description: Description, given: JsonObject) -> BodyShape | None:
    if "requestBody" not in given:
        return None
    body = description.resolved(given["requestBody"])
    media = {
        kind: Content(
            description.resolved(as_object(each).get("schema")),
            as_object(as_object(each).get("encoding")),
        )
        for kind, each in as_object(body.get("content")).items()
    }
    return BodyShape(body.get("required") is True, media or {JSON: Content({})})


def _swagger_body(
    description: Description, found: Found, given: Sequence[JsonObject]
) -> BodyShape | None:
    consumes = _media(description, found.operation, "consumes")
    for each in given:
        if each.get("in") == "body":
            content = Content(description.resolved(each.get("schema")))
            required = each.get("required") is True
            return BodyShape(
                required, dict.fromkeys(consumes or (JSON,), content), str(each["name"])
            )
    fields = [each for each in given if each.get("in") == "formData"]
    if not fields:
        return None
    files = any(is_file(each) for each in fields)
    forms = [each for each in consumes if each in {FORM, MULTIPART}] or [FORM]
    needed = [str(each["name"]) for each in fields if each.get("required") is True]
    content = Content(
        {
            "type": "object",
            "properties": {str(each["name"]): each for each in fields},
            "required": needed,
        },
        {str(each["name"]): _encoding(each) for each in fields},
    )
    return BodyShape(bool(needed), {MULTIPART if files else forms[0]: content})


def _encoding(given: JsonObject) -> JsonObject:
    style, explode = _collected(given, Style.FORM)
    return {"style": style, "explode": explode}


def _media(description: Description, given: JsonObject, name: str) -> tuple[str, ...]:
    """2.0: of the operation, or else of the whole description."""
    found = given.get(name, description.document.get(name))
    return tuple(str(each) for each in listed(found))


def _servers(description: Description, found: Found) -> Sequence[Json]:
    """Of 2.0 only what the operation says itself: its schemes."""
    if description.is_swagger:
        return [{"schemes": found.operation["schemes"]}] if "schemes" in found.operation else ()
    for holder in (found.operation, found.item, description.document):
        if servers := listed(holder.get("servers")):
            return servers
    return ()


def _security(description: Description, given: JsonObject) -> tuple[tuple[Scheme, ...], ...]:
    known = _schemes(description)
    asked = listed(given.get("security", description.document.get("security")))
    return tuple(
        tuple(_scheme(description.known(known.get(name))) for name in as_object(each))
        for each in asked
    )


def _schemes(description: Description) -> JsonObject:
    if description.is_swagger:
        return as_object(description.document.get("securityDefinitions"))
    return as_object(as_object(description.document.get("components")).get("securitySchemes"))


def _keys(description: Description) -> tuple[Scheme, ...]:
    found = (_scheme(description.known(each)) for each in _schemes(description).values())
    return tuple(each for each in found if each.is_key and each.name)


def _scheme(given: JsonObject) -> Scheme:
    return Scheme(
        kind=str(given.get("type", "")),
        place=str(given.get("in", "")),
        name=str(given.get("name", "")),
    )


def _accepts(description: Description, given: JsonObject) -> tuple[str, ...]:
    if description.is_swagger:
        found = _media(description, given, "produces")
    else:
        kinds: list[str] = []
        for status, response in as_object(given.get("responses")).items():
            if status.startswith(("2", "d")):
                kinds += as_object(description.known(response).get("content"))
        found = tuple(dict.fromkeys(kinds))
    return tuple(sorted(found, key=lambda kind: not is_json(kind)))
