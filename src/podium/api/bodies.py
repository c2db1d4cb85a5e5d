"""What may come in: how large, how deep, and JSON in its strict spelling only."""

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, Final, cast

import msgspec
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from podium.api.context import DOOR
from podium.api.door import Door
from podium.api.errors import TooLarge
from podium.kernel.errors import Invalid, Problem
from podium.kernel.json import Json, JsonObject

_SHOWN: Final = 200


class BodyLimit:
    """Refuses a body that is too large: by its Content-Length, or while it arrives."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app: ASGIApp = app
        self._most: int = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > self._most:
            raise too_large(self._most)
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(cast("bytes", message.get("body", b"")))
            if seen > self._most:
                raise too_large(self._most)
            return message

        return await self._app(scope, counted, send)


def too_large(most: int) -> TooLarge:
    return TooLarge(
        f"The body is larger than {most:,} bytes. Send less, or let your administrator "
        f"raise server.max_body_bytes."
    )


def decode(raw: bytes, door: Door) -> Json:
    """Strict JSON. Raises Invalid for NaN, bad UTF-8, lone surrogates and deep nesting."""
    try:
        value = cast("Json", msgspec.json.decode(raw))
    except RecursionError:
        raise _too_deep(door) from None
    except ValueError as error:
        message = f"The body is not JSON: {error}."[:_SHOWN]
        raise Invalid(message, problems=[Problem(message, "json")]) from None
    if raw.count(b"[") + raw.count(b"{") > door.max_depth:
        _measure(value, door)
    return value


async def read_object(request: Request, door: Door) -> JsonObject:
    """The body as a JSON object. Raises Invalid."""
    value = decode(await request.body(), door)
    if isinstance(value, dict):
        return value
    raise Invalid("The body must be a JSON object.")


async def read_text(request: Request) -> str:
    """The body as text. Raises Invalid where it is not UTF-8."""
    raw = await request.body()
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise Invalid(f"The body is not UTF-8 (byte {error.start}). Save it as UTF-8.") from None


def _measure(value: Json, door: Door) -> None:
    """Level by level, so that measuring cannot itself go too deep."""
    level: Sequence[Json] = [value]
    for _ in range(door.max_depth):
        level = [x for outer in level for x in _inside(outer) if isinstance(x, dict | list)]
        if not level:
            return
    raise _too_deep(door)


def _inside(value: Json) -> Iterable[Json]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()


def _too_deep(door: Door) -> Invalid:
    message = f"The body nests deeper than {door.max_depth} levels."
    return Invalid(message, problems=[Problem(message, "depth")])


class StrictRoute(APIRoute):
    """A route whose JSON body is read by `decode`, not by the framework."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:  # pyright: ignore[reportExplicitAny]
        original = super().get_route_handler()
        if self.body_field is None:
            return original

        async def handler(request: Request) -> Response:
            strict = _StrictRequest(request.scope, request.receive)
            await strict.load()
            return await original(strict)

        return handler


class _StrictRequest(Request):
    async def load(self) -> None:
        raw = await self.body()
        if not raw:
            return
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            raise Invalid(f"Send JSON with 'Content-Type: application/json', not {kind[:80]!r}.")
        self._json: Json = decode(raw, cast("Door", self.scope[DOOR]))
