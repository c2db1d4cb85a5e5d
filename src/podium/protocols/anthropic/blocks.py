"""Blocks of Anthropic's content as messages and parts of a chat."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.protocols.anthropic.answers import encrypted
from podium.protocols.shapes import Misshapen, needed, objects, part, shown, text, truth
from podium.protocols.tool_calls import arguments_text

_KNOWN: Final = "text, image, document, search_result, tool_use, tool_result or thinking"


@dataclass(slots=True)
class _Turn:
    """What one message of Anthropic's holds; results of tools are messages of their own."""

    parts: list[Json] = field(default_factory=list[Json])
    calls: list[Json] = field(default_factory=list[Json])
    details: list[Json] = field(default_factory=list[Json])
    results: list[Json] = field(default_factory=list[Json])

    def block(self, block: JsonObject, at: str) -> None:
        match needed(block, "type", at):
            case "tool_use":
                self.calls.append(_call(block, at))
            case "tool_result":
                self.results.append(_result(block, at))
            case "thinking":
                said = text(block, "thinking", at)
                detail: dict[str, Json] = {"type": "reasoning.text", "text": said}
                if signature := text(block, "signature", at):
                    detail["signature"] = signature
                self.details.append(detail)
            case "redacted_thinking":
                self.details.append(encrypted(needed(block, "data", at)))
            case _:
                self.parts.extend(_parts(block, at))

    def answer(self) -> dict[str, Json]:
        said: dict[str, Json] = {"role": "assistant", "content": _brief(self.parts) or None}
        if self.details:
            thoughts = [one.get("text") for one in self.details if isinstance(one, dict)]
            said["reasoning_content"] = "".join(t for t in thoughts if isinstance(t, str))
            said["reasoning_details"] = self.details
        if self.calls:
            said["tool_calls"] = self.calls
        return said


def spoken(role: str, message: JsonObject, at: str) -> list[Json]:
    """One message of a user or an assistant. Raises Misshapen."""
    content = message.get("content")
    if isinstance(content, str):
        return [{"role": role, "content": content}]
    if content is None:
        raise Misshapen(f"{at}/content", "must be text or a list of blocks, got null")
    turn = _Turn()
    for place, block in objects(message, "content", at):
        turn.block(block, place)
    if role == "assistant":
        return [turn.answer()]
    told = turn.results
    if turn.parts or not told:
        told.append({"role": role, "content": _brief(turn.parts)})
    return told


def contents(holder: JsonObject, key: str, at: str) -> Json:
    """Text, or blocks that can stand anywhere, as the content of a message."""
    content = holder.get(key)
    if content is None or isinstance(content, str):
        return content or ""
    parts: list[Json] = []
    for place, block in objects(holder, key, at):
        parts.extend(_parts(block, place))
    return _brief(parts)


def _brief(parts: list[Json]) -> Json:
    match parts:
        case []:
            return ""
        case [{"type": "text", "text": str(only), **rest}] if not rest:
            return only
        case _:
            return parts


def _parts(block: JsonObject, at: str) -> Iterator[Json]:
    mark = part(block, "cache_control", at)
    for made in _made(block, at):
        yield {**made, "cache_control": mark} if mark else made


def _made(block: JsonObject, at: str) -> Iterator[JsonObject]:
    match block.get("type"):
        case "text":
            yield {"type": "text", "text": text(block, "text", at)}
        case "image":
            yield _image(part(block, "source", at), f"{at}/source")
        case "document":
            yield from _document(block, at)
        case "search_result":
            content = objects(block, "content", at)
            found = "".join(text(one, "text", place) for place, one in content)
            title, source = text(block, "title", at), text(block, "source", at)
            yield {"type": "text", "text": f"{title}\n{source}\n\n{found}"}
        case kind:
            said = f"must be {_KNOWN} for a model that is not Anthropic's, got {shown(kind)}"
            raise Misshapen(f"{at}/type", said)


def _image(source: JsonObject, at: str) -> JsonObject:
    match needed(source, "type", at):
        case "base64":
            kind, data = needed(source, "media_type", at), needed(source, "data", at)
            return {"type": "image_url", "image_url": {"url": f"data:{kind};base64,{data}"}}
        case "url":
            return {"type": "image_url", "image_url": {"url": needed(source, "url", at)}}
        case "file":
            return {"type": "file", "file": {"file_id": needed(source, "file_id", at)}}
        case kind:
            raise Misshapen(f"{at}/type", f"must be base64, url or file, got {shown(kind)}")


def _document(block: JsonObject, at: str) -> Iterator[JsonObject]:
    source, at = part(block, "source", at), f"{at}/source"
    file: dict[str, Json] = {}
    if title := block.get("title"):
        file["filename"] = str(title)
    match needed(source, "type", at):
        case "base64":
            kind, data = needed(source, "media_type", at), needed(source, "data", at)
            file["file_data"] = f"data:{kind};base64,{data}"
        case "text":
            data = base64.b64encode(text(source, "data", at).encode("utf-8", "replace")).decode()
            file["file_data"] = f"data:text/plain;base64,{data}"
        case "url":
            file["file_url"] = needed(source, "url", at)
        case "file":
            file["file_id"] = needed(source, "file_id", at)
        case "content":
            content = contents(source, "content", at)
            given = content if isinstance(content, list) else [{"type": "text", "text": content}]
            yield from (one for one in given if isinstance(one, dict))
            return
        case kind:
            known = "base64, text, url, file or content"
            raise Misshapen(f"{at}/type", f"must be {known}, got {shown(kind)}")
    yield {"type": "file", "file": file}


def _call(block: JsonObject, at: str) -> Json:
    given = arguments_text(part(block, "input", at), f"{at}/input")
    return {
        "id": needed(block, "id", at),
        "type": "function",
        "function": {"name": needed(block, "name", at), "arguments": given},
    }


def _result(block: JsonObject, at: str) -> Json:
    told: dict[str, Json] = {
        "role": "tool",
        "tool_call_id": needed(block, "tool_use_id", at),
        "content": contents(block, "content", at),
    }
    if truth(block, "is_error", at):
        told["is_error"] = True
    return told
