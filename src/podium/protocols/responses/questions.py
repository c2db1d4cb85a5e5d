"""A chat as a request to Responses. Nothing is stored: what a model must see again is sent again.

Source: OpenAI's API reference, "Create a model response".
"""

from collections.abc import Iterator
from typing import Final

from podium.gateway.models import Capability, Model
from podium.kernel.json import Json, JsonObject
from podium.protocols.secrets import of_openai
from podium.protocols.shapes import (
    Misshapen,
    items,
    needed,
    objects,
    part,
    shown,
    text,
    truth,
    whole,
)

_AS_THEY_ARE: Final = (
    "temperature",
    "top_p",
    "metadata",
    "user",
    "safety_identifier",
    "prompt_cache_key",
    "service_tier",
    "parallel_tool_calls",
)
_SECRETS: Final = "reasoning.encrypted_content"
_LOGPROBS: Final = "message.output_text.logprobs"
_FILE: Final = ("filename", "file_data", "file_url", "file_id")


def question(chat: JsonObject, model: Model) -> dict[str, Json]:
    """Raises Misshapen."""
    _refuse(chat)
    told: list[Json] = []
    for at, message in objects(chat, "messages"):
        told.extend(_items(message, at))
    if not told:
        raise Misshapen("/messages", "must hold at least one message")
    body: dict[str, Json] = {"model": model.upstream_name, "input": told, "store": False}
    body.update({key: chat[key] for key in _AS_THEY_ARE if chat.get(key) is not None})
    if limit := whole(chat, "max_completion_tokens") or whole(chat, "max_tokens"):
        body["max_output_tokens"] = limit
    if truth(chat, "stream"):
        body["stream"] = True
    _reasoning(chat, model, body)
    _tools(chat, body)
    if wanted := _text(chat):
        body["text"] = wanted
    return body


def _refuse(chat: JsonObject) -> None:
    """What would make another answer than the caller reads."""
    if (whole(chat, "n") or 1) > 1:
        raise Misshapen("/n", "must be 1 for this model: it gives one answer")
    if chat.get("stop"):
        raise Misshapen("/stop", "cannot be used with this model: leave it out")
    if "audio" in items(chat, "modalities"):
        raise Misshapen("/modalities", "must be text for this model, got audio")


def _reasoning(chat: JsonObject, model: Model, body: dict[str, Json]) -> None:
    include: list[Json] = []
    if Capability.REASONING in model.capabilities:
        include.append(_SECRETS)
        if effort := text(chat, "reasoning_effort"):
            body["reasoning"] = {"effort": effort, "summary": "auto"}
    if truth(chat, "logprobs"):
        include.append(_LOGPROBS)
        body["top_logprobs"] = whole(chat, "top_logprobs") or 0
    if include:
        body["include"] = include


def _items(message: JsonObject, at: str) -> Iterator[Json]:
    match needed(message, "role", at):
        case "assistant":
            yield from _answer(message, at)
        case "tool":
            call = needed(message, "tool_call_id", at)
            yield {"type": "function_call_output", "call_id": call, "output": _content(message, at)}
        case "user" | "system" | "developer" as role:
            yield {"type": "message", "role": role, "content": _content(message, at)}
        case role:
            known = "system, developer, user, assistant or tool"
            raise Misshapen(f"{at}/role", f"must be {known}, got {shown(role)}")


def _answer(message: JsonObject, at: str) -> Iterator[Json]:
    yield from _thoughts(message, at)
    parts = list(_said(message, at))
    if parts:
        yield {"type": "message", "role": "assistant", "content": parts}
    for place, call in objects(message, "tool_calls", at):
        function = part(call, "function", place)
        yield {
            "type": "function_call",
            "call_id": needed(call, "id", place),
            "name": needed(function, "name", f"{place}/function"),
            "arguments": text(function, "arguments", f"{place}/function") or "{}",
        }


def _said(message: JsonObject, at: str) -> Iterator[Json]:
    content = message.get("content")
    if isinstance(content, str):
        if content:
            yield {"type": "output_text", "text": content}
        return
    for place, value in objects(message, "content", at):
        match needed(value, "type", place):
            case "text":
                yield {"type": "output_text", "text": text(value, "text", place)}
            case "refusal":
                yield {"type": "refusal", "refusal": text(value, "refusal", place)}
            case kind:
                raise Misshapen(f"{place}/type", f"must be text or refusal, got {shown(kind)}")


