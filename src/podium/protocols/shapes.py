"""Hostile JSON, taken apart: what a field must be, and where it is where it is something else.

`at` is a JSON pointer to `body`. A field that is absent or null is empty: "", {}, [] or None.
"""

from collections.abc import Iterator, Mapping, Sequence

from podium.gateway.errors import UpstreamFailed
from podium.kernel.errors import Invalid, Problem
from podium.kernel.json import Json, JsonObject
from podium.protocols.refusals import malformed

_EMPTY: JsonObject = {}
_SHOWN = 60


class Misshapen(Exception):
    """A value is not what it must be. Every format turns it into the error of its own side."""

    def __init__(self, at: str, what: str) -> None:
        super().__init__(f"'{dotted(at)}' {what}." if at else f"It {what}.")
        self.at: str = at
        self.what: str = what

    def in_request(self) -> Invalid:
        said = str(self) if self.at else f"The request {self.what}."
        return Invalid(said, problems=[Problem(said, "request", self.at)])

    def in_answer(self) -> UpstreamFailed:
        place = f"'{dotted(self.at)}' of its answer" if self.at else "its answer"
        return malformed(f"{place} {self.what}")


def dotted(pointer: str) -> str:
    """`/messages/0/content` as people write it: `messages[0].content`."""
    words = (word.replace("~1", "/").replace("~0", "~") for word in pointer.split("/")[1:])
    return "".join(f"[{w}]" if w.isdecimal() else f".{w}" for w in words).removeprefix(".")


def shown(value: Json) -> str:
    """A value as a message may quote it: its kind where it is large."""
    match value:
        case Mapping():
            return "an object"
        case str():
            return repr(value if len(value) <= _SHOWN else value[:_SHOWN] + "…")
        case Sequence():
            return "a list"
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case _:
            return str(value)[:_SHOWN]


def text(body: JsonObject, key: str, at: str = "") -> str:
    value = body.get(key)
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    raise Misshapen(f"{at}/{key}", f"must be text, got {shown(value)}")


def needed(body: JsonObject, key: str, at: str = "") -> str:
    """Text that is there."""
    value = body.get(key)
    if isinstance(value, str) and value:
        return value
    raise Misshapen(f"{at}/{key}", f"must be text and not empty, got {shown(value)}")


def whole(body: JsonObject, key: str, at: str = "") -> int | None:
    """A whole number; 5.0 is one too, as JSON has it."""
    value = body.get(key)
    if value is None or type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise Misshapen(f"{at}/{key}", f"must be a whole number, got {shown(value)}")


def truth(body: JsonObject, key: str, at: str = "") -> bool | None:
    value = body.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise Misshapen(f"{at}/{key}", f"must be true or false, got {shown(value)}")


def part(body: JsonObject, key: str, at: str = "") -> JsonObject:
    """An object inside of the object."""
    value = body.get(key)
    if isinstance(value, dict):
        return value
    if value is None:
        return _EMPTY
    if isinstance(value, Mapping):
        return value
    raise Misshapen(f"{at}/{key}", f"must be an object, got {shown(value)}")


def items(body: JsonObject, key: str, at: str = "") -> Sequence[Json]:
    value = body.get(key)
    if isinstance(value, list | tuple):
        return value
    if value is None:
        return ()
    raise Misshapen(f"{at}/{key}", f"must be a list, got {shown(value)}")


def objects(body: JsonObject, key: str, at: str = "") -> Iterator[tuple[str, JsonObject]]:
    """The objects of a list, each with its pointer."""
    for number, item in enumerate(items(body, key, at)):
        place = f"{at}/{key}/{number}"
        if not isinstance(item, Mapping):
            raise Misshapen(place, f"must be an object, got {shown(item)}")
        yield place, item
