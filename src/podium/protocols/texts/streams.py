"""Events of a stream, each taken apart, its texts through a filter, and put together again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, cast

import msgspec

from podium.gateway.masking.ports import TextFilter
from podium.governance.masking.leaves import MACHINES, rewritten
from podium.kernel.json import Json
from podium.protocols.event_blocks import Blocks, event_of
from podium.protocols.sse import MESSAGE

DONE: Final = "[DONE]"
Content = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Told:
    """One event: its name, empty where it has none, and its data."""

    name: str
    data: Content


class Events(Protocol):
    """What one protocol knows of its events. The texts of an event may be changed in place."""

    def event(self, told: Told) -> Sequence[Told]:
        """What goes on in its place."""
        ...

    def rest(self) -> Sequence[Told]:
        """What is still held back when the stream ends."""
        ...


class EventTexts:
    """The port StreamTexts."""

    def __init__(self, events: Events) -> None:
        self._events: Events = events
        self._blocks: Blocks = Blocks()
        self._over: bool = False

    def feed(self, piece: bytes) -> bytes:
        """Raises UpstreamFailed for what are no events, and what the filter raises."""
        return b"".join(self._block(block) for block in self._blocks.feed(piece))

    def end(self) -> bytes:
        """Raises as `feed` does: what has begun and not ended may hold anything."""
        rest = self._blocks.rest
        last = self._block(rest) if rest.strip() else b""
        self._blocks.drop()
        return last + self._rest()

    def _block(self, block: bytes) -> bytes:
        event = event_of(block)
        if event is None:
            return block
        if event.data == DONE:
            return self._rest() + block
        name = "" if event.name == MESSAGE else event.name
        try:
            data = cast("Content", msgspec.json.decode(event.data, type=dict))
        except msgspec.DecodeError as bad:
            raise ValueError("an event of the stream is no JSON object") from bad
        return b"".join(map(_written, self._events.event(Told(name, data))))

    def _rest(self) -> bytes:
        if self._over:
            return b""
        self._over = True
        return b"".join(map(_written, self._events.rest()))


def _written(told: Told) -> bytes:
    name = f"event: {told.name}\n".encode() if told.name else b""
    return name + b"data: " + msgspec.json.encode(told.data) + b"\n\n"


def through(value: Json, filter: TextFilter, *, key: str = "") -> Json:
    """Every text of a value that comes in one piece. `key` is the one that it stands under."""
    if key in MACHINES:
        return value
    return rewritten(value, lambda leaf: filter.whole(leaf.text, json=leaf.json))


def part_of(value: Json) -> Content:
    """An object to change, also where it is none: a new one then."""
    return value if isinstance(value, dict) else {}