def _thoughts(message: JsonObject, at: str) -> Iterator[Json]:
    """Those that OpenAI encrypted, with their summaries; it cannot read others."""
    summaries: dict[str, list[Json]] = {}
    for place, detail in objects(message, "reasoning_details", at):
        id_ = text(detail, "id", place)
        match detail.get("type"):
            case "reasoning.summary":
                said: Json = {"type": "summary_text", "text": text(detail, "summary", place)}
                summaries.setdefault(id_, []).append(said)
            case "reasoning.encrypted" if secret := _secret(detail, place):
                yield {
                    "type": "reasoning",
                    "id": id_,
                    "summary": summaries.pop(id_, []),
                    "encrypted_content": secret,
                }
            case _:
                pass


def _secret(detail: JsonObject, at: str) -> str:
    """Empty where it is not OpenAI's, or nobody knows of which item."""
    return of_openai(text(detail, "data", at)) if detail.get("id") else ""


def _content(message: JsonObject, at: str) -> Json:
    content = message.get("content")
    if content is None or isinstance(content, str):
        return content or ""
    return [_part(value, place) for place, value in objects(message, "content", at)]


def _part(value: JsonObject, at: str) -> Json:
    match needed(value, "type", at):
        case "text":
            return {"type": "input_text", "text": text(value, "text", at)}
        case "image_url":
            return _image(value, at)
        case "file":
            file = part(value, "file", at)
            told = {key: file[key] for key in _FILE if file.get(key)}
            if "file_data" in told:
                told = {"filename": "document", **told}
            return {"type": "input_file", **told}
        case kind:
            known = "text, image_url or file"
            raise Misshapen(f"{at}/type", f"must be {known} for this model, got {shown(kind)}")


def _image(value: JsonObject, at: str) -> Json:
    given = value.get("image_url")
    if isinstance(given, str):
        return {"type": "input_image", "image_url": given, "detail": "auto"}
    image = part(value, "image_url", at)
    url = needed(image, "url", f"{at}/image_url")
    detail = text(image, "detail", f"{at}/image_url") or "auto"
    return {"type": "input_image", "image_url": url, "detail": detail}


def _tools(chat: JsonObject, body: dict[str, Json]) -> None:
    tools: list[Json] = [_tool(tool, at) for at, tool in objects(chat, "tools")]
    if tools:
        body["tools"] = tools
    match chat.get("tool_choice"):
        case None:
            pass
        case "auto" | "none" | "required" as word:
            body["tool_choice"] = word
        case {"type": "function", "function": {"name": str(name)}}:
            body["tool_choice"] = {"type": "function", "name": name}
        case other:
            known = "auto, required, none or a function"
            raise Misshapen("/tool_choice", f"must be {known} for this model, got {shown(other)}")


def _tool(tool: JsonObject, at: str) -> Json:
    if needed(tool, "type", at) != "function":
        said = f"must be function for this model, got {shown(tool.get('type'))}"
        raise Misshapen(f"{at}/type", said)
    function = part(tool, "function", at)
    told: dict[str, Json] = {
        "type": "function",
        "name": needed(function, "name", f"{at}/function"),
        "parameters": part(function, "parameters", f"{at}/function") or None,
        "strict": truth(function, "strict", f"{at}/function") or False,
    }
    if described := text(function, "description", f"{at}/function"):
        told["description"] = described
    return told


def _text(chat: JsonObject) -> dict[str, Json]:
    told: dict[str, Json] = {}
    if verbosity := text(chat, "verbosity"):
        told["verbosity"] = verbosity
    wanted = part(chat, "response_format")
    match text(wanted, "type", "/response_format"):
        case "" | "text":
            pass
        case "json_object":
            told["format"] = {"type": "json_object"}
        case "json_schema":
            schema = part(wanted, "json_schema", "/response_format")
            told["format"] = {"name": "answer", **schema, "type": "json_schema"}
        case kind:
            known = "text, json_object or json_schema"
            raise Misshapen("/response_format/type", f"must be {known}, got {shown(kind)}")
    return told
