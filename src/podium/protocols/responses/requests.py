"""A request to Responses as a chat. podium keeps no conversations: what refers to one is refused.

Source: OpenAI's API reference, "Responses".
"""

from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.protocols.responses.items import Conversation
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
_STORED: Final = {
    "previous_response_id": "send the earlier items in 'input'",
    "conversation": "send the earlier items in 'input'",
    "prompt": "send what it says in 'instructions' and 'input'",
}
_LOGPROBS: Final = "message.output_text.logprobs"


def chat_of(request: JsonObject) -> dict[str, Json]:
    """Raises Misshapen."""
    _refuse(request)
    chat: dict[str, Json] = {"model": needed(request, "model"), "messages": _messages(request)}
    chat.update({key: request[key] for key in _AS_THEY_ARE if request.get(key) is not None})
    if limit := whole(request, "max_output_tokens"):
        chat["max_completion_tokens"] = limit
    if effort := text(part(request, "reasoning"), "effort", "/reasoning"):
        chat["reasoning_effort"] = effort
    if truth(request, "stream"):
        chat["stream"] = True
    if _LOGPROBS in items(request, "include"):
        chat["logprobs"] = True
        chat["top_logprobs"] = whole(request, "top_logprobs") or 0
    _tools(request, chat)
    _text(part(request, "text"), chat)
    return chat


def _refuse(request: JsonObject) -> None:
    for key, advice in _STORED.items():
        if request.get(key):
            said = f"refers to what is stored elsewhere, which this model cannot see: {advice}"
            raise Misshapen(f"/{key}", said)
    if truth(request, "background"):
        raise Misshapen("/background", "must be false for this model: wait for the answer")


def _messages(request: JsonObject) -> list[Json]:
    told = Conversation()
    if instructions := text(request, "instructions"):
        told.messages.append({"role": "system", "content": instructions})
    given = request.get("input")
    if isinstance(given, str):
        told.messages.append({"role": "user", "content": given})
    for at, item in () if isinstance(given, str) else objects(request, "input"):
        told.item(item, at)
    told.close()
    if not given:
        raise Misshapen("/input", "must be text or a list of items, and not empty")
    return told.messages


def _tools(request: JsonObject, chat: dict[str, Json]) -> None:
    tools: list[Json] = [_tool(tool, at) for at, tool in objects(request, "tools")]
    if tools:
        chat["tools"] = tools
    match request.get("tool_choice"):
        case None:
            pass
        case "auto" | "none" | "required" as word:
            chat["tool_choice"] = word
        case {"type": "function", "name": str(name)}:
            chat["tool_choice"] = {"type": "function", "function": {"name": name}}
        case other:
            known = "auto, none, required or a function"
            raise Misshapen("/tool_choice", f"must be {known} for this model, got {shown(other)}")


def _tool(tool: JsonObject, at: str) -> Json:
    if (kind := needed(tool, "type", at)) != "function":
        said = f"must be function: {shown(kind)} is a tool that this model does not have"
        raise Misshapen(f"{at}/type", said)
    function: dict[str, Json] = {"name": needed(tool, "name", at)}
    if described := text(tool, "description", at):
        function["description"] = described
    if parameters := part(tool, "parameters", at):
        function["parameters"] = parameters
    if (strict := truth(tool, "strict", at)) is not None:
        function["strict"] = strict
    return {"type": "function", "function": function}


def _text(wanted: JsonObject, chat: dict[str, Json]) -> None:
    if verbosity := text(wanted, "verbosity", "/text"):
        chat["verbosity"] = verbosity
    format_ = part(wanted, "format", "/text")
    match text(format_, "type", "/text/format"):
        case "" | "text":
            pass
        case "json_object":
            chat["response_format"] = {"type": "json_object"}
        case "json_schema":
            _ = needed(format_, "name", "/text/format")
            schema = {k: v for k, v in format_.items() if k != "type" and v is not None}
            chat["response_format"] = {"type": "json_schema", "json_schema": schema}
        case kind:
            known = "text, json_object or json_schema"
            raise Misshapen("/text/format/type", f"must be {known}, got {shown(kind)}")
