"""Messages of a chat as Converse's content blocks."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.protocols.gemini.signatures import MARK
from podium.protocols.media import Media, media
from podium.protocols.shapes import Misshapen, needed, objects, part, shown, text
from podium.protocols.tool_calls import arguments

_IMAGES: Final = {
    "image/png": "png",
    "image/jpeg": "jpeg",
    "image/gif": "gif",
    "image/webp": "webp",
}
_DOCUMENTS: Final = {
    "application/msword": "doc",
    "application/pdf": "pdf",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/csv": "csv",
    "text/html": "html",
    "text/markdown": "md",
    "text/plain": "txt",
}
_SOUNDS: Final = {"audio/mpeg": "mp3", "audio/pcm": "pcm"}
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9\-()\[\]]+")


@dataclass(slots=True)
class Turns:
    """A conversation as it is put together; turns of one role that follow each other are one."""

    system: list[Json] = field(default_factory=list[Json])
    messages: list[Json] = field(default_factory=list[Json])
    uses_tools: bool = False
    _role: str = ""
    _content: list[Json] = field(default_factory=list[Json])

    def message(self, message: JsonObject, at: str) -> None:
        """Raises Misshapen."""
        match needed(message, "role", at):
            case "system" | "developer":
                self.system.extend(_blocks(message, at))
            case "user":
                self._say("user", list(_blocks(message, at)))
            case "assistant":
                calls = list(_calls(message, at))
                self.uses_tools = self.uses_tools or bool(calls)
                said = [*_reasoning(message, at), *_blocks(message, at), *calls]
                self._say("assistant", said)
            case "tool":
                self.uses_tools = True
                self._say("user", [_result(message, at)])
            case role:
                known = "system, developer, user, assistant or tool"
                raise Misshapen(f"{at}/role", f"must be {known}, got {shown(role)}")

    def _say(self, role: str, blocks: list[Json]) -> None:
        if not blocks:
            return
        if role != self._role:
            self._role, self._content = role, []
            self.messages.append({"role": role, "content": self._content})
        self._content.extend(blocks)


def cache_point(marked: JsonObject, at: str) -> Iterator[Json]:
    """What Anthropic marks on a part or tool is a block of its own behind it here."""
    marker = part(marked, "cache_control", at)
    if marker:
        lasts = text(marker, "ttl", f"{at}/cache_control")
        yield {"cachePoint": {"type": "default", **({"ttl": lasts} if lasts else {})}}


def _blocks(message: JsonObject, at: str) -> Iterator[Json]:
    """Blank texts are left out: Converse refuses them."""
    content = message.get("content")
    if content is None or isinstance(content, str):
        if content and content.strip():
            yield {"text": content}
        yield from cache_point(message, at)
        return
    for place, value in objects(message, "content", at):
        block = _block(value, place)
        if block:
            yield block
        yield from cache_point(value, place)


def _block(value: JsonObject, at: str) -> Json:
    match needed(value, "type", at):
        case "text" | "refusal" as kind:
            said = text(value, kind, at)
            return {"text": said} if said.strip() else {}
        case "image_url" | "input_audio" | "file":
            return _media(media(value, at), at)
        case kind:
            known = "text, image_url, input_audio or file"
            raise Misshapen(f"{at}/type", f"must be {known} for this model, got {shown(kind)}")


def _media(found: Media, at: str) -> Json:
    source = _source(found, at)
    if found.type in _IMAGES:
        return {"image": {"format": _IMAGES[found.type], "source": source}}
    if found.type.startswith("audio/"):
        kind = _SOUNDS.get(found.type, found.type.removeprefix("audio/"))
        return {"audio": {"format": kind, "source": source}}
    if found.type.startswith("video/"):
        return {"video": {"format": found.type.removeprefix("video/"), "source": source}}
    stem, _, ending = found.name.rpartition(".")
    kind = _DOCUMENTS.get(found.type, ending.lower())
    if kind not in _DOCUMENTS.values():
        known = ", ".join(sorted({*_DOCUMENTS.values(), *_IMAGES.values()}))
        raise Misshapen(at, f"must be one of {known} for this model, got {shown(found.type)}")
    name = _NOT_IN_NAMES.sub(" ", stem or found.name).strip()[:200]
    return {"document": {"format": kind, "name": name or "document", "source": source}}


def _source(found: Media, at: str) -> JsonObject:
    if found.data:
        return {"bytes": found.data}
    if found.url.startswith("s3://"):
        return {"s3Location": {"uri": found.url}}
    raise Misshapen(at, "must be a data: URL for this model; it fetches nothing from the web")


def _reasoning(message: JsonObject, at: str) -> Iterator[Json]:
    """What the model signed; thoughts that nobody signed are refused, and so are another's."""
    for place, detail in objects(message, "reasoning_details", at):
        signature, data = text(detail, "signature", place), text(detail, "data", place)
        if f"{signature}{data}".startswith(MARK):
            continue
        if detail.get("type") == "reasoning.text" and signature:
            thought = {"text": text(detail, "text", place), "signature": signature}
            yield {"reasoningContent": {"reasoningText": thought}}
        elif detail.get("type") == "reasoning.encrypted" and data:
            yield {"reasoningContent": {"redactedContent": data}}


def _calls(message: JsonObject, at: str) -> Iterator[Json]:
    for place, call in objects(message, "tool_calls", at):
        function = part(call, "function", place)
        yield {
            "toolUse": {
                "toolUseId": needed(call, "id", place),
                "name": needed(function, "name", f"{place}/function"),
                "input": arguments(function, f"{place}/function"),
            }
        }


def _result(message: JsonObject, at: str) -> Json:
    """A result has to have a block; an empty one has an empty object."""
    blocks = list(_blocks(message, at))
    content = [each for each in blocks if isinstance(each, Mapping) and "cachePoint" not in each]
    used = needed(message, "tool_call_id", at)
    return {"toolResult": {"toolUseId": used, "content": content or [{"json": {}}]}}
