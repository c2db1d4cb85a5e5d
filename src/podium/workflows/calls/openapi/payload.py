"""A body from named values: which of its media types is taken, and how its fields are written."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote_plus

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.bodies import (
    FORM,
    JSON,
    MULTIPART,
    Body,
    Part,
    as_object,
    encoded,
    is_binary,
    is_json,
    media,
    multipart,
    unbased,
    utf8,
    written,
)
from podium.workflows.calls.openapi.description import Description
from podium.workflows.calls.openapi.operation import BodyShape, Content, In, Parameter, Style
from podium.workflows.calls.openapi.parameters import deep, in_query
from podium.workflows.calls.openapi.schemas import Members, is_file, kinds, listed, members
from podium.workflows.documents.findings import quoted

WHOLE: Final = "body"
"""The name under which a whole body may be given, where no property has that name."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A media type that a body may have, with what its schema says about an object's members."""

    kind: str
    content: Content
    known: Members

    @property
    def media(self) -> str:
        return media(self.kind)


def chosen(
    description: Description, shape: BodyShape, names: Collection[str], *, asked: str = ""
) -> Chosen:
    """The media type: the one that the call's Content-Type asks for; or the first that can hold
    all that is given, JSON before forms before others.
    """
    ways = [
        Chosen(kind, content, members(description, content.schema))
        for kind, content in sorted(shape.media.items(), key=lambda each: _rank(each[0]))
    ]
    for way in ways:
        if asked and way.media == media(asked):
            return replace(way, kind=asked)
    for way in ways:
        files = any(is_file(way.known.properties.get(name, {})) for name in names)
        if set(names) <= set(way.known.properties) and (not files or way.media == MULTIPART):
            return way
    return ways[0]


def _rank(kind: str) -> int:
    order = (media(kind) == JSON, is_json(kind), media(kind) == FORM, media(kind) == MULTIPART)
    return next((place for place, right in enumerate(order) if right), len(order))


def whole_name(shape: BodyShape, known: Members) -> str:
    """How this body may be given as one value; empty where the name is one of its properties'."""
    name = shape.name or WHOLE
    return "" if not shape.name and name in known.properties else name


def made(way: Chosen, value: Json) -> Body:
    """Raises Invalid: what the schema requires is missing, or the value does not fit its type."""
    if isinstance(value, Mapping):
        missing = sorted(way.known.required - set(value))
        if missing:
            raise Invalid(f"The body needs {quoted(missing)}. Add it to 'parameters'.")
        if way.media == FORM:
            return Body("&".join(_form(way.content, value)).encode(), FORM)
        if way.media == MULTIPART:
            return multipart(
                [part for name, each in value.items() for part in _parts(way, name, each)]
            )
    if isinstance(value, str) and is_json(way.kind):
        return Body(written(value), way.kind)
    return encoded(value, "" if "*" in way.media else way.kind)


def _form(content: Content, value: JsonObject) -> list[str]:
    fields: list[str] = []
    for name, each in value.items():
        how = as_object(content.encoding.get(name))
        if each is None:
            continue
        said = how.get("style", Style.FORM)
        style = Style(str(said)) if said in frozenset(Style) else Style.FORM
        if style is Style.DEEP:
            fields += [f"{_plus(key)}={_plus(text)}" for key, text in deep(name, each)]
        elif isinstance(each, Mapping) and "style" not in how:
            fields.append(f"{_plus(name)}={_plus(written(each).decode())}")
        else:
            explode = how.get("explode", style is Style.FORM) is True
            written_as = Parameter(name, In.QUERY, style=style, explode=explode)
            fields.append(in_query(written_as, each))
    return [each for each in fields if each]


def _plus(text: str) -> str:
    return quote_plus(utf8(text))


def _parts(way: Chosen, name: str, value: Json) -> list[Part]:
    """A list of anything but bytes goes as one part for each of its items."""
    schema = way.known.properties.get(name, {})
    said = as_object(way.content.encoding.get(name)).get("contentType", "")
    kind = str(said).partition(",")[0]
    if value is None:
        return []
    if kinds(schema) == frozenset({"array"}) or (listed(value) and not kinds(schema)):
        inner = as_object(schema.get("items"))
        items = listed(value) or [value]
        return [_part(name, each, inner, kind=kind) for each in items if each is not None]
    return [_part(name, value, schema, kind=kind)]


def _part(name: str, value: Json, schema: JsonObject, *, kind: str) -> Part:
    if is_file(schema) or is_binary(kind):
        return _file(name, value, kind)
    if isinstance(value, str):
        return Part(name, utf8(value), kind=kind)
    plain = not isinstance(value, Mapping) and not listed(value)
    return Part(name, written(value), kind=kind or ("" if plain else JSON))


def _file(name: str, value: Json, kind: str) -> Part:
    """Bytes in base64, or {content, filename, contentType}."""
    given = value if isinstance(value, Mapping) else {"content": value}
    data = given.get("content")
    if not isinstance(data, str):
        what = "text in base64, or {content: …, filename: …, contentType: …}"
        raise Invalid(f"The part '{name}' is a file: give it as {what}.")
    return Part(
        name,
        unbased(data, f"The part '{name}'"),
        filename=str(given.get("filename", name)),
        kind=str(given.get("contentType", kind or "application/octet-stream")),
    )
