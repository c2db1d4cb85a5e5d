"""What MCP since 2026-07-28 mirrors from a request's body into HTTP headers.

Source: Model Context Protocol 2026-07-28, Transports, Streamable HTTP, "Request Metadata".
"""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from podium.kernel.json import Json, JsonObject

MARK: Final = "x-mcp-header"
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PLAIN: Final = re.compile(r"(?! )[\x20-\x7e]*(?<! )")
_PRIMITIVE: Final = frozenset({"string", "integer", "boolean"})
_SAFE_INTEGER: Final = 2**53 - 1
_VALUES: Final = frozenset({MARK, "const", "default", "enum", "examples"})
_Place: TypeAlias = tuple[Json, tuple[str, ...], bool]
"""A part of a schema, the path of the parameter it is about, and whether a mark may stand there."""


class NotMirrorable(Exception):
    """A tool marks its parameters in a way that the protocol does not allow."""


@dataclass(frozen=True, slots=True)
class Mirrored:
    """A parameter, by its path below the arguments, and the name of its header."""

    path: tuple[str, ...]
    name: str


def encoded(text: str) -> str:
    """A header's value for any text: as it is, or in base64 between marks."""
    if _PLAIN.fullmatch(text) and not (text.startswith("=?base64?") and text.endswith("?=")):
        return text
    return f"=?base64?{base64.b64encode(text.encode(errors='surrogatepass')).decode()}?="


def standard(method: str, version: str, name: Json) -> dict[str, str]:
    """The headers of every request; `name` is of the tool, prompt or resource, if there is one."""
    headers = {"MCP-Protocol-Version": version, "Mcp-Method": method}
    return {**headers, "Mcp-Name": encoded(name)} if isinstance(name, str) else headers


def mirrored(schema: Json) -> Sequence[Mirrored]:
    """The parameters of a tool that its input's schema marks. Raises NotMirrorable."""
    found = list(_marked(schema))
    names = [each.name.lower() for each in found]
    if len(set(names)) < len(names):
        raise NotMirrorable("two parameters have the same header")
    return found


def from_arguments(marks: Sequence[Mirrored], arguments: Json) -> dict[str, str]:
    """A header for each marked parameter that has a value. Raises NotMirrorable."""
    headers: dict[str, str] = {}
    for mark in marks:
        value = arguments
        for member in mark.path:
            value = value.get(member) if isinstance(value, Mapping) else None
        if value is not None:
            headers[f"Mcp-Param-{mark.name}"] = _written(value, mark)
    return headers


def _written(value: Json, mark: Mirrored) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() if abs(value) <= _SAFE_INTEGER:
            return str(value)
        case str():
            return encoded(value)
        case _:
            raise NotMirrorable(f"'{'.'.join(mark.path)}' has a value that no header can hold")


def _marked(schema: Json) -> Iterator[Mirrored]:
    """Marks may stand only where nothing but `properties` leads to. Without recursion: a schema
    may be as deep as it likes.
    """
    waiting: list[_Place] = [(schema, (), True)]
    while waiting:
        here, path, allowed = waiting.pop()
        match here:
            case Mapping():
                if MARK in here:
                    yield _mark(here, path, allowed=allowed)
                waiting.extend(_inside(here, path, allowed=allowed))
            case Sequence() if not isinstance(here, str):
                waiting.extend((each, path, False) for each in here)
            case _:
                pass


def _inside(schema: JsonObject, path: tuple[str, ...], *, allowed: bool) -> Iterator[_Place]:
    for key, value in schema.items():
        if key == "properties" and isinstance(value, Mapping):
            yield from ((each, (*path, name), allowed) for name, each in value.items())
        elif key not in _VALUES:
            yield value, path, False


def _mark(schema: JsonObject, path: tuple[str, ...], *, allowed: bool) -> Mirrored:
    name, kind = schema[MARK], schema.get("type")
    if not allowed or not path:
        raise NotMirrorable(f"{MARK} stands where no single parameter is")
    if not isinstance(name, str) or not _TOKEN.fullmatch(name):
        raise NotMirrorable(f"{MARK} of '{'.'.join(path)}' is no name of a header")
    if kind not in _PRIMITIVE:
        raise NotMirrorable(f"'{'.'.join(path)}' is no text, integer or boolean")
    return Mirrored(path, name)
