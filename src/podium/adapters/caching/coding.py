"""Entries as bytes: MessagePack, compressed where that pays."""

import zlib
from typing import Final

import msgspec

from podium.gateway.caching.entries import Entry
from podium.gateway.models import Usage, UsageSource
from podium.gateway.requests import Reply

_PLAIN: Final = b"0"
_PACKED: Final = b"1"
_WORTH: Final = 1_024
"""Bytes below which compressing costs more than it saves."""
_LEVEL: Final = 1
_LARGEST: Final = 67_108_864
"""Bytes that an entry may unpack to: what a store hands out is not trusted."""


class _Usage(msgspec.Struct, array_like=True):
    input: int
    output: int
    cached_input: int
    reasoning: int
    source: UsageSource


class _Stored(msgspec.Struct, array_like=True):
    """New fields go to the end, with a default: older entries are read without them."""

    stored_at: float
    body: bytes
    usage: _Usage | None
    model: str
    finish_reasons: tuple[str, ...]
    content_type: str


_decoder: Final = msgspec.msgpack.Decoder(_Stored)


def encoded(entry: Entry) -> bytes:
    reply, usage = entry.reply, entry.reply.usage
    stored = _Stored(
        entry.stored_at,
        reply.body,
        None
        if usage is None
        else _Usage(usage.input, usage.output, usage.cached_input, usage.reasoning, usage.source),
        reply.model,
        reply.finish_reasons,
        reply.content_type,
    )
    data = msgspec.msgpack.encode(stored)
    return _PLAIN + data if len(data) < _WORTH else _PACKED + zlib.compress(data, _LEVEL)


def decoded(data: bytes) -> Entry | None:
    """None for bytes that are no entry."""
    try:
        stored = _decoder.decode(_unpacked(data))
    except (msgspec.DecodeError, zlib.error):
        return None
    usage = stored.usage
    reply = Reply(
        stored.body,
        None
        if usage is None
        else Usage(usage.input, usage.output, usage.cached_input, usage.reasoning, usage.source),
        stored.model,
        stored.finish_reasons,
        stored.content_type,
    )
    return Entry(reply, stored.stored_at)


def _unpacked(data: bytes) -> bytes:
    if data[:1] != _PACKED:
        return data[1:]
    unpacking = zlib.decompressobj()
    return unpacking.decompress(data[1:], _LARGEST)
