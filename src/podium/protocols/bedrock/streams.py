"""ConverseStream: event messages as chunks."""

from collections.abc import Iterator, Sequence
from typing import Final

from podium.gateway.errors import Failure, UpstreamFailed
from podium.gateway.models import Outcome
from podium.kernel.json import Json, JsonObject
from podium.protocols.bedrock.answers import ending, image, usage
from podium.protocols.bodies import json_object
from podium.protocols.event_messages import Message, MessageReader, NotMessages
from podium.protocols.refusals import malformed
from podium.protocols.shapes import Misshapen, needed, part, text, whole

_STATUSES: Final = {
    "internalServerException": 500,
    "modelStreamErrorException": 500,
    "serviceUnavailableException": 503,
    "throttlingException": 429,
    "validationException": 400,
}


class ConverseChunks:
    """The port ChunkReader."""

    def __init__(self) -> None:
        self._messages: MessageReader = MessageReader()
        self._calls: dict[int, int] = {}
        """The number of a call by the index of its block."""
        self._images: dict[int, str] = {}
        self.finished: bool = False

    def feed(self, piece: bytes) -> Sequence[dict[str, Json]]:
        try:
            return [
                {**_HEAD, **chunk}
                for message in self._messages.feed(piece)
                for chunk in self._chunks(message)
            ]
        except NotMessages as bad:
            raise malformed(f"its stream cannot be read: {bad}") from bad
        except Misshapen as bad:
            raise bad.in_answer() from bad

    def _chunks(self, message: Message) -> Iterator[dict[str, Json]]:
        kind = message.headers.get(":message-type", "")
        if kind != "event":
            raise _broken(message)
        body = json_object(message.payload)
        if body is None:
            raise malformed("a message of its stream is not a JSON object")
        name = message.headers.get(":event-type", "")
        delta = self._delta(name, body)
        if delta:
            yield _chunk({"delta": delta, "finish_reason": None})
        if name == "messageStop":
            self.finished = True
            yield _chunk({"delta": {}, **ending(needed(body, "stopReason"))})
        if name == "metadata" and body.get("usage"):
            yield {"choices": [], "usage": usage(body)}

    def _delta(self, name: str, body: JsonObject) -> dict[str, Json]:
        match name:
            case "messageStart":
                return {"role": "assistant", "content": ""}
            case "contentBlockStart":
                return self._begun(part(body, "start"), whole(body, "contentBlockIndex") or 0)
            case "contentBlockDelta":
                return self._more(part(body, "delta"), whole(body, "contentBlockIndex") or 0)
            case _:
                return {}

    def _begun(self, start: JsonObject, block: int) -> dict[str, Json]:
        if "image" in start:
            self._images[block] = needed(part(start, "image", "/start"), "format", "/start/image")
        if "toolUse" not in start:
            return {}
        used, at = part(start, "toolUse", "/start"), "/start/toolUse"
        number = self._calls.setdefault(block, len(self._calls))
        function = {"name": needed(used, "name", at), "arguments": ""}
        call = {"id": needed(used, "toolUseId", at), "type": "function", "function": function}
        return {"tool_calls": [{"index": number, **call}]}

    def _more(self, delta: JsonObject, block: int) -> dict[str, Json]:
        if "text" in delta:
            return {"content": text(delta, "text", "/delta")}
        if "toolUse" in delta:
            if block not in self._calls:
                raise Misshapen("/contentBlockIndex", f"{block} is no call that has begun")
            more = text(part(delta, "toolUse", "/delta"), "input", "/delta/toolUse")
            call = {"index": self._calls[block], "function": {"arguments": more}}
            return {"tool_calls": [call]}
        if "reasoningContent" in delta:
            return _thought(part(delta, "reasoningContent", "/delta"), block)
        if "image" in delta and block in self._images:
            whole_image = {**part(delta, "image", "/delta"), "format": self._images[block]}
            return {"images": [image(whole_image, "/delta/image")]}
        return {}


_HEAD: Final[dict[str, Json]] = {
    "id": "",
    "object": "chat.completion.chunk",
    "created": 0,
    "model": "",
}


def _chunk(choice: dict[str, Json]) -> dict[str, Json]:
    return {"choices": [{"index": 0, **choice}]}


def _thought(content: JsonObject, block: int) -> dict[str, Json]:
    """Text, its signature, or what nobody may read: parts of the detail with this index."""
    at = "/delta/reasoningContent"
    if "redactedContent" in content:
        data = text(content, "redactedContent", at)
        return {
            "reasoning_details": [{"type": "reasoning.encrypted", "data": data, "index": block}]
        }
    said, signature = text(content, "text", at), text(content, "signature", at)
    detail: dict[str, Json] = {"type": "reasoning.text", "index": block}
    if said:
        return {"reasoning_content": said, "reasoning_details": [{**detail, "text": said}]}
    return {"reasoning_details": [{**detail, "signature": signature}]} if signature else {}


def _broken(message: Message) -> UpstreamFailed:
    """An exception of the model, or an error of the stream itself."""
    headers = message.headers
    code = headers.get(":exception-type") or headers.get(":error-code") or "error"
    body = json_object(message.payload) or {}
    said = body.get("message") or body.get("Message") or headers.get(":error-message", "")
    status = _STATUSES.get(code, 0)
    outcome = Outcome.STATUS if status else Outcome.BROKEN
    return UpstreamFailed(Failure(outcome, str(said) or code, status, code[:80]))
