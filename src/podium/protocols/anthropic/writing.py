"""Chunks of a chat as events of Anthropic."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from podium.kernel.errors import PodiumError
from podium.kernel.json import Json, JsonObject
from podium.protocols.anthropic.errors import error_body
from podium.protocols.anthropic.messages import head
from podium.protocols.anthropic.stops import stop_reason
from podium.protocols.anthropic.usage import message_usage
from podium.protocols.shapes import Misshapen, items, objects, part, text, whole

_DELTA: Final = "content_block_delta"


class MessageWriter:
    """The port EventWriter. One block is open at a time: what does not belong to it closes it."""

    def __init__(self) -> None:
        self._begun: bool = False
        self._open: str = ""
        """`text`, `thinking` or `call N`; empty where no block is open."""
        self._number: int = -1
        """Of the block that was opened last."""
        self._calls: dict[int, int] = {}
        """Numbers of blocks by the numbers of the calls they hold."""
        self._reason: Json = None
        self._native: Json = None
        self._usage: JsonObject = {}

    def chunk(self, chunk: JsonObject) -> bytes:
        try:
            return b"".join(self._events(chunk))
        except Misshapen as bad:
            raise bad.in_answer() from None

    def end(self) -> bytes:
        reason = stop_reason(self._reason, self._native)
        ended: JsonObject = {"stop_reason": reason, "stop_sequence": None}
        usage = message_usage(self._usage)
        events = [] if self._begun else [self._begin({})]
        events.extend(self._close())
        events.append(_event("message_delta", {"delta": ended, "usage": usage}))
        events.append(_event("message_stop", {}))
        return b"".join(events)

    def error(self, error: PodiumError) -> bytes:
        return b"event: error\ndata: " + msgspec.json.encode(error_body(error)) + b"\n\n"

    def _events(self, chunk: JsonObject) -> Iterator[bytes]:
        if not self._begun:
            yield self._begin(chunk)
        self._usage = part(chunk, "usage") or self._usage
        choices = items(chunk, "choices")
        choice = choices[0] if choices else None
        if not isinstance(choice, Mapping):
            return
        delta = part(choice, "delta", "/choices/0")
        if "reasoning_content" in delta or "reasoning_details" in delta:
            yield from self._think(delta)
        if said := text(delta, "content", "/delta") or text(delta, "refusal", "/delta"):
            yield from self._switch("text", {"type": "text", "text": ""})
            yield self._more({"type": "text_delta", "text": said})
        if "tool_calls" in delta:
            for at, call in objects(delta, "tool_calls", "/delta"):
                yield from self._call(call, at)
        self._reason = choice.get("finish_reason") or self._reason
        self._native = choice.get("native_finish_reason") or self._native

    def _begin(self, chunk: JsonObject) -> bytes:
        self._begun = True
        message: JsonObject = {
            **head(chunk),
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": message_usage({}),
        }
        return _event("message_start", {"message": message})

    def _think(self, delta: JsonObject) -> Iterator[bytes]:
        """The parts of a thought where they are told, else its text."""
        told = False
        for at, detail in objects(delta, "reasoning_details", "/delta"):
            told = True
            if detail.get("type") == "reasoning.encrypted":
                block: JsonObject = {"type": "redacted_thinking", "data": text(detail, "data", at)}
                yield from self._switch("secret", block)
                yield from self._close()
                continue
            thought = text(detail, "text", at) or text(detail, "summary", at)
            yield from self._thought(thought, text(detail, "signature", at))
        if not told:
            yield from self._thought(text(delta, "reasoning_content", "/delta"), "")

    def _thought(self, thought: str, signature: str) -> Iterator[bytes]:
        """A signature ends its block: the next thought has one of its own."""
        if not thought and not signature:
            return
        block: JsonObject = {"type": "thinking", "thinking": "", "signature": ""}
        yield from self._switch("thinking", block)
        if thought:
            yield self._more({"type": "thinking_delta", "thinking": thought})
        if signature:
            yield self._more({"type": "signature_delta", "signature": signature})
            yield from self._close()

    def _call(self, call: JsonObject, at: str) -> Iterator[bytes]:
        number = whole(call, "index", at) or 0
        function = part(call, "function", at)
        if number not in self._calls:
            block: JsonObject = {
                "type": "tool_use",
                "id": text(call, "id", at) or f"toolu_{number}",
                "name": text(function, "name", f"{at}/function"),
                "input": {},
            }
            yield from self._switch(f"call {number}", block)
            self._calls[number] = self._number
        if said := text(function, "arguments", f"{at}/function"):
            delta: JsonObject = {"type": "input_json_delta", "partial_json": said}
            yield _event(_DELTA, {"index": self._calls[number], "delta": delta})

    def _switch(self, kind: str, block: JsonObject) -> Iterator[bytes]:
        if self._open == kind:
            return
        yield from self._close()
        self._open = kind
        self._number += 1
        yield _event("content_block_start", {"index": self._number, "content_block": block})

    def _more(self, delta: JsonObject) -> bytes:
        return _event(_DELTA, {"index": self._number, "delta": delta})

    def _close(self) -> Iterator[bytes]:
        if self._open:
            self._open = ""
            yield _event("content_block_stop", {"index": self._number})


def _event(kind: str, content: JsonObject) -> bytes:
    data = msgspec.json.encode({"type": kind, **content})
    return b"event: " + kind.encode() + b"\ndata: " + data + b"\n\n"
