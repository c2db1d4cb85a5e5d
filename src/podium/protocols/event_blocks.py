"""A stream of events cut into whole events, as bytes, so that what goes on need not be rebuilt."""

import re
from typing import Final

from podium.protocols.refusals import malformed
from podium.protocols.sse import Event, EventReader, NotEvents

_END: Final = re.compile(rb"\r\n\r\n|\n\r?\n|\r\r")
_EMPTY_LINE: Final = b"\n\n"
_SEAM: Final = len("\r\n\r")
_DATA: Final = b"data: "


class Blocks:
    """Feed it pieces; it gives back the events that they complete, each with its empty line."""

    def __init__(self, most_bytes: int = 1_048_576) -> None:
        self._most: int = most_bytes
        self._open: list[bytes] = []
        self._size: int = 0
        self._last: bytes = b""
        """The end of what is open: an empty line may be cut, too."""

    def feed(self, piece: bytes) -> list[bytes]:
        """Raises UpstreamFailed for an event that is too large."""
        if not self._open and piece.find(_EMPTY_LINE) == len(piece) - 2 > 0 and b"\r" not in piece:
            return [piece]
        return self._cut(piece)

    @property
    def rest(self) -> bytes:
        """What has begun and not ended."""
        return b"".join(self._open)

    def drop(self) -> None:
        self._open.clear()
        self._size = 0
        self._last = b""

    def _cut(self, piece: bytes) -> list[bytes]:
        seam = self._last + piece
        self._last = seam[-_SEAM:]
        if _END.search(seam) is None:
            self._keep(piece)
            return []
        whole = b"".join((*self._open, piece))
        self.drop()
        if b"\r" not in whole:
            *ended, rest = whole.split(_EMPTY_LINE)
            self._begin(rest)
            return [block + _EMPTY_LINE for block in ended]
        blocks: list[bytes] = []
        start = 0
        for found in _END.finditer(whole):
            blocks.append(whole[start : found.end()])
            start = found.end()
        self._begin(whole[start:])
        return blocks

    def _begin(self, rest: bytes) -> None:
        self._last = rest[-_SEAM:]
        self._keep(rest)

    def _keep(self, piece: bytes) -> None:
        if not piece:
            return
        self._open.append(piece)
        self._size += len(piece)
        if self._size > self._most:
            raise malformed(f"an event of its stream is larger than {self._most:,} bytes")


def event_of(block: bytes) -> Event | None:
    """One event's name and data. Raises UpstreamFailed."""
    try:
        return next(EventReader(len(block) + 1).feed(block + b"\n"), None)
    except NotEvents as bad:
        raise malformed(f"its stream cannot be read: {bad}") from bad


def plain_data(block: bytes) -> bytes | None:
    """The data of an event that is nothing but one line of data; None for any other."""
    if block[:6] == _DATA and block.find(b"\n") == len(block) - 2 and b"\r" not in block:
        return block[6:-2]
    return None


def data_of(block: bytes) -> bytes | None:
    """The data of one event, whatever its name; None where it has none. Raises UpstreamFailed."""
    start = block.find(b"\n")
    if (
        block[start + 1 : start + 7] == _DATA
        and block[:7] == b"event: "
        and block.find(b"\n", start + 1) == len(block) - 2
        and b"\r" not in block
    ):
        return block[start + 7 : -2]
    data = plain_data(block)
    if data is not None:
        return data
    event = event_of(block)
    return None if event is None else event.data.encode()
