"""An operation and named values as one request: each value in the place that has its name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.authentication.policies import Bearer, Policy
from podium.workflows.calls.bodies import Body, as_object
from podium.workflows.calls.openapi import payload
from podium.workflows.calls.openapi.operation import (
    BodyShape,
    In,
    Operation,
    Parameter,
    Scheme,
)
from podium.workflows.calls.openapi.parameters import (
    checked,
    in_cookie,
    in_header,
    in_path,
    in_query,
)
from podium.workflows.calls.openapi.payload import Chosen
from podium.workflows.calls.openapi.schemas import kinds, listed
from podium.workflows.calls.openapi.servers import address, variables
from podium.workflows.calls.requests import Request
from podium.workflows.calls.uris import encoded, scalar, with_encoded_query, with_query
from podium.workflows.documents.findings import quoted
from podium.workflows.expressions.names import nearest

_UNSAID: Final = frozenset({"Accept", "Authorization", "Content-Type"})
"""Headers that a description may not describe (OpenAPI 3.1, 4.8.12), so they are always known."""
_ACCEPTED: Final = 6
_SHOWN: Final = 25


@dataclass(frozen=True, slots=True)
class Made:
    """`policy` is None where the request shows the credentials itself, as a key by another name."""

    request: Request
    policy: Policy | None


def made(operation: Operation, given: JsonObject, policy: Policy | None) -> Made:
    """Raises Invalid: a parameter is missing, unknown, or cannot be written."""
    taken = _Taken(operation, given)
    parts = _Parts()
    _place(operation, taken, parts, signed=policy is not None)
    server = address(operation, taken.table(variables(operation)))
    for name in _UNSAID:
        if name in taken.left:
            parts.headers[name] = scalar(taken.value(name), name)
    _put_keys(operation, taken, parts)
    left = _signed_by_key(operation, policy, parts)
    body = _body(operation, taken, parts.headers.get("Content-Type", ""))
    taken.finish()
    return Made(_request(operation, server, parts, body=body), left)


@dataclass(slots=True)
class _Parts:
    """Of a request, as they are found."""

    path: dict[str, str] = field(default_factory=dict[str, str])
    query: list[str] = field(default_factory=list[str])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    cookies: list[str] = field(default_factory=list[str])
    keys: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


@dataclass(slots=True)
class _Taken:
    """The values that were given, and which of them have found their place."""

    operation: Operation
    given: JsonObject
    used: set[str] = field(default_factory=set[str])

    @property
    def left(self) -> list[str]:
        return [name for name in self.given if name not in self.used]

    def value(self, name: str) -> Json:
        self.used.add(name)
        return self.given[name]

    def table(self, names: frozenset[str]) -> JsonObject:
        return {name: self.value(name) for name in names if self.given.get(name) is not None}

    def of(self, parameter: Parameter) -> Json:
        """By its name, or as `query.name` where it has namesakes; null counts as not given."""
        for name in (f"{parameter.place}.{parameter.name}", parameter.name):
            if name in self.given:
                return self.value(name)
        if parameter.place is In.HEADER:
            for name in self.left:
                if name.lower() == parameter.name.lower():
                    return self.value(name)
        return None

    def finish(self) -> None:
        if self.left:
            raise _unknown(self.operation, self.left)


def _place(operation: Operation, taken: _Taken, parts: _Parts, *, signed: bool) -> None:
    missing: list[str] = []
    for parameter in operation.parameters:
        value = taken.of(parameter)
        if value is None:
            value = _standing(parameter)
        if value is None:
            own = signed and parameter.name.lower() == "authorization"
            if parameter.required and not own:
                missing.append(f"'{parameter.name}' ({parameter.place})")
            continue
        _write(parameter, checked(parameter, value), parts)
    if missing:
        what = f"The operation '{operation.id}' needs {', '.join(missing)}."
        raise Invalid(f"{what} Add {'it' if len(missing) == 1 else 'them'} to 'parameters'.")


def _standing(parameter: Parameter) -> Json:
    """What a required parameter is where nobody says: its default, or all that it may be."""
    options = listed(parameter.schema.get("enum"))
    if not parameter.required:
        return None
    if "default" in parameter.schema:
        return parameter.schema["default"]
    return options[0] if len(options) == 1 else None


def _write(parameter: Parameter, value: Json, parts: _Parts) -> None:
    match parameter.place:
        case In.PATH:
            parts.path[parameter.name] = in_path(parameter, value)
        case In.QUERY:
            parts.query.append(in_query(parameter, value))
        case In.HEADER:
            parts.headers[parameter.name] = in_header(parameter, value)
        case In.COOKIE:
            parts.cookies.append(in_cookie(parameter, value))


def _put_keys(operation: Operation, taken: _Taken, parts: _Parts) -> None:
    """A value by the name of a key goes where the security scheme has it."""
    for scheme in operation.keys:
        if scheme.name in taken.left:
            _put_key(scheme, scalar(taken.value(scheme.name), scheme.name), parts)


def _put_key(scheme: Scheme, value: str, parts: _Parts) -> None:
    match scheme.place:
        case In.HEADER:
            parts.headers[scheme.name] = value
        case In.COOKIE:
            parts.cookies.append(f"{scheme.name}={value}")
        case _:
            parts.keys.append((scheme.name, value))


def _signed_by_key(operation: Operation, policy: Policy | None, parts: _Parts) -> Policy | None:
    """A bearer's token is the key where the operation knows no other way than one key."""
    ways = [way for way in operation.security if way]
    if not isinstance(policy, Bearer) or not ways:
        return policy
    if any(not scheme.is_key for way in ways for scheme in way) or len(ways[0]) != 1:
        return policy
    scheme = ways[0][0]
    if scheme.name.lower() == "authorization":
        return policy
    _put_key(scheme, policy.token, parts)
    return None


