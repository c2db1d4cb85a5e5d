"""Server-sent events, strictly and within bounds.

Source: WHATWG HTML, "Server-sent events", 9.2.5 and 9.2.6. Stricter than it: bytes that are not
UTF-8 and fields that it does not define are refused rather than skipped, because from a model's
provider they mean that something between it and podium answers with something else.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_FIELDS = frozenset({"data", "event", "id", "retry"})
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MESSAGE = "message"
"""The name of an event that has none."""
_LONGEST_RETRY = 86_400_000


class NotEvents(Exception):
    """The bytes are not a stream of events, or an event is larger than allowed."""


@dataclass(frozen=True, slots=True)
class Event:
    data: str
    name: str = MESSAGE


class EventReader:
    """Feed it pieces as they come; it yields the events that they complete.

    `last_id` is where the stream can be taken up again, empty where the server does not say;
    `retry` the milliseconds that it wants to be left alone before.
    """

    def __init__(self, most_bytes: int = 1_048_576) -> None:
        self._most: int = most_bytes
        self._open: list[bytes] = []
        """Pieces of the line that has not ended."""
        self._size: int = 0
        """Bytes of the event that has not ended."""
        self._data: list[str] = []
        self._name: str = ""
        self._started: bool = False
        self.last_id: str = ""
        self.retry: int = 0

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Raises NotEvents."""
        if not self._started:
            self._started = bool(piece)
            piece = piece.removeprefix(_BYTE_ORDER_MARK)
        self._open.append(piece)
        self._size += len(piece)
        if b"\n" in piece or b"\r" in piece or self._after_return():
            yield from self._lines()
        if self._size > self._most:
            raise NotEvents(f"an event is larger than {self._most:,} bytes")

    def _lines(self) -> Iterator[Event]:
        lines = b"".join(self._open).splitlines(keepends=True)
        self._open = [lines.pop()] if lines and not lines[-1].endswith(b"\n") else []
        for line in lines:
            event = self._line(line)
            if event is not None:
                yield event
        self._size = sum(map(len, self._open)) + sum(map(len, self._data))

    def _after_return(self) -> bool:
        """A piece that ended with a carriage return could not be split before this one came."""
        return any(piece.endswith(b"\r") for piece in self._open[-2:-1])

    def _line(self, line: bytes) -> Event | None:
        try:
            text = line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as bad:
            raise NotEvents("it is not UTF-8") from bad
        if not text:
            return self._end()
        field, _, value = text.partition(":")
        if field:
            self._field(field, value.removeprefix(" "))
        return None

    def _field(self, field: str, value: str) -> None:
        if field not in _FIELDS:
            raise NotEvents(f"a line begins with {field[:40]!r}")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._name = value
        elif field == "id" and "\0" not in value:
            self.last_id = value
        elif field == "retry" and value.isascii() and value.isdecimal():
            self.retry = min(int(value[:9]), _LONGEST_RETRY)

    def _end(self) -> Event | None:
        data, name = self._data, self._name
        self._data, self._name = [], ""
        return Event("\n".join(data), name or MESSAGE) if data else None
