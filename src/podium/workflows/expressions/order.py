"""jq's order over JSON values: null, false, true, numbers, strings, arrays, objects.

Source: the jq 1.8 manual, `sort`. Numbers compare exactly, so that integers above 2^53 differ
where they differ. Equality and order are the same relation.
"""

from collections.abc import Mapping, Sequence

from podium.kernel.json import Json, JsonObject


def rank(value: Json) -> int:
    match value:
        case None:
            return 0
        case bool():
            return 2 if value else 1
        case int() | float():
            return 3
        case str():
            return 4
        case Mapping():
            return 6
        case _:
            return 5


def compare(left: Json, right: Json) -> int:
    """Negative, zero or positive. Raises RecursionError on values nested too deep for Python."""
    difference = rank(left) - rank(right)
    if difference:
        return difference
    match left, right:
        case (str(), str()):
            return (left > right) - (left < right)
        case (int() | float(), int() | float()):
            return (left > right) - (left < right)
        case (Mapping(), Mapping()):
            return _objects(left, right)
        case (Sequence(), Sequence()):
            return _arrays(left, right)
        case _:
            return 0


def _arrays(left: Sequence[Json], right: Sequence[Json]) -> int:
    for one, other in zip(left, right, strict=False):
        difference = compare(one, other)
        if difference:
            return difference
    return len(left) - len(right)


def _objects(left: JsonObject, right: JsonObject) -> int:
    """Their sorted keys first, then the values in the order of the keys."""
    keys = sorted(left)
    difference = _arrays(keys, sorted(right))
    if difference:
        return difference
    return _arrays([left[key] for key in keys], [right[key] for key in keys])
