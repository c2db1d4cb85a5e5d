"""Messages of a chat as Anthropic's: two roles in turn, and content in blocks."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.protocols.media import Media, media
from podium.protocols.secrets import is_anthropics
from podium.protocols.shapes import Misshapen, needed, objects, part, shown, text, truth
from podium.protocols.tool_calls import arguments

_NO_ID: Final = re.compile(r"[^A-Za-z0-9_-]")
_IMAGES: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_PDF: Final = "application/pdf"


@dataclass(slots=True)
class Turns:
    """A conversation as it is put together; turns of one role that follow each other are one.

    Blocks without text are left out: Anthropic refuses them.
    """

    system: list[Json] = field(default_factory=list[Json])
    messages: list[Json] = field(default_factory=list[Json])
    _role: str = ""
    _blocks: list[Json] = field(default_factory=list[Json])

    def message(self, message: JsonObject, at: str) -> None:
        """Raises Misshapen."""
        match needed(message, "role", at):
            case "user":
                self._say("user", list(_content(message, at)))
            case "assistant":
                self._say("assistant", list(_answer(message, at)))
            case "tool":
                self._say("user", [_result(message, at)])
            case "system" | "developer":
                self.system.extend(_content(message, at))
            case role:
                known = "system, developer, user, assistant or tool"
                raise Misshapen(f"{at}/role", f"must be {known}, got {shown(role)}")

    @property
    def lost_thoughts(self) -> bool:
        """Whether the last answer called tools, and came back without what was thought before."""
        match self.messages:
            case [
                *_,
                {"content": [{"type": str(first)}, *_]},
                {"content": [{"type": "tool_result"}, *_]},
            ]:
                return first not in {"thinking", "redacted_thinking"}
            case _:
                return False

    def _say(self, role: str, blocks: list[Json]) -> None:
        if not blocks:
            return
        if role != self._role:
            self._role, self._blocks = role, []
            self.messages.append({"role": role, "content": self._blocks})
        self._blocks.extend(blocks)


def brief(blocks: list[Json]) -> Json:
    """One plain text as itself."""
    match blocks:
        case [{"type": "text", "text": str(only), **rest}] if not rest:
            return only
        case _:
            return blocks


def _content(message: JsonObject, at: str) -> Iterator[Json]:
    content = message.get("content")
    if content is None:
        return
    if isinstance(content, str):
        if content:
            yield {"type": "text", "text": content}
        return
    for place, value in objects(message, "content", at):
        block = _part(value, place)
        if block:
            yield (
                {**block, "cache_control": mark} if (mark := value.get("cache_control")) else block
            )


def _part(value: JsonObject, at: str) -> JsonObject:
    """Empty for a part without text."""
    match needed(value, "type", at):
        case "text":
            said = text(value, "text", at)
            return {"type": "text", "text": said} if said else {}
        case "refusal":
            said = text(value, "refusal", at)
            return {"type": "text", "text": said} if said else {}
        case "image_url":
            return _image(media(value, at), at)
        case "file":
            return _file(value, at)
        case kind:
            known = "text, image_url or file"
            raise Misshapen(f"{at}/type", f"must be {known} for this model, got {shown(kind)}")


def _image(found: Media, at: str) -> JsonObject:
    if not found.data:
        return {"type": "image", "source": {"type": "url", "url": found.url}}
    if found.type not in _IMAGES:
        said = f"must be a JPEG, PNG, GIF or WebP for this model, got {shown(found.type)}"
        raise Misshapen(f"{at}/image_url", said)
    source: JsonObject = {"type": "base64", "media_type": found.type, "data": found.data}
    return {"type": "image", "source": source}


def _file(value: JsonObject, at: str) -> JsonObject:
    file = part(value, "file", at)
    known = text(file, "file_id", f"{at}/file")
    if known:
        return {"type": "document", "source": {"type": "file", "file_id": known}}
    found = media(value, at)
    if found.type in _IMAGES:
        return _image(found, at)
    block: dict[str, Json] = {"type": "document", "source": _document(found, at)}
    if found.name:
        block["title"] = found.name
    return block


def _document(found: Media, at: str) -> JsonObject:
    if not found.data:
        return {"type": "url", "url": found.url}
    if found.type == _PDF:
        return {"type": "base64", "media_type": _PDF, "data": found.data}
    if found.type.startswith("text/"):
        return {"type": "text", "media_type": "text/plain", "data": _decoded(found.data, at)}
    said = f"must be a PDF, a text or an image for this model, got {shown(found.type)}"
    raise Misshapen(f"{at}/file/file_data", said)


def _decoded(data: str, at: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode()
    except (binascii.Error, ValueError) as bad:
        raise Misshapen(f"{at}/file/file_data", "must be UTF-8 in base64") from bad


def _answer(message: JsonObject, at: str) -> Iterator[Json]:
    """Thoughts come first: Anthropic wants them before the tools that they led to."""
    yield from _thoughts(message, at)
    yield from _content(message, at)
    for place, call in objects(message, "tool_calls", at):
        function = part(call, "function", place)
        yield {
            "type": "tool_use",
            "id": _id(needed(call, "id", place)),
            "name": needed(function, "name", f"{place}/function"),
            "input": arguments(function, f"{place}/function"),
        }


def _thoughts(message: JsonObject, at: str) -> Iterator[Json]:
    """Those that Anthropic signed; it refuses others."""
    for place, one in objects(message, "reasoning_details", at):
        match needed(one, "type", place):
            case "reasoning.text" if is_anthropics(signature := text(one, "signature", place)):
                said = text(one, "text", place)
                yield {"type": "thinking", "thinking": said, "signature": signature}
            case "reasoning.encrypted" if is_anthropics(data := text(one, "data", place)):
                yield {"type": "redacted_thinking", "data": data}
            case _:
                pass


def _result(message: JsonObject, at: str) -> Json:
    block: dict[str, Json] = {
        "type": "tool_result",
        "tool_use_id": _id(needed(message, "tool_call_id", at)),
        "content": brief(list(_content(message, at))),
    }
    if truth(message, "is_error", at):
        block["is_error"] = True
    return block


def _id(given: str) -> str:
    """Other providers have characters in their ids that Anthropic refuses."""
    return _NO_ID.sub("_", given)
