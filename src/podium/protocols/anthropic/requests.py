"""A request to Anthropic's Messages as a chat.

Source: Anthropic's API reference, "Create a Message", versions 2023-06-01 and 2026-10-21.
"""

from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.protocols.anthropic.blocks import contents, spoken
from podium.protocols.anthropic.thinking import effort
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

_AS_THEY_ARE: Final = ("temperature", "top_p", "top_k", "thinking")
_TIERS: Final = {"auto": "auto", "standard_only": "default"}


def chat_of(request: JsonObject) -> dict[str, Json]:
    """Raises Misshapen. What only Anthropic can do is refused; its hints are left out."""
    limit = whole(request, "max_tokens")
    if limit is None or limit < 0:
        raise Misshapen("/max_tokens", f"must be a number of tokens, got {shown(limit)}")
    chat: dict[str, Json] = {
        "model": needed(request, "model"),
        "messages": messages(request),
        "max_completion_tokens": limit,
    }
    for key in _AS_THEY_ARE:
        if (value := request.get(key)) is not None:
            chat[key] = value
    if items(request, "mcp_servers"):
        raise Misshapen("/mcp_servers", "can only be used with a model of Anthropic itself")
    _options(request, chat)
    _tools(request, chat)
    _structure(request, chat)
    return chat


def messages(request: JsonObject) -> list[Json]:
    """`system` is the first of them."""
    told: list[Json] = []
    if request.get("system"):
        told.append({"role": "system", "content": contents(request, "system", "")})
    for at, message in objects(request, "messages"):
        match needed(message, "role", at):
            case "user" | "assistant" as role:
                told.extend(spoken(role, message, at))
            case "system":
                told.append({"role": "system", "content": contents(message, "content", at)})
            case role:
                known = "user, assistant or system"
                raise Misshapen(f"{at}/role", f"must be {known}, got {shown(role)}")
    if not items(request, "messages"):
        raise Misshapen("/messages", "must be a list of at least one message")
    return told


def _options(request: JsonObject, chat: dict[str, Json]) -> None:
    if stops := items(request, "stop_sequences"):
        chat["stop"] = stops
    if user := text(part(request, "metadata"), "user_id", "/metadata"):
        chat["user"] = user
    if tier := _TIERS.get(text(request, "service_tier")):
        chat["service_tier"] = tier
    if wanted := effort(request):
        chat["reasoning_effort"] = wanted
    if truth(request, "stream"):
        chat["stream"] = True


def _tools(request: JsonObject, chat: dict[str, Json]) -> None:
    tools: list[Json] = [_tool(tool, at) for at, tool in objects(request, "tools")]
    if tools:
        chat["tools"] = tools
    choice = part(request, "tool_choice")
    if not choice:
        return
    match needed(choice, "type", "/tool_choice"):
        case "auto" | "none" as word:
            chat["tool_choice"] = word
        case "any":
            chat["tool_choice"] = "required"
        case "tool":
            name = needed(choice, "name", "/tool_choice")
            chat["tool_choice"] = {"type": "function", "function": {"name": name}}
        case kind:
            known = "auto, any, tool or none"
            raise Misshapen("/tool_choice/type", f"must be {known}, got {shown(kind)}")
    if truth(choice, "disable_parallel_tool_use", "/tool_choice"):
        chat["parallel_tool_calls"] = False


def _tool(tool: JsonObject, at: str) -> Json:
    if (kind := text(tool, "type", at)) not in {"", "custom"}:
        said = f"must be custom: {shown(kind)} is a tool of Anthropic's own models"
        raise Misshapen(f"{at}/type", said)
    function: dict[str, Json] = {"name": needed(tool, "name", at)}
    if described := text(tool, "description", at):
        function["description"] = described
    function["parameters"] = part(tool, "input_schema", at)
    if truth(tool, "strict", at):
        function["strict"] = True
    made: dict[str, Json] = {"type": "function", "function": function}
    if mark := part(tool, "cache_control", at):
        made["cache_control"] = mark
    return made


def _structure(request: JsonObject, chat: dict[str, Json]) -> None:
    wanted = part(part(request, "output_config"), "format", "/output_config")
    at = "/output_config/format"
    if not wanted:
        wanted, at = part(request, "output_format"), "/output_format"
    if not wanted:
        return
    if needed(wanted, "type", at) != "json_schema":
        said = f"must be json_schema, got {shown(wanted.get('type'))}"
        raise Misshapen(f"{at}/type", said)
    chat["response_format"] = {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": part(wanted, "schema", at), "strict": True},
    }
