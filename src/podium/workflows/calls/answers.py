"""What an answer is in a workflow: its content, its bytes, or all of it."""

import base64
from typing import TypeAlias, cast

import msgspec

from podium.kernel.errors import Unavailable
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.bodies import is_json, media
from podium.workflows.calls.requests import HttpAnswer

MAX_DEPTH = 100
_CHARSETS = frozenset(
    {"utf-8", "us-ascii", "iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1250", "windows-1251"}
    | {"windows-1252", "utf-16", "utf-16le", "utf-16be", "koi8-r", "shift_jis", "euc-jp", "euc-kr"}
    | {"gbk", "gb18030", "big5"}
)
"""Not all of Python's: some of them take quadratic time."""
_Container: TypeAlias = "dict[str, Json] | list[Json]"
_CONTAINERS = frozenset({dict, list})


def output(kind: str, request: JsonObject, answer: HttpAnswer) -> Json:
    """`kind` is raw (base64), response or content. Raises Unavailable: JSON that is none."""
    match kind:
        case "raw":
            return base64.b64encode(answer.body).decode()
        case "response":
            return {
                "request": request,
                "statusCode": answer.status,
                "headers": dict(answer.headers),
                "content": content(answer),
            }
        case _:
            return content(answer)


def content(answer: HttpAnswer) -> Json:
    """JSON as values, text as text, other bytes in base64, nothing as null."""
    if not answer.body:
        return None
    kind = answer.headers.get("content-type", "")
    if is_json(kind):
        return json(answer.body, f"The answer calls itself {media(kind)}")
    try:
        return answer.body.decode(_charset(kind))
    except UnicodeDecodeError:
        return base64.b64encode(answer.body).decode()


def json(data: bytes, what: str) -> Json:
    """Strict JSON that is nested at most `MAX_DEPTH` levels deep. Raises Unavailable."""
    try:
        value = cast("Json", msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf")))
    except RecursionError:
        raise _too_deep(what) from None
    except ValueError as error:
        raise Unavailable(f"{what} but is not JSON: {error}.") from error
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH:
        _measure(value, what)
    return value


def _measure(value: Json, what: str) -> None:
    """Level by level, so that measuring cannot itself go too deep; by exact types, which a decoder
    gives and which are quick to ask for: an answer may hold a million objects.
    """
    level = [cast("_Container", value)]
    for _ in range(MAX_DEPTH):
        level = [
            cast("_Container", each)
            for outer in level
            for each in (outer.values() if type(outer) is dict else outer)
            if type(each) in _CONTAINERS
        ]
        if not level:
            return
    raise _too_deep(what)


def _too_deep(what: str) -> Unavailable:
    return Unavailable(f"{what} and nests deeper than {MAX_DEPTH} levels. Take output: raw.")


def _charset(kind: str) -> str:
    for member in kind.split(";")[1:]:
        name, _, value = member.partition("=")
        if name.strip().lower() == "charset":
            named = value.strip().strip('"').lower()
            return named if named in _CHARSETS else "utf-8"
    return "utf-8"
