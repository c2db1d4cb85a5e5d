"""What jq's operators do to single values, as far as Python does exactly the same."""

import math
from collections.abc import Callable, Mapping
from typing import Final

from podium.kernel.json import Json
from podium.workflows.expressions.order import compare, rank

MAX_GROWTH: Final = 1_000_000
MAX_BITS: Final = 4096
WHOLE: Final = 1e17


class Defer(Exception):
    """libjq has to do this. `fails` says that it is certain to refuse it."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__()
        self.fails: bool = fails


def index(target: Json, key: Json) -> Json:
    match target, key:
        case (dict(), str()):
            return target.get(key)
        case (list(), int()) if not isinstance(key, bool):
            return target[key] if -len(target) <= key < len(target) else None
        case (None, str()):
            return None
        case (None, int()) if not isinstance(key, bool):
            return None
        case (bool() | int() | float() | str(), str() | int()) | (list(), str()) | (dict(), int()):
            raise Defer(fails=True)
        case _:
            raise Defer


def _number(value: Json) -> int | float | None:
    return None if isinstance(value, bool) or not isinstance(value, (int, float)) else value


def _settled(number: float) -> Json:
    """A computed number as jq prints it: whole ones without a fraction."""
    if isinstance(number, int):
        if number.bit_length() > MAX_BITS:
            raise Defer
        return number
    if not math.isfinite(number):
        raise Defer
    return int(number) if number.is_integer() and abs(number) < WHOLE else number


def _arithmetic(
    apply: Callable[[int | float, int | float], int | float],
) -> Callable[[Json, Json], Json]:
    def run(left: Json, right: Json) -> Json:
        one, other = _number(left), _number(right)
        if one is None or other is None:
            raise Defer
        try:
            return _settled(apply(one, other))
        except (ArithmeticError, ValueError):
            raise Defer from None

    return run


_sum: Final = _arithmetic(lambda one, other: one + other)


def _add(left: Json, right: Json) -> Json:
    if left is None or right is None:
        return right if left is None else left
    if _number(left) is not None and _number(right) is not None:
        return _sum(left, right)
    match left, right:
        case (str(), str()) | (list(), list()) if len(left) + len(right) > MAX_GROWTH:
            raise Defer
        case (str(), str()):
            return left + right
        case (list(), list()):
            return [*left, *right]
        case (dict(), dict()):
            return {**left, **right}
        case _:
            raise Defer(fails=True)


def _ordered(accept: Callable[[int], bool]) -> Callable[[Json, Json], Json]:
    def run(left: Json, right: Json) -> Json:
        try:
            return accept(compare(left, right))
        except RecursionError:
            raise Defer from None

    return run


BINARY: Final[Mapping[str, Callable[[Json, Json], Json]]] = {
    "+": _add,
    "-": _arithmetic(lambda one, other: one - other),
    "*": _arithmetic(lambda one, other: one * other),
    "/": _arithmetic(lambda one, other: one / other),
    "==": _ordered(lambda order: order == 0),
    "!=": _ordered(lambda order: order != 0),
    "<": _ordered(lambda order: order < 0),
    "<=": _ordered(lambda order: order <= 0),
    ">": _ordered(lambda order: order > 0),
    ">=": _ordered(lambda order: order >= 0),
}


def _length(value: Json) -> Json:
    match value:
        case None:
            return 0
        case bool():
            raise Defer(fails=True)
        case int() | float():
            return abs(value)
        case _:
            return len(value)


_TYPES: Final = ("null", "boolean", "boolean", "number", "string", "array", "object")

CALLS: Final[Mapping[str, Callable[[Json], Json]]] = {
    "length": _length,
    "not": lambda value: value is None or value is False,
    "type": lambda value: _TYPES[rank(value)],
}
