"""A Response as a completion of a chat."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from podium.kernel.json import Json, JsonObject
from podium.protocols.responses.words import chat_usage, finish
from podium.protocols.secrets import from_openai
from podium.protocols.shapes import Misshapen, needed, objects, part, text, whole


@dataclass(slots=True)
class Said:
    """What the items of one output hold. Those of OpenAI's own tools leave nothing in a chat."""

    texts: list[str] = field(default_factory=list[str])
    refusals: list[str] = field(default_factory=list[str])
    thoughts: list[str] = field(default_factory=list[str])
    details: list[Json] = field(default_factory=list[Json])
    calls: list[Json] = field(default_factory=list[Json])
    logprobs: list[Json] = field(default_factory=list[Json])

    def item(self, item: JsonObject, at: str) -> None:
        """Raises Misshapen."""
        match needed(item, "type", at):
            case "message":
                for place, one in objects(item, "content", at):
                    self._part(one, place)
            case "function_call":
                self.calls.append(_call(item, at))
            case "reasoning":
                for detail in details(item, at):
                    self.details.append(detail)
                    self.thoughts.append(str(detail.get("summary") or detail.get("text") or ""))
            case _:
                pass

    def message(self) -> dict[str, Json]:
        told: dict[str, Json] = {"role": "assistant", "content": "".join(self.texts) or None}
        if self.refusals:
            told["refusal"] = "".join(self.refusals)
        if thought := "".join(self.thoughts):
            told["reasoning_content"] = thought
        if self.details:
            told["reasoning_details"] = self.details
        if self.calls:
            told["tool_calls"] = self.calls
        return told

    def _part(self, one: JsonObject, at: str) -> None:
        if one.get("type") == "refusal":
            self.refusals.append(text(one, "refusal", at))
            return
        self.texts.append(text(one, "text", at))
        self.logprobs.extend(logprob for _, logprob in objects(one, "logprobs", at))


def completion(body: JsonObject) -> dict[str, Json]:
    """Raises Misshapen."""
    if body.get("object") != "response" or not isinstance(body.get("output"), list):
        raise Misshapen("", "is no response with output")
    said = Said()
    for at, item in objects(body, "output"):
        said.item(item, at)
    choice: dict[str, Json] = {
        "index": 0,
        "message": said.message(),
        "logprobs": {"content": said.logprobs, "refusal": None} if said.logprobs else None,
        "finish_reason": finish(body, called=bool(said.calls)),
    }
    told: dict[str, Json] = {
        "id": text(body, "id"),
        "object": "chat.completion",
        "created": whole(body, "created_at"),
        "model": text(body, "model"),
        "choices": [choice],
    }
    usage = chat_usage(part(body, "usage"))
    return {**told, "usage": usage} if usage else told


def details(item: JsonObject, at: str) -> Iterator[dict[str, Json]]:
    """Of one item of reasoning; its id tells which of them belong together."""
    named: dict[str, Json] = {"id": text(item, "id", at)}
    for place, one in objects(item, "content", at):
        yield {"type": "reasoning.text", "text": text(one, "text", place), **named}
    summary = "\n\n".join(text(one, "text", place) for place, one in objects(item, "summary", at))
    if summary:
        yield {"type": "reasoning.summary", "summary": summary, **named}
    if secret := text(item, "encrypted_content", at):
        yield {"type": "reasoning.encrypted", "data": from_openai(secret), **named}


def _call(item: JsonObject, at: str) -> Json:
    function = {"name": needed(item, "name", at), "arguments": text(item, "arguments", at)}
    return {"id": needed(item, "call_id", at), "type": "function", "function": function}
