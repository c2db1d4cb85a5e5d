"""Who a call goes to, what it may take, and how it ends where the callee itself says no."""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import ClassVar, Final

import anyio

from podium.kernel.errors import Invalid, PodiumError, TimedOut
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.uris import encoded, filled

_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class CalleeFailed(PodiumError):
    """The callee understood the request and answered that it failed: `runtime` in a workflow.

    `number` is the code of a JSON-RPC error, 0 where there is none; `data` comes with it.
    """

    code: ClassVar[str] = "callee_failed"

    def __init__(self, message: str, *, number: int = 0, data: Json = None) -> None:
        super().__init__(message)
        self.number: int = number
        self.data: Json = data


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`authentication` is a policy of the language, empty where nothing is to be shown."""

    uri: str
    authentication: JsonObject


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one call may take in all: seconds, and bytes of answers."""

    seconds: float
    max_bytes: int


def endpoint(value: Json, what: str) -> Endpoint:
    """Of a URI or an endpoint object. Raises Invalid for anything else."""
    match value:
        case str():
            return Endpoint(value, {})
        case {"uri": str(uri)}:
            authentication = value.get("authentication")
            return Endpoint(uri, authentication if isinstance(authentication, Mapping) else {})
        case _:
            said = f"{what} must be a URI or an object with `uri`, got {kind_of(value)}."
            raise Invalid(f"{said} Write a URI such as https://example.com/mcp.")


def filled_in(endpoint: Endpoint, data: Json) -> Endpoint:
    """With the members of the task's input in the place of `{name}`, percent-encoded.

    Raises Invalid for anything but a whole http or https address.
    """
    members: JsonObject = data if isinstance(data, Mapping) else {}
    return replace(endpoint, uri=encoded(filled(endpoint.uri, members)))


def parameters(value: Json, method: str) -> JsonObject:
    """Raises Invalid for what an expression gave that is no object."""
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    raise Invalid(
        f"The parameters of {method} must be an object, got {kind_of(value)}. "
        "Write an object, or an expression that gives one."
    )


def needed_text(given: JsonObject, name: str, method: str) -> str:
    """A parameter that the method cannot do without. Raises Invalid."""
    value = given.get(name)
    if isinstance(value, str) and value:
        return value
    raise Invalid(
        f"{method} needs the parameter '{name}' as a text, got {kind_of(value)}. "
        f"Write it under `with.parameters.{name}`."
    )


def texts(value: Json, what: str) -> dict[str, str]:
    """A table of texts. Raises Invalid for a value that is no text."""
    found: dict[str, str] = {}
    for name, text in value.items() if isinstance(value, Mapping) else ():
        if not isinstance(text, str):
            raise Invalid(f"{what} '{name}' must be a text, got {kind_of(text)}. Quote it.")
        found[name] = text
    return found


def headers(value: Json) -> dict[str, str]:
    """Headers that can be sent. Raises Invalid for names and values that cannot."""
    found = texts(value, "The header")
    for name, text in found.items():
        if not _HEADER_NAME.fullmatch(name) or _CONTROL.search(text):
            raise Invalid(
                f"The header {name!r} cannot be sent: its name must be a token and its value one "
                "line without control characters."
            )
    return found


def kind_of(value: Json) -> str:
    """What a value is, for a message: never the value, which may be a secret."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a text" if value else "an empty text"
        case Mapping():
            return "an object"
        case _:
            return "an array"


@contextmanager
def within(seconds: float, what: str) -> Generator[None]:
    """Raises TimedOut where the block takes longer."""
    with anyio.move_on_after(seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise TimedOut(f"{what} took longer than {seconds:g} s. Give the task a longer timeout.")
