"""Events of Anthropic as chunks of a chat.

Source: Anthropic, "Streaming Messages".
"""

from collections.abc import Sequence
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.protocols.anthropic.answers import encrypted
from podium.protocols.anthropic.questions import ANSWER
from podium.protocols.anthropic.stops import finish
from podium.protocols.anthropic.usage import chat_usage
from podium.protocols.bodies import json_object
from podium.protocols.event_blocks import Blocks, data_of
from podium.protocols.refusals import broken, malformed
from podium.protocols.shapes import Misshapen, needed, part, text, whole
from podium.protocols.tool_calls import arguments_text

_MOST_BLOCKS: Final = 100_000
_ANSWERING: Final = -1
"""In the place of a call's number: its arguments are the answer itself."""

Chunk = dict[str, Json]


class MessageReader:
    """The port ChunkReader."""

    def __init__(self) -> None:
        self._blocks: Blocks = Blocks()
        self._head: Chunk = {}
        self._usage: dict[str, Json] = {}
        self._calls: dict[int, int] = {}
        """Numbers of tool calls by the number of their block."""
        self._silent: set[int] = set()
        """Blocks of tool calls whose arguments have not come."""
        self._made: int = 0
        self._finish: Chunk = {}
        self._done: bool = False

    @property
    def finished(self) -> bool:
        return self._done or bool(self._finish)

    def feed(self, piece: bytes) -> Sequence[Chunk]:
        chunks: list[Chunk] = []
        for block in self._blocks.feed(piece):
            data = data_of(block)
            if data is None or self._done:
                continue
            event = json_object(data)
            if event is None:
                raise malformed("an event of its stream is not a JSON object")
            try:
                chunks.extend(self._event(event))
            except Misshapen as bad:
                raise bad.in_answer() from None
        return chunks

    def _event(self, event: JsonObject) -> Sequence[Chunk]:
        """Kinds that are not known are new ones, and pings."""
        match needed(event, "type"):
            case "content_block_delta":
                return self._delta(event)
            case "content_block_start":
                return self._start(event)
            case "content_block_stop":
                return self._stop(event)
            case kind:
                return self._frame(kind, event)

    def _frame(self, kind: str, event: JsonObject) -> Sequence[Chunk]:
        match kind:
            case "message_start":
                return self._begin(part(event, "message"))
            case "message_delta":
                return self._end(event)
            case "error":
                raise broken(event.get("error"))
            case _:
                self._done = self._done or kind == "message_stop"
                return ()

    def _begin(self, message: JsonObject) -> Sequence[Chunk]:
        self._head = {
            "id": text(message, "id", "/message"),
            "object": "chat.completion.chunk",
            "model": text(message, "model", "/message"),
        }
        self._usage = dict(part(message, "usage", "/message"))
        return (self._chunk({"role": "assistant", "content": ""}),)

    def _start(self, event: JsonObject) -> Sequence[Chunk]:
        block, at = part(event, "content_block"), "/content_block"
        number = _number(event)
        match needed(block, "type", at):
            case "tool_use":
                return self._call(number, block)
            case "text" if said := text(block, "text", at):
                return (self._chunk({"content": said}),)
            case "thinking" if said := text(block, "thinking", at):
                return (self._thought(number, said),)
            case "redacted_thinking":
                data = encrypted(text(block, "data", at))
                return (self._chunk({"reasoning_details": [{**data, "index": number}]}),)
            case _:
                return ()

    def _call(self, number: int, block: JsonObject) -> Sequence[Chunk]:
        name = needed(block, "name", "/content_block")
        given = part(block, "input", "/content_block")
        said = arguments_text(given, "/content_block/input") if given else ""
        if name == ANSWER:
            self._calls[number] = _ANSWERING
            return (self._chunk({"content": said}),) if said else ()
        self._calls[number] = self._made
        if not said:
            self._silent.add(number)
        call: Json = {
            "index": self._made,
            "id": needed(block, "id", "/content_block"),
            "type": "function",
            "function": {"name": name, "arguments": said},
        }
        self._made += 1
        return (self._chunk({"tool_calls": [call]}),)

    def _delta(self, event: JsonObject) -> Sequence[Chunk]:
        delta = part(event, "delta")
        match delta.get("type"):
            case "text_delta":
                return (self._chunk({"content": text(delta, "text", "/delta")}),)
            case "input_json_delta":
                return self._arguments(_number(event), text(delta, "partial_json", "/delta"))
            case "thinking_delta":
                return (self._thought(_number(event), text(delta, "thinking", "/delta")),)
            case "signature_delta":
                signed: Json = {
                    "type": "reasoning.text",
                    "signature": text(delta, "signature", "/delta"),
                    "index": _number(event),
                }
                return (self._chunk({"reasoning_details": [signed]}),)
            case _:
                return ()

    def _arguments(self, number: int, said: str) -> Sequence[Chunk]:
        call = self._calls.get(number)
        if call is None or not said:
            return ()
        self._silent.discard(number)
        if call == _ANSWERING:
            return (self._chunk({"content": said}),)
        return (self._chunk({"tool_calls": [{"index": call, "function": {"arguments": said}}]}),)

    def _stop(self, event: JsonObject) -> Sequence[Chunk]:
        """A call without arguments has an empty object, as OpenAI's have."""
        number = _number(event)
        return self._arguments(number, "{}") if number in self._silent else ()

    def _thought(self, number: int, said: str) -> Chunk:
        detail: Json = {"type": "reasoning.text", "text": said, "index": number}
        return self._chunk({"reasoning_content": said, "reasoning_details": [detail]})

    def _end(self, event: JsonObject) -> Sequence[Chunk]:
        report = part(event, "usage")
        self._usage.update({key: value for key, value in report.items() if value is not None})
        reason = part(event, "delta").get("stop_reason")
        if reason is None:
            return ()
        self._finish = finish(reason)
        if self._made == 0 and _ANSWERING in self._calls.values():
            self._finish = {"finish_reason": "stop"}
        last = self._chunk({}, self._finish)
        last["usage"] = chat_usage(self._usage)
        return (last,)

    def _chunk(self, delta: Json, ended: JsonObject | None = None) -> Chunk:
        choice = {"index": 0, "delta": delta, **(ended or {"finish_reason": None})}
        return {**self._head, "choices": [choice]}


def _number(event: JsonObject) -> int:
    number = whole(event, "index")
    if number is None or not 0 <= number < _MOST_BLOCKS:
        raise Misshapen("/index", "must be the number of a block")
    return number
