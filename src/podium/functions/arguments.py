"""Reading arguments that the interpreter has held to the function's schema."""

from collections.abc import Mapping, Sequence

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject


def text(arguments: JsonObject, key: str, default: str = "") -> str:
    value = arguments.get(key, default)
    if not isinstance(value, str):
        raise _wrong(key, "a text", value)
    return value


def whole(arguments: JsonObject, key: str, default: int) -> int:
    value = arguments.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(key, "a whole number", value)
    return int(value)


def mapping(arguments: JsonObject, key: str) -> JsonObject:
    value = arguments.get(key, {})
    if not isinstance(value, Mapping):
        raise _wrong(key, "an object", value)
    return value


def items(arguments: JsonObject, key: str) -> Sequence[Json]:
    value = arguments.get(key, ())
    if isinstance(value, str | Mapping) or not isinstance(value, Sequence):
        raise _wrong(key, "a list", value)
    return value


def texts(arguments: JsonObject, key: str) -> list[str]:
    return [str(item) for item in items(arguments, key)]


def _wrong(key: str, kind: str, value: Json) -> Invalid:
    return Invalid(f"{key!r} needs {kind}, got {value!r}.")
