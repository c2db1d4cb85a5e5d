"""Items of a caller's input as messages of a chat."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.protocols.secrets import from_responses
from podium.protocols.shapes import Misshapen, needed, objects, part, shown, text

_KNOWN: Final = "message, function_call, function_call_output or reasoning"
_FILE: Final = ("filename", "file_data", "file_url", "file_id")


@dataclass(slots=True)
class Conversation:
    """Reasoning, texts and calls that follow each other are one message of the assistant."""

    messages: list[Json] = field(default_factory=list[Json])
    _open: bool = False
    _parts: list[Json] = field(default_factory=list[Json])
    _calls: list[Json] = field(default_factory=list[Json])
    _details: list[Json] = field(default_factory=list[Json])

    def item(self, item: JsonObject, at: str) -> None:
        """Raises Misshapen."""
        match item.get("type") or "message":
            case "message":
                self._message(item, at)
            case "function_call":
                self._open = True
                self._calls.append(_call(item, at))
            case "function_call_output":
                self.close()
                self.messages.append(_output(item, at))
            case "reasoning":
                self._open = True
                self._details.extend(_thoughts(item, at))
            case "item_reference":
                said = "refers to an item that is stored nowhere: send the item itself"
                raise Misshapen(at, said)
            case kind:
                said = f"must be {_KNOWN} for this model, got {shown(kind)}"
                raise Misshapen(f"{at}/type", said)

    def close(self) -> None:
        """End the message of the assistant that is open."""
        if not self._open:
            return
        told: dict[str, Json] = {"role": "assistant", "content": brief(self._parts) or None}
        if self._details:
            told["reasoning_content"] = "".join(map(_thought, self._details))
            told["reasoning_details"] = self._details
        if self._calls:
            told["tool_calls"] = self._calls
        self.messages.append(told)
        self._open = False
        self._parts, self._calls, self._details = [], [], []

    def _message(self, item: JsonObject, at: str) -> None:
        parts = list(contents(item, "content", at))
        match needed(item, "role", at):
            case "assistant":
                self._open = True
                self._parts.extend(parts)
            case "user" | "system" | "developer" as role:
                self.close()
                self.messages.append({"role": role, "content": brief(parts)})
            case role:
                known = "user, assistant, system or developer"
                raise Misshapen(f"{at}/role", f"must be {known}, got {shown(role)}")


def _thought(detail: Json) -> str:
    if not isinstance(detail, dict):
        return ""
    said = detail.get("summary") or detail.get("text")
    return said if isinstance(said, str) else ""


def brief(parts: list[Json]) -> Json:
    """One plain text as itself."""
    match parts:
        case []:
            return ""
        case [{"type": "text", "text": str(only)}]:
            return only
        case _:
            return parts


def contents(item: JsonObject, key: str, at: str) -> Iterator[Json]:
    content = item.get(key)
    if isinstance(content, str):
        yield {"type": "text", "text": content}
        return
    for place, value in objects(item, key, at):
        yield _part(value, place)


def _part(value: JsonObject, at: str) -> Json:
    match needed(value, "type", at):
        case "input_text" | "output_text" | "text":
            return {"type": "text", "text": text(value, "text", at)}
        case "refusal":
            return {"type": "refusal", "refusal": text(value, "refusal", at)}
        case "input_image":
            return _image(value, at)
        case "input_file":
            return {"type": "file", "file": {key: value[key] for key in _FILE if value.get(key)}}
        case "input_audio":
            return {"type": "input_audio", "input_audio": part(value, "input_audio", at)}
        case kind:
            known = "input_text, input_image, input_file, output_text or refusal"
            raise Misshapen(f"{at}/type", f"must be {known} for this model, got {shown(kind)}")


def _image(value: JsonObject, at: str) -> Json:
    if known := text(value, "file_id", at):
        return {"type": "file", "file": {"file_id": known}}
    url: dict[str, Json] = {"url": needed(value, "image_url", at)}
    if detail := text(value, "detail", at):
        url["detail"] = detail
    return {"type": "image_url", "image_url": url}


def _call(item: JsonObject, at: str) -> Json:
    function = {"name": needed(item, "name", at), "arguments": text(item, "arguments", at)}
    return {"id": needed(item, "call_id", at), "type": "function", "function": function}


def _output(item: JsonObject, at: str) -> Json:
    given = brief(list(contents(item, "output", at)))
    return {"role": "tool", "tool_call_id": needed(item, "call_id", at), "content": given}


def _thoughts(item: JsonObject, at: str) -> Iterator[Json]:
    """A summary that comes with a secret of Anthropic is the very thought that it signs."""
    secret = from_responses(text(item, "encrypted_content", at))
    summary = "\n\n".join(text(one, "text", place) for place, one in objects(item, "summary", at))
    raw = "".join(text(one, "text", place) for place, one in objects(item, "content", at))
    named: dict[str, Json] = {"id": item["id"]} if item.get("id") else {}
    has_secret = bool(item.get("encrypted_content"))
    if has_secret and (summary or raw) and ":" not in secret:
        yield {"type": "reasoning.text", "text": summary or raw, "signature": secret}
        return
    if raw:
        yield {"type": "reasoning.text", "text": raw, **named}
    if summary:
        yield {"type": "reasoning.summary", "summary": summary, **named}
    if has_secret:
        yield {"type": "reasoning.encrypted", "data": secret, **named}
