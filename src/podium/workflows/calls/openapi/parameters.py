"""Values as parameters: how each style of OpenAPI writes lists and objects.

Where the text leaves something open: what stands deeper inside a list or object is written as JSON,
but for deepObject, whose brackets go on (`a[b][c]=1`, `a[]=1`, and `a[0][b]=1` for objects).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from podium.kernel.errors import Invalid
from podium.kernel.json import Json
from podium.workflows.calls.bodies import is_json, utf8, written
from podium.workflows.calls.openapi.operation import Parameter, Style
from podium.workflows.calls.openapi.schemas import kinds, listed, trouble

_BETWEEN: Final = {Style.SPACES: "%20", Style.PIPES: "%7C", Style.TABS: "%09"}
_RESERVED: Final = ":/?@!$'()*,;"
"""Of RFC 3986, but for `&`, `=`, `#` and `+`, which end a value, and `[` and `]`, which may not
stand in a query."""
_COOKIE: Final = "!#$&'()*+-./:<=>?@[]^_`{|}~"

Pair = tuple[str, str]


def checked(parameter: Parameter, value: Json) -> Json:
    """The value as its schema has it: one where a list is wanted becomes a list of one. Raises
    Invalid.
    """
    schema = parameter.schema
    if (
        not parameter.media
        and kinds(schema) == frozenset({"array"})
        and not isinstance(value, Mapping)
    ):
        return [value] if isinstance(value, str) or not isinstance(value, Sequence) else value
    said = "" if parameter.media else trouble(schema, value)
    if said:
        raise Invalid(f"The parameter '{parameter.name}' {said}.")
    return value


def in_path(parameter: Parameter, value: Json) -> str:
    """What takes the place of `{name}`. Raises Invalid where that would be nothing."""
    name = _quoted(parameter.name)
    if parameter.media:
        text = _quoted(_document(parameter, value))
    else:
        match parameter.style:
            case Style.LABEL:
                text = "." + _joined(parameter, value, "." if parameter.explode else ",")
            case Style.MATRIX:
                text = _matrix(parameter, value, name)
            case _:
                text = _joined(parameter, value, _BETWEEN.get(parameter.style, ","))
    if text in {"", ".", ".."}:
        what = "is empty" if not text else f"is '{text}', which leads to another place"
        raise Invalid(f"The parameter '{parameter.name}' {what}. It is part of the path.")
    return text


def _matrix(parameter: Parameter, value: Json, name: str) -> str:
    if not parameter.explode or not isinstance(value, Mapping | Sequence) or isinstance(value, str):
        return f";{name}={_joined(parameter, value, ',')}"
    if isinstance(value, Mapping):
        return "".join(f";{_quoted(key)}={_quoted(_text(each))}" for key, each in value.items())
    return "".join(f";{name}={_quoted(_text(each))}" for each in value)


def _joined(parameter: Parameter, value: Json, between: str) -> str:
    if isinstance(value, Mapping):
        members = ((_quoted(key), _quoted(_text(each))) for key, each in value.items())
        equals = "=" if parameter.explode else between
        return between.join(f"{key}{equals}{each}" for key, each in members)
    if isinstance(value, str) or not isinstance(value, Sequence):
        return _quoted(_text(value))
    return between.join(_quoted(_text(each)) for each in value if each is not None)


def in_query(parameter: Parameter, value: Json) -> str:
    """Members of a query, percent-encoded and joined by `&`; empty for an empty list."""
    if parameter.media:
        pairs = [(parameter.name, _document(parameter, value))]
    elif parameter.style is Style.DEEP:
        pairs = list(deep(parameter.name, value))
    elif isinstance(value, Mapping) and parameter.explode:
        pairs = [(key, _text(each)) for key, each in value.items() if each is not None]
    elif isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        return _listed(parameter, value) if value else ""
    else:
        pairs = [(parameter.name, _text(value))]
    return "&".join(_member(parameter, name, text) for name, text in pairs)


def _listed(parameter: Parameter, value: Json) -> str:
    """A list, or an object that is written as one: repeated, or between delimiters."""
    name = _quoted(parameter.name)
    if isinstance(value, Mapping):
        items = [text for key, each in value.items() for text in (key, _text(each))]
    else:
        items = [_text(each) for each in listed(value) if each is not None]
        if parameter.explode:
            return "&".join(_member(parameter, parameter.name, each) for each in items)
    between = _BETWEEN.get(parameter.style, ",")
    return f"{name}={between.join(_value(parameter, each) for each in items)}"


def _member(parameter: Parameter, name: str, text: str) -> str:
    return f"{_quoted(name)}={_value(parameter, text)}"


def _value(parameter: Parameter, text: str) -> str:
    return _quoted(text, _RESERVED if parameter.reserved else "")


def deep(name: str, value: Json) -> Iterator[Pair]:
    """Names with brackets, for queries and forms. The value's depth is that of a document."""
    match value:
        case Mapping():
            for key, each in value.items():
                yield from deep(f"{name}[{key}]", each)
        case str():
            yield name, value
        case Sequence():
            for place, each in enumerate(value):
                plain = isinstance(each, str) or not isinstance(each, Mapping | Sequence)
                yield from deep(f"{name}[]" if plain else f"{name}[{place}]", each)
        case None:
            return
        case _:
            yield name, _text(value)


def in_header(parameter: Parameter, value: Json) -> str:
    """Written as it is: a header knows no percent-encoding."""
    if parameter.media:
        return _document(parameter, value)
    between = {Style.PIPES: "|", Style.SPACES: " ", Style.TABS: "\t"}.get(parameter.style, ",")
    if isinstance(value, Mapping):
        equals = "=" if parameter.explode else ","
        return ",".join(f"{key}{equals}{_text(each)}" for key, each in value.items())
    if isinstance(value, str) or not isinstance(value, Sequence):
        return _text(value)
    return between.join(_text(each) for each in value if each is not None)


def in_cookie(parameter: Parameter, value: Json) -> str:
    """`name=value`, several joined by `; ` where the style repeats the name."""
    if parameter.explode and listed(value):
        return "; ".join(_crumb(parameter.name, _text(each)) for each in listed(value))
    if parameter.explode and isinstance(value, Mapping):
        return "; ".join(_crumb(key, _text(each)) for key, each in value.items())
    return _crumb(parameter.name, in_header(parameter, value))


def _crumb(name: str, text: str) -> str:
    return f"{_quoted(name)}={_quoted(text, _COOKIE)}"


def _document(parameter: Parameter, value: Json) -> str:
    if isinstance(value, str) and not is_json(parameter.media):
        return value
    return written(value).decode()


def _text(value: Json) -> str:
    match value:
        case str():
            return value
        case None:
            return ""
        case _:
            return written(value).decode()


def _quoted(text: str, safe: str = "") -> str:
    return quote(utf8(text), safe=safe)