def _body(operation: Operation, taken: _Taken, asked: str) -> Body:
    shape, description = operation.body, operation.description
    if shape is None:
        return Body(None)
    way = payload.chosen(description, shape, taken.left, asked=asked)
    whole = payload.whole_name(shape, way.known)
    if whole in taken.left:
        value = taken.value(whole)
        if taken.left:
            what = f"The operation '{operation.id}' has its body as '{whole}'"
            raise Invalid(f"{what}, and {quoted(taken.left)} beside it. Put all of it into one.")
        way = payload.chosen(description, shape, as_object(value), asked=asked)
        return payload.made(way, value)
    if not taken.left:
        return _empty_body(operation, shape, way)
    _hold_to_members(operation, way, taken.left)
    return payload.made(way, {name: taken.value(name) for name in taken.left})


def _empty_body(operation: Operation, shape: BodyShape, way: Chosen) -> Body:
    if not shape.required:
        return Body(None)
    needed = sorted(way.known.required)
    if way.known.properties and not needed:
        return payload.made(way, {})
    name = payload.whole_name(shape, way.known) or payload.WHOLE
    what = quoted(needed) if needed else f"a body; give it as '{name}'"
    raise Invalid(f"The operation '{operation.id}' needs {what}. Add it to 'parameters'.")


def _hold_to_members(operation: Operation, way: Chosen, names: list[str]) -> None:
    allowed = kinds(way.content.schema)
    is_object = not allowed or "object" in allowed
    known = set(way.known.properties) if is_object else set[str]()
    strange = [each for each in names if each not in known]
    if strange and not (is_object and way.known.open):
        raise _unknown(operation, strange)


def _unknown(operation: Operation, names: list[str]) -> Invalid:
    known = [parameter.name for parameter in operation.parameters]
    shape = operation.body
    if shape is not None:
        inside = payload.chosen(operation.description, shape, ()).known
        whole = payload.whole_name(shape, inside)
        known += [*inside.properties, *([whole] if whole else [])]
    known += sorted(variables(operation))
    what = f"The operation '{operation.id}' has no parameter {quoted(names[:_SHOWN])}."
    near = nearest(names[0], known)
    listed_ = f" It has {quoted(known[:_SHOWN])}{', …' if len(known) > _SHOWN else ''}."
    return Invalid(f"{what}{near or (listed_ if known else ' It has none.')}")


def _request(operation: Operation, server: str, parts: _Parts, *, body: Body) -> Request:
    path = _filled(operation.path, parts.path)
    whole = encoded(f"{server}{path}".partition("#")[0])
    url = with_encoded_query(whole, "&".join(each for each in parts.query if each))
    headers = dict(parts.headers)
    if parts.cookies:
        headers["Cookie"] = "; ".join(parts.cookies)
    if body.kind:
        headers["Content-Type"] = body.kind
    made = Request(
        operation.method,
        with_query(url, parts.keys),
        headers,
        body.data,
        frozenset(each.name.lower() for each in operation.keys),
    )
    accepts = [each for each in operation.accepts if each.isascii() and each.isprintable()]
    if not accepts or made.header("Accept"):
        return made
    return made.having("Accept", ", ".join(accepts[:_ACCEPTED]))


def _filled(path: str, values: Mapping[str, str]) -> str:
    """The path with its places; a `{name}` inside a value is none of them."""
    first, *others = path.split("{")
    filled = first
    for each in others:
        name, _, rest = each.partition("}")
        filled += values[name] + rest
    return filled
