"""AWS's binary event streams (application/vnd.amazon.eventstream), strictly and within bounds.

A message is: its length, the length of its headers, the CRC of these two; headers; payload; the CRC
of all before. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html
and Smithy's "Event Stream Specification" for the types of header values.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from zlib import crc32

_PRELUDE: Final = 12
_CRC: Final = 4
_LENGTH: Final = 2
_MOST_HEADERS: Final = 131_072
_FIXED: Final = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Sizes of values by type; 6 (bytes) and 7 (text) say theirs."""
_BYTES: Final = 6
_TEXT: Final = 7


class NotMessages(Exception):
    """The bytes are no such stream, are damaged, or a message is larger than allowed."""


@dataclass(frozen=True, slots=True)
class Message:
    """`headers` holds the texts among them; other kinds say nothing that is used here."""

    headers: Mapping[str, str]
    payload: bytes


class MessageReader:
    """Feed it pieces as they come; it yields the messages that they complete."""

    def __init__(self, most_bytes: int = 25_165_824) -> None:
        self._most: int = most_bytes
        self._open: bytearray = bytearray()

    def feed(self, piece: bytes) -> Iterator[Message]:
        """Raises NotMessages."""
        self._open += piece
        start = 0
        while (end := self._end(start)) and end <= len(self._open):
            message = bytes(self._open[start:end])
            start = end
            yield _message(message)
        del self._open[:start]

    def _end(self, start: int) -> int:
        """Where the message ends that begins there; 0 where its prelude is not there yet."""
        prelude = bytes(self._open[start : start + _PRELUDE])
        if len(prelude) < _PRELUDE:
            return 0
        total, headers = _number(prelude[:4]), _number(prelude[4:8])
        if crc32(prelude[:8]) != _number(prelude[8:]):
            raise NotMessages("the checksum of a message's beginning is wrong")
        if total > self._most:
            raise NotMessages(f"a message is larger than {self._most:,} bytes")
        if headers > _MOST_HEADERS or total < _PRELUDE + headers + _CRC:
            raise NotMessages("the lengths of a message contradict each other")
        return start + total


def _message(data: bytes) -> Message:
    body = data[:-_CRC]
    if crc32(body) != _number(data[-_CRC:]):
        raise NotMessages("the checksum of a message is wrong")
    split = _PRELUDE + _number(data[4:8])
    return Message(_headers(body[_PRELUDE:split]), body[split:])


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _headers(data: bytes) -> Mapping[str, str]:
    found: dict[str, str] = {}
    place = 0
    while place < len(data):
        name, place = _sized(data, place + 1, data[place])
        kind, place = _sized(data, place, 1)
        size = _FIXED.get(kind[0], -1)
        if kind[0] in {_BYTES, _TEXT}:
            length, place = _sized(data, place, _LENGTH)
            size = _number(length)
        if size < 0:
            raise NotMessages(f"a header has a value of the unknown kind {kind[0]}")
        value, place = _sized(data, place, size)
        if kind[0] == _TEXT:
            found[_text(name)] = _text(value)
    return found


def _sized(data: bytes, place: int, size: int) -> tuple[bytes, int]:
    value = data[place : place + size]
    if len(value) < size:
        raise NotMessages("a header goes beyond the headers")
    return value, place + size


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as bad:
        raise NotMessages("a header is not UTF-8") from bad
