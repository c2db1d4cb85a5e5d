"""A stream of Anthropic's events that goes on to the caller as it came, read along."""

from typing import Final, TypeAlias, cast

import msgspec

from podium.gateway.models import Usage
from podium.gateway.usage import usage_of
from podium.kernel.json import Json, JsonObject
from podium.protocols.anthropic.usage import chat_usage
from podium.protocols.event_blocks import Blocks, data_of
from podium.protocols.formats import Noted
from podium.protocols.refusals import broken, malformed

_Value: TypeAlias = bool | int | float | str | list[object] | dict[str, object] | None


class _Message(msgspec.Struct, gc=False):
    """A whole Message, or what `message_start` holds of one."""

    type: _Value = None
    model: _Value = None
    stop_reason: _Value = None
    usage: _Value = None
    error: _Value = None


class _Delta(msgspec.Struct, gc=False):
    stop_reason: _Value = None


class _Event(msgspec.Struct, gc=False):
    type: str
    message: _Message | None = None
    delta: _Delta | None = None
    usage: _Value = None
    error: _Value = None


_events: Final = msgspec.json.Decoder(_Event)
_messages: Final = msgspec.json.Decoder(_Message)


class MessageRelay:
    """The port Relay."""

    def __init__(self) -> None:
        self._blocks: Blocks = Blocks()
        self._report: dict[str, Json] = {}
        self._model: str = ""
        self._reason: str = ""
        self._chunks: int = 0
        self._done: bool = False

    def feed(self, piece: bytes) -> bytes:
        if self._done:
            return b""
        blocks = self._blocks.feed(piece)
        for block in blocks:
            data = data_of(block)
            if data is not None and not self._done:
                self._event(data)
        return blocks[0] if len(blocks) == 1 else b"".join(blocks)

    def end(self) -> bytes:
        if self._done:
            return b""
        self._done = True
        return b'event: message_stop\ndata: {"type":"message_stop"}\n\n'

    @property
    def noted(self) -> Noted:
        usage = _usage(self._report) if self._report else None
        return Noted(usage, self._model, (self._reason,) if self._reason else ())

    @property
    def chunks(self) -> int:
        return self._chunks

    @property
    def finished(self) -> bool:
        return self._done or bool(self._reason)

    def _event(self, data: bytes) -> None:
        try:
            event = _events.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
            raise malformed(f"an event of its stream is not in the format: {bad}") from bad
        match event.type:
            case "content_block_delta":
                self._chunks += 1
            case "message_start" | "message_delta":
                self._note(event)
            case "message_stop":
                self._done = True
            case "error":
                raise broken(cast("Json", event.error))
            case _:
                pass

    def _note(self, event: _Event) -> None:
        message, delta = event.message, event.delta
        if message is not None:
            self._model = message.model if isinstance(message.model, str) else ""
        if delta is not None and isinstance(delta.stop_reason, str):
            self._reason = delta.stop_reason
        report = event.usage if message is None else message.usage
        if isinstance(report, dict):
            told = cast("JsonObject", report)
            self._report.update({key: value for key, value in told.items() if value is not None})


def noted(body: bytes) -> Noted:
    """Of a whole answer, or of a count of tokens. Raises UpstreamFailed where it is none."""
    try:
        message = _messages.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
        raise malformed(f"its answer is not in the format: {bad}") from bad
    if message.type == "error":
        raise broken(cast("Json", message.error))
    if message.type != "message":
        raise malformed("its answer is no message")
    model = message.model if isinstance(message.model, str) else ""
    reason = message.stop_reason if isinstance(message.stop_reason, str) else ""
    usage = message.usage if isinstance(message.usage, dict) else None
    told = _usage(cast("JsonObject", usage)) if usage else None
    return Noted(told, model, (reason,) if reason else ())


def _usage(report: JsonObject) -> Usage | None:
    return usage_of({"usage": chat_usage(report)})
