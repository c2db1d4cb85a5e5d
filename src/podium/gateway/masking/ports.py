"""What masking and guardrails need from the wire formats."""

from typing import Protocol

from podium.gateway.requests import Request


class TextFilter(Protocol):
    """What is done with the texts of one answer. A channel is one text that comes in pieces."""

    def piece(self, channel: str, text: str, *, json: bool = False) -> str:
        """What goes on now; the rest is held back. `json`: the text is a part of a JSON text."""
        ...

    def end(self, channel: str) -> str:
        """What was held back of a channel that has ended."""
        ...

    def whole(self, text: str, *, json: bool = False) -> str:
        """Of a text that comes in one piece."""
        ...

    def tool(self, name: str) -> None:
        """A tool that the answer calls."""
        ...


class StreamTexts(Protocol):
    """One stream in a caller's protocol, whose texts go through a filter."""

    def feed(self, piece: bytes) -> bytes: ...

    def end(self) -> bytes: ...


class TextForm(Protocol):
    """Where the texts of a protocol's streams are."""

    def texts(self, request: Request, filter: TextFilter) -> StreamTexts: ...
