"""A Message of Anthropic as a completion of a chat."""

from dataclasses import dataclass, field

from podium.kernel.json import Json, JsonObject
from podium.protocols.anthropic.questions import ANSWER
from podium.protocols.anthropic.stops import finish
from podium.protocols.anthropic.usage import chat_usage
from podium.protocols.shapes import Misshapen, needed, objects, part, text
from podium.protocols.tool_calls import arguments_text


@dataclass(slots=True)
class Said:
    """What the blocks of one answer hold."""

    texts: list[str] = field(default_factory=list[str])
    thoughts: list[str] = field(default_factory=list[str])
    details: list[Json] = field(default_factory=list[Json])
    calls: list[Json] = field(default_factory=list[Json])
    structured: bool = False

    def block(self, block: JsonObject, at: str) -> None:
        """Tools that Anthropic itself calls leave nothing in a chat but what is said of them."""
        match needed(block, "type", at):
            case "text":
                self.texts.append(text(block, "text", at))
            case "tool_use" if block.get("name") == ANSWER:
                self.texts.append(arguments_text(part(block, "input", at), f"{at}/input"))
                self.structured = True
            case "tool_use":
                self.calls.append(_call(block, at))
            case "thinking":
                self._thought(text(block, "thinking", at), text(block, "signature", at))
            case "redacted_thinking":
                data = text(block, "data", at)
                self.details.append(encrypted(data))
            case _:
                pass

    def message(self) -> dict[str, Json]:
        said: dict[str, Json] = {"role": "assistant", "content": "".join(self.texts) or None}
        if self.thoughts:
            said["reasoning_content"] = "".join(self.thoughts)
        if self.details:
            said["reasoning_details"] = self.details
        if self.calls:
            said["tool_calls"] = self.calls
        return said

    def _thought(self, thought: str, signature: str) -> None:
        self.thoughts.append(thought)
        detail: dict[str, Json] = {"type": "reasoning.text", "text": thought}
        if signature:
            detail["signature"] = signature
        self.details.append(detail)


def encrypted(data: str) -> JsonObject:
    return {"type": "reasoning.encrypted", "data": data}


def completion(body: JsonObject) -> dict[str, Json]:
    """Raises Misshapen."""
    if body.get("type") != "message" or not isinstance(body.get("content"), list):
        raise Misshapen("", "is no message with content")
    said = Said()
    for at, block in objects(body, "content"):
        said.block(block, at)
    ended = finish(body.get("stop_reason"))
    if said.structured and not said.calls:
        ended = {"finish_reason": "stop"}
    return {
        "id": text(body, "id"),
        "object": "chat.completion",
        "model": text(body, "model"),
        "choices": [{"index": 0, "message": said.message(), "logprobs": None, **ended}],
        "usage": chat_usage(part(body, "usage")),
    }


def _call(block: JsonObject, at: str) -> Json:
    given = part(block, "input", at)
    return {
        "id": needed(block, "id", at),
        "type": "function",
        "function": {
            "name": needed(block, "name", at),
            "arguments": arguments_text(given, f"{at}/input"),
        },
    }
