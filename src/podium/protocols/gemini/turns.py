"""Messages of a chat as Gemini's contents."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.protocols.bodies import json_object
from podium.protocols.gemini.signatures import (
    UNSIGNED,
    Signed,
    of_call,
    signed,
    wants_signatures,
)
from podium.protocols.media import Media, media
from podium.protocols.shapes import Misshapen, needed, objects, part, shown, text
from podium.protocols.tool_calls import arguments

_BY_ENDING: Final = {
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "pdf": "application/pdf",
    "png": "image/png",
    "txt": "text/plain",
    "wav": "audio/wav",
    "webp": "image/webp",
}


@dataclass(slots=True)
class Turns:
    """A conversation as it is put together; turns of one role that follow each other are one."""

    model: str
    system: list[Json] = field(default_factory=list[Json])
    contents: list[Json] = field(default_factory=list[Json])
    _names: dict[str, str] = field(default_factory=dict[str, str])
    """Names of functions by the id of their call."""
    _role: str = ""
    _parts: list[Json] = field(default_factory=list[Json])

    def message(self, message: JsonObject, at: str) -> None:
        """Raises Misshapen."""
        match needed(message, "role", at):
            case "system" | "developer":
                self.system.extend(_content(message, at))
            case "user":
                self._say("user", list(_content(message, at)))
            case "assistant":
                self._say("model", self._answer(message, at))
            case "tool":
                self._say("user", [self._response(message, at)])
            case role:
                known = "system, developer, user, assistant or tool"
                raise Misshapen(f"{at}/role", f"must be {known}, got {shown(role)}")

    def _say(self, role: str, parts: list[Json]) -> None:
        if not parts:
            return
        if role != self._role:
            self._role, self._parts = role, []
            self.contents.append({"role": role, "parts": self._parts})
        self._parts.extend(parts)

    def _answer(self, message: JsonObject, at: str) -> list[Json]:
        kept = signed(message, at)
        said = [*_content(message, at)]
        calls = list(self._calls(message, at, kept))
        if said and not calls and (signature := kept.for_next()):
            said[-1] = {**said[-1], "thoughtSignature": signature}
        return [*kept.thoughts, *said, *calls]

    def _calls(self, message: JsonObject, at: str, kept: Signed) -> Iterator[Json]:
        for number, (place, call) in enumerate(objects(message, "tool_calls", at)):
            function = part(call, "function", place)
            name, id_ = needed(function, "name", f"{place}/function"), text(call, "id", place)
            if id_:
                self._names[id_] = name
            named: dict[str, Json] = {"id": id_, "name": name} if id_ else {"name": name}
            made: dict[str, Json] = {
                "functionCall": {**named, "args": arguments(function, f"{place}/function")}
            }
            signature = of_call(call, place) or kept.for_call(id_)
            if not signature and number == 0 and wants_signatures(self.model):
                signature = UNSIGNED
            yield {**made, "thoughtSignature": signature} if signature else made

    def _response(self, message: JsonObject, at: str) -> Json:
        id_ = needed(message, "tool_call_id", at)
        name = self._names.get(id_) or text(message, "name", at)
        if not name:
            said = f"names no tool call of an earlier message: {shown(id_)}"
            raise Misshapen(f"{at}/tool_call_id", said)
        parts = list(_content(message, at))
        texts = [str(each["text"]) for each in parts if "text" in each]
        others = [each for each in parts if "text" not in each]
        said = "".join(texts)
        response: dict[str, Json] = {"id": id_, "name": name}
        response["response"] = json_object(said) or {"output": said}
        return {"functionResponse": {**response, "parts": others} if others else response}


def _content(message: JsonObject, at: str) -> Iterator[JsonObject]:
    content = message.get("content")
    if content is None:
        return
    if isinstance(content, str):
        if content:
            yield {"text": content}
        return
    for place, value in objects(message, "content", at):
        yield _part(value, place)


def _part(value: JsonObject, at: str) -> JsonObject:
    match needed(value, "type", at):
        case "text":
            return {"text": text(value, "text", at)}
        case "refusal":
            return {"text": text(value, "refusal", at)}
        case "image_url" | "input_audio" | "file":
            return _media(media(value, at))
        case kind:
            known = "text, image_url, input_audio or file"
            raise Misshapen(f"{at}/type", f"must be {known} for this model, got {shown(kind)}")


def _media(found: Media) -> JsonObject:
    if found.data:
        return {"inlineData": {"mimeType": found.type, "data": found.data}}
    place = found.url.partition("?")[0].rpartition("/")[2]
    kind = found.type or _BY_ENDING.get(place.rpartition(".")[2].lower(), "")
    file: dict[str, Json] = {"fileUri": found.url}
    return {"fileData": {"mimeType": kind, **file} if kind else file}
