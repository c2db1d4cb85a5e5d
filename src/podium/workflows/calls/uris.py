"""Addresses: filled in, joined, encoded, and shown without their secrets."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject

_NAME = r"[A-Za-z0-9_][\w.-]*(?:\*|:\d{1,4})?"
_PLACE = re.compile(rf"\{{([+./;?&]?)({_NAME}(?:,{_NAME})*)\}}", re.ASCII)
_OPTIONAL = frozenset("?&;")
_ENCODABLE = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]")
_BRACKETED = re.compile(r"(https?://)(\[[0-9A-Fa-f:.]+\])(.*)", re.IGNORECASE | re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_HALF = "A URL holds half of a character (a lone surrogate)."


def filled(template: str, variables: JsonObject) -> str:
    """The URI template (RFC 6570) with its variables; a value cannot leave its place.

    A variable without a value is an error, but for those of `{?…}`, `{&…}` and `{;…}`, which are
    left out. Raises Invalid.
    """
    query = template.find("?")

    def fill(place: re.Match[str]) -> str:
        operator, names = place.group(1), place.group(2)
        values: dict[str, Json] = {}
        for spec in names.split(","):
            name = spec.rstrip("*").partition(":")[0]
            found = _value(variables.get(name), name)
            if operator not in _OPTIONAL:
                in_path = query < 0 or place.start() < query
                _require(template, name, found, variables=variables, filled=in_path)
            values[name] = found
        return _expanded(place.group(0), values)

    whole = _PLACE.sub(fill, template)
    if _dots(whole) > _dots(template):
        raise Invalid(f"A value for {template} is '.' or '..', which would lead to another place.")
    return whole


def _expanded(expression: str, values: JsonObject) -> str:
    import uritemplate  # noqa: PLC0415 - on first need

    try:
        return uritemplate.expand(expression, values)  # pyright: ignore[reportArgumentType] - scalars and lists of them
    except UnicodeEncodeError as bad:
        raise Invalid(_HALF) from bad


def _require(template: str, name: str, value: Json, *, variables: JsonObject, filled: bool) -> None:
    if name not in variables or value is None:
        known = ", ".join(sorted(variables)) or "nothing"
        raise Invalid(f"The URI {template} names {{{name}}}, but the input has {known}.")
    if filled and value in ("", ()):
        raise Invalid(f"The URI {template} needs a value for {{{name}}}, and it is empty.")


def _value(value: Json, name: str) -> Json:
    match value:
        case None | str():
            return value
        case Mapping():
            return {key: scalar(each, name) for key, each in value.items()}
        case Sequence():
            return tuple(scalar(each, name) for each in value)
        case _:
            return scalar(value, name)


def scalar(value: Json, name: str) -> str:
    """A value as it is written in an address. Raises Invalid for a mapping or a list."""
    match value:
        case str():
            return value
        case None:
            return ""
        case Mapping() | Sequence():
            raise Invalid(f"'{name}' holds a list or mapping where only a plain value can stand.")
        case _:
            return json.dumps(value)


def _dots(url: str) -> int:
    path = url.partition("?")[0]
    return sum(segment in {".", ".."} for segment in path.split("/"))


def encoded(url: str) -> str:
    """With every character that an address cannot hold percent-encoded; what is encoded already
    stays. Raises Invalid for anything but a whole http or https address.
    """
    bracketed = _BRACKETED.match(url)
    if bracketed is not None:
        return bracketed[1] + bracketed[2] + _quoted(bracketed[3])
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as bad:
        raise Invalid(f"A URL cannot be read: {bad}.") from bad
    if not parts.scheme:
        remedy = "Write the whole address, such as https://api.example.com/pets."
        raise Invalid(f"{url[:100]!r} is a relative address, and nothing says to what. {remedy}")
    if parts.scheme not in {"http", "https"} or not host:
        shown = f"{parts.scheme}:{'//' + host if host else ''}"
        raise Invalid(f"'{shown}' cannot be called. Give an http:// or https:// URL.")
    if _CONTROL.search(parts.netloc):
        raise Invalid("The host of a URL holds a space or a control character.")
    if parts.netloc.isascii():
        return _quoted(url)
    return urlunsplit((parts.scheme, parts.netloc, _quoted(parts.path), _quoted(parts.query), ""))


def _quoted(text: str) -> str:
    try:
        return _ENCODABLE.sub(lambda found: quote(found.group(), safe=""), text)
    except UnicodeEncodeError as bad:
        raise Invalid(_HALF) from bad


def with_query(url: str, pairs: Iterable[tuple[str, str]]) -> str:
    """The address with more members in its query; names and values are encoded here."""
    try:
        more = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    except UnicodeEncodeError as bad:
        raise Invalid(_HALF) from bad
    return with_encoded_query(url, more)


def with_encoded_query(url: str, more: str) -> str:
    if not more:
        return url
    head, _, _ = url.partition("#")
    joint = "" if head.endswith(("?", "&")) else "&" if "?" in head else "?"
    return f"{head}{joint}{more}"


def joined(base: str, reference: str) -> str:
    """A reference against the address that it stands in. Raises Invalid."""
    try:
        return urljoin(base, reference)
    except ValueError as bad:
        raise Invalid(f"A URL cannot be read: {bad}.") from bad


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port. Raises Invalid."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme,
            parts.hostname or "",
            parts.port or {"https": 443}.get(parts.scheme, 80),
        )
    except ValueError as bad:
        raise Invalid(f"A URL cannot be read: {bad}.") from bad


def shown(url: str) -> str:
    """For messages: without user, query and fragment, where secrets stand."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that cannot be read"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def target(url: str) -> str:
    """What stands in the request's first line: path and query."""
    parts = urlsplit(url)
    return urlunsplit(("", "", parts.path or "/", parts.query, ""))


def masked(url: str, hides: Callable[[str], bool]) -> str:
    """With `***` for the values in the query whose names are hidden."""
    head, mark, query = url.partition("?")
    if not mark:
        return url
    members = [each.partition("=") for each in query.split("&")]
    return f"{head}?" + "&".join(
        f"{name}=***" if equals and hides(name) else f"{name}{equals}{value}"
        for name, equals, value in members
    )
