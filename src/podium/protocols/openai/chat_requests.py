"""A chat that another format's caller asked, as OpenAI's chat completions take it.

What a chat knows beyond OpenAI's own fields is left out but for what the provider `knows`: OpenAI
and many who speak like it refuse fields that they do not know.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Final

from podium.gateway.models import Capability, Model
from podium.kernel.json import Json, JsonObject
from podium.protocols.media import media
from podium.protocols.shapes import Misshapen, needed, objects, part, text, truth, whole

BEYOND: Final = frozenset(
    {"cache_control", "is_error", "reasoning_content", "reasoning_details", "thinking", "top_k"}
)
_REASONERS: Final = re.compile(r"(?:^|/)(?:o\d|gpt-(?:[5-9]|\d\d)|codex)")
"""Models of OpenAI that refuse max_tokens, which all others know."""
_OWN_LIMITS: Final = frozenset({"max_tokens", "max_completion_tokens"})
_RICH: Final = frozenset({"image_url", "file", "input_audio"})


def body_of(chat: JsonObject, model: Model, knows: frozenset[str]) -> dict[str, Json]:
    """Raises Misshapen."""
    unknown = BEYOND - knows
    body = {k: v for k, v in chat.items() if k not in unknown and k not in _OWN_LIMITS}
    body["model"] = model.upstream_name
    body["messages"] = _messages(chat, unknown)
    if limit := whole(chat, "max_completion_tokens") or whole(chat, "max_tokens"):
        named = _REASONERS.search(model.upstream_name)
        body["max_completion_tokens" if named else "max_tokens"] = limit
    if Capability.REASONING not in model.capabilities:
        _ = body.pop("reasoning_effort", None)
    if tools := [_without(tool, unknown) for _, tool in objects(chat, "tools")]:
        body["tools"] = tools
    if truth(chat, "stream"):
        body["stream_options"] = {**part(chat, "stream_options"), "include_usage": True}
    return body


def _messages(chat: JsonObject, unknown: frozenset[str]) -> list[Json]:
    """Results of tools hold text alone: their pictures follow in a message of the user."""
    told: list[Json] = []
    pictures: list[Json] = []
    for at, message in objects(chat, "messages"):
        is_result = needed(message, "role", at) == "tool"
        if pictures and not is_result:
            told.append({"role": "user", "content": pictures})
            pictures = []
        told.append(_message(message, at, unknown))
        if is_result and isinstance(message.get("content"), list):
            told[-1], seen = _result(told[-1])
            pictures.extend(seen)
    if pictures:
        told.append({"role": "user", "content": pictures})
    return told


def _message(message: JsonObject, at: str, unknown: frozenset[str]) -> Json:
    kept = _without(message, unknown)
    if not isinstance(message.get("content"), list):
        return kept
    parts: list[Json] = [
        _part(_without(one, unknown), place) for place, one in objects(message, "content", at)
    ]
    return {**kept, "content": parts}


def _without(value: JsonObject, unknown: frozenset[str]) -> JsonObject:
    if unknown.isdisjoint(value):
        return value
    return {key: kept for key, kept in value.items() if key not in unknown}


def _result(message: Json) -> tuple[Json, list[Json]]:
    if not isinstance(message, Mapping):
        return message, []
    content = message.get("content")
    parts = (
        [one for one in content if isinstance(one, Mapping)] if isinstance(content, list) else []
    )
    seen: list[Json] = [one for one in parts if one.get("type") in _RICH]
    texts: list[Json] = [one for one in parts if one.get("type") not in _RICH]
    if seen and not texts:
        texts = [{"type": "text", "text": "See below."}]
    return {**message, "content": texts or ""}, seen


def _part(value: JsonObject, at: str) -> JsonObject:
    if needed(value, "type", at) != "file":
        return value
    file = part(value, "file", at)
    if text(file, "file_id", f"{at}/file"):
        return value
    found = media(value, at)
    if not found.data:
        said = "must be the file's data: this provider fetches no documents by their address"
        raise Misshapen(f"{at}/file/file_url", said)
    if found.type.startswith("image/"):
        url = f"data:{found.type};base64,{found.data}"
        return {"type": "image_url", "image_url": {"url": url}}
    if found.type.startswith("text/"):
        title = f"{found.name}:\n\n" if found.name else ""
        return {"type": "text", "text": title + _decoded(found.data, at)}
    data: JsonObject = {"filename": found.name or "document.pdf", "file_data": file["file_data"]}
    return {"type": "file", "file": data}


def _decoded(data: str, at: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode()
    except (binascii.Error, ValueError) as bad:
        raise Misshapen(f"{at}/file/file_data", "must be UTF-8 in base64") from bad
