"""A stream of chat chunks that goes on to the caller as it came, but for what it did not ask for.

podium asks for usage always; a caller who did not ask sees neither the usage nor its `null`s.
"""

import re
from typing import Final, cast

import msgspec

from podium.gateway.models import Usage
from podium.gateway.usage import asks_for_usage
from podium.kernel.json import Json, JsonObject
from podium.protocols.bodies import json_object
from podium.protocols.event_blocks import Blocks, event_of, plain_data
from podium.protocols.formats import Noted
from podium.protocols.openai.chat_notes import Body, body_of, model_in, reasons_in, usage_in
from podium.protocols.refusals import broken, malformed

_DONE: Final = b"[DONE]"
_ENDING: Final = b"data: [DONE]\n\n"
_NULL: Final = b',"usage":null'
_SPACED_NULL: Final = re.compile(rb',\s*"usage"\s*:\s*null')


class ChatRelay:
    """The port Relay."""

    def __init__(self, request: JsonObject) -> None:
        self._hide: bool = not asks_for_usage(request)
        self._blocks: Blocks = Blocks()
        self._usage: Usage | None = None
        self._model: str = ""
        self._reasons: tuple[str, ...] = ()
        self._chunks: int = 0
        self._done: bool = False

    def feed(self, piece: bytes) -> bytes:
        if self._done:
            return b""
        blocks = self._blocks.feed(piece)
        if len(blocks) == 1 and blocks[0] is piece:
            return self._block(piece)
        said = [self._block(block) for block in blocks]
        if not self._done and self._blocks.rest.strip() == _ENDING.strip():
            said.append(self._end())
        return b"".join(said)

    def end(self) -> bytes:
        """Some providers just stop."""
        return b"" if self._done else self._end()

    @property
    def noted(self) -> Noted:
        return Noted(self._usage, self._model, self._reasons)

    @property
    def chunks(self) -> int:
        return self._chunks

    @property
    def finished(self) -> bool:
        return self._done or bool(self._reasons)

    def _block(self, block: bytes) -> bytes:
        if self._done:
            return b""
        data = plain_data(block)
        if data is None:
            return self._unusual(block)
        return self._chunk(block, data)

    def _unusual(self, block: bytes) -> bytes:
        """Comments, names, several lines of data, other ends of lines."""
        event = event_of(block)
        if event is None:
            return block
        data = event.data.encode()
        if event.name == "error":
            raise broken(json_object(data) or event.data)
        return self._chunk(block, data)

    def _chunk(self, block: bytes, data: bytes) -> bytes:
        if data.startswith(_DONE):
            return self._end()
        body = body_of(data)
        if body.choices is None and not body.usage:
            raise malformed("a chunk of its stream has neither 'choices' nor 'usage'")
        self._note(body)
        if self._hide and body.usage is not msgspec.UNSET:
            return _without_usage(block, data, body)
        return block

    def _note(self, body: Body) -> None:
        choices = body.choices
        if choices:
            self._chunks += 1
            if len(choices) > 1 or choices[0].finish_reason is not None:
                self._reasons += reasons_in(body)
        if body.usage or body.x_groq is not None:
            self._usage = usage_in(body) or self._usage
        if not self._model:
            self._model = model_in(body)

    def _end(self) -> bytes:
        self._done = True
        self._blocks.drop()
        return _ENDING


def _without_usage(block: bytes, data: bytes, body: Body) -> bytes:
    """A `null` is cut out of the bytes: a quote inside of a text has a backslash before it, so
    that these bytes can only be a field.
    """
    if body.usage is None:
        short = block.replace(_NULL, b"")
        return short if len(short) < len(block) else _SPACED_NULL.sub(b"", block)
    if not body.choices:
        return b""
    chunk = cast("dict[str, Json]", msgspec.json.decode(data))
    del chunk["usage"]
    return b"data: " + msgspec.json.encode(chunk) + b"\n\n"
