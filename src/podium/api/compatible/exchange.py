"""What comes in and what goes out, whoever serves it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import anyio
from msgspec import Struct

from podium.api.compatible.addresses import Address
from podium.api.ports import Stream

JSON: Final = "application/json"
EVENTS: Final = "text/event-stream"
_CLOSING: Final = 5.0


class RawHeaders:
    """Header fields as they came: names in lower case. Of a repeated one the first counts."""

    __slots__: tuple[str, ...] = ("_fields",)

    def __init__(self, fields: Sequence[tuple[bytes, bytes]]) -> None:
        self._fields: dict[bytes, bytes] = dict(fields)
        if len(self._fields) != len(fields):
            self._fields = dict(reversed(fields))

    def __contains__(self, name: str) -> bool:
        return name.encode() in self._fields

    def get(self, name: str, default: str = "") -> str:
        value = self._fields.get(name.encode())
        return default if value is None else value.decode("latin-1")

    def these(self, names: Sequence[str]) -> Mapping[str, str]:
        """Those of the names that are there."""
        return {name: self.get(name) for name in names if name.encode() in self._fields}

    def beginning(self, prefix: str) -> Mapping[str, str]:
        """The fields whose names begin so, by the rest of their names."""
        start = prefix.encode()
        return {
            name[len(start) :].decode("latin-1"): value.decode("latin-1")
            for name, value in self._fields.items()
            if name.startswith(start)
        }


class Incoming(Struct, frozen=True):
    address: Address
    headers: RawHeaders
    body: bytes
    scheme: str = "http"
    client: str = ""
    """The network address of the caller."""


class Whole(Struct, frozen=True):
    status: int
    headers: Mapping[str, str]
    body: bytes
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class Streamed:
    """Hold the stream (`held`) while it is read."""

    headers: Mapping[str, str]
    stream: Stream
    address: Address


Outgoing = Whole | Streamed


@asynccontextmanager
async def held(stream: Stream) -> AsyncGenerator[Stream]:
    """Close it also where the caller is being cancelled: that is what frees the upstream."""
    try:
        yield stream
    finally:
        with anyio.move_on_after(_CLOSING, shield=True):
            await stream.aclose()
