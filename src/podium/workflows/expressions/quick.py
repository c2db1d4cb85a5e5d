"""The fast path: simple programs as Python closures, exact for integers of any size.

A program is quick when each of its parts gives at most one output and its output cannot grow
beyond a few copies of its inputs. What a closure cannot do exactly as libjq does at run time,
it leaves to libjq by raising `Defer`; where libjq would fail it also defers, so that errors
have one source.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from podium.kernel.json import Json, JsonObject
from podium.workflows.expressions import syntax as ast
from podium.workflows.expressions.operators import BINARY, CALLS, Defer, index

Quick: TypeAlias = Callable[[Json, JsonObject], Json]

MAX_DEPTH: Final = 60
MAX_COPIES: Final = 64


class Empty(Exception):
    """A part had no output."""


class _Unfit(Exception):
    """Not for the fast path."""


def quicken(node: ast.Node) -> Quick | None:
    """A function of the input and the variables, or None when libjq has to do it.

    It raises Empty for no output and Defer when libjq has to do it after all.
    """
    try:
        if _copies(node, 0) > MAX_COPIES:
            return None
        return _build(node)
    except _Unfit:
        return None


def _copies(node: ast.Node, depth: int) -> int:
    """How many copies of an input an intermediate result can hold at most."""
    if depth > MAX_DEPTH:
        raise _Unfit
    match node:
        case ast.Opaque() | ast.Comma():
            raise _Unfit
        case ast.Pipe(stages):
            return _product(stages, depth + 1)
        case _:
            return max(1, sum(_copies(child, depth + 1) for child in _children(node)))


def _product(stages: tuple[ast.Node, ...], depth: int) -> int:
    copies = 1
    for stage in stages:
        copies *= _copies(stage, depth)
        if copies > MAX_COPIES:
            raise _Unfit
    return copies


def _children(node: ast.Node) -> tuple[ast.Node, ...]:
    match node:
        case ast.Index(one, other, _) | ast.Binary(left=one, right=other):
            return one, other
        case ast.Optional(body):
            return (body,)
        case ast.Text(parts) | ast.Array(parts):
            return parts
        case ast.Object(entries):
            return tuple(part for entry in entries for part in entry)
        case ast.If(condition, then, otherwise):
            return condition, then, otherwise
        case _:
            return ()


def _build(node: ast.Node) -> Quick:  # noqa: C901, PLR0911, PLR0912, PLR0914 - one case for each node
    match node:
        case ast.Dot():
            return _dot
        case ast.Literal(value):
            return lambda _data, _variables: value
        case ast.Variable(name):
            return lambda _data, variables: variables[name]
        case ast.Call(name):
            call = CALLS[name]
            return lambda data, _variables: call(data)
        case ast.Index(ast.Dot(), ast.Literal(str() as key), lenient=False):
            return _field(key)
        case ast.Index(target, key, lenient):
            return _index(_build(target), _build(key), lenient=lenient)
        case ast.Optional(body):
            return _optional(_build(body))
        case ast.Text(parts):
            return _text(tuple(_build(part) for part in parts))
        case ast.Array(items):
            return _array(tuple(_build(item) for item in items))
        case ast.Object(entries):
            return _object(tuple((_build(key), _build(value)) for key, value in entries))
        case ast.Binary("and" | "or" | "//" as operator, left, right):
            return _LAZY[operator](_build(left), _build(right))
        case ast.Binary(operator, left, right):
            return _binary(operator, _build(left), _build(right))
        case ast.If(condition, then, otherwise):
            return _condition(_build(condition), _build(then), _build(otherwise))
        case ast.Pipe(stages):
            return _pipe(tuple(_build(stage) for stage in stages))
        case _:
            raise _Unfit


def _dot(data: Json, _variables: JsonObject) -> Json:
    return data


def _field(key: str) -> Quick:
    def run(data: Json, _variables: JsonObject) -> Json:
        if isinstance(data, dict):
            return data.get(key)
        return index(data, key)

    return run


def _index(target: Quick, key: Quick, *, lenient: bool) -> Quick:
    def run(data: Json, variables: JsonObject) -> Json:
        place = key(data, variables)
        found = target(data, variables)
        try:
            return index(found, place)
        except Defer as reason:
            if lenient and reason.fails:
                raise Empty from None
            raise

    return run


def _optional(body: Quick) -> Quick:
    """What fails in libjq defers with `fails`: here that is no output."""

    def run(data: Json, variables: JsonObject) -> Json:
        try:
            return body(data, variables)
        except Defer as reason:
            if reason.fails:
                raise Empty from None
            raise

    return run


def _text(parts: tuple[Quick, ...]) -> Quick:
    def run(data: Json, variables: JsonObject) -> Json:
        return "".join([_shown(part(data, variables)) for part in parts])

    return run


def _shown(value: Json) -> str:
    """Floats, arrays and objects have a spelling of their own in jq."""
    match value:
        case str():
            return value
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case _:
            raise Defer


def _array(items: tuple[Quick, ...]) -> Quick:
    def run(data: Json, variables: JsonObject) -> Json:
        result: list[Json] = []
        for item in items:
            try:
                result.append(item(data, variables))
            except Empty:
                continue
        return result

    return run


def _object(entries: tuple[tuple[Quick, Quick], ...]) -> Quick:
    def run(data: Json, variables: JsonObject) -> Json:
        result: dict[str, Json] = {}
        for key, value in entries:
            name = key(data, variables)
            if not isinstance(name, str):
                raise Defer
            result[name] = value(data, variables)
        return result

    return run


def _truthy(value: Json) -> bool:
    return value is not None and value is not False


def _and(left: Quick, right: Quick) -> Quick:
    return lambda data, variables: (
        _truthy(left(data, variables)) and _truthy(right(data, variables))
    )


def _or(left: Quick, right: Quick) -> Quick:
    return lambda data, variables: _truthy(left(data, variables)) or _truthy(right(data, variables))


def _alternative(left: Quick, right: Quick) -> Quick:
    def run(data: Json, variables: JsonObject) -> Json:
        try:
            value = left(data, variables)
        except Empty:
            return right(data, variables)
        return value if _truthy(value) else right(data, variables)

    return run


_LAZY: Mapping[str, Callable[[Quick, Quick], Quick]] = {
    "and": _and,
    "or": _or,
    "//": _alternative,
}


def _binary(operator: str, left: Quick, right: Quick) -> Quick:
    """The right side goes first, as in jq; it matters for which of two failures is seen."""
    if operator not in BINARY:
        raise _Unfit
    apply = BINARY[operator]

    def run(data: Json, variables: JsonObject) -> Json:
        second = right(data, variables)
        return apply(left(data, variables), second)

    return run


def _condition(condition: Quick, then: Quick, otherwise: Quick) -> Quick:
    def run(data: Json, variables: JsonObject) -> Json:
        branch = then if _truthy(condition(data, variables)) else otherwise
        return branch(data, variables)

    return run


def _pipe(stages: tuple[Quick, ...]) -> Quick:
    def run(data: Json, variables: JsonObject) -> Json:
        for stage in stages:
            data = stage(data, variables)
        return data

    return run
