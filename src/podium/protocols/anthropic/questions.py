"""A chat as a request to Anthropic's Messages.

Source: Anthropic's API reference, "Create a Message", version 2023-06-01: the later 2026-10-21
takes no temperature.
"""

from typing import Final

from podium.gateway.models import Capability, Model
from podium.kernel.json import Json, JsonObject
from podium.protocols.anthropic.thinking import asked
from podium.protocols.anthropic.turns import Turns, brief
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

ANSWER: Final = "podium_answer"
"""The tool that a model without structured output is made to call with its answer."""
_LIMIT: Final = 8_192
_WARMEST: Final = 1.0
_JSON: Final = "Answer with one JSON object and nothing else: no words around it, no code fence."


def question(chat: JsonObject, model: Model) -> dict[str, Json]:
    """Raises Misshapen."""
    turns = Turns()
    for at, message in objects(chat, "messages"):
        turns.message(message, at)
    if not turns.messages:
        raise Misshapen("/messages", "must hold a message of a user with content")
    limit = whole(chat, "max_completion_tokens") or whole(chat, "max_tokens") or _LIMIT
    body: dict[str, Json] = {
        "model": model.upstream_name,
        "max_tokens": limit,
        "messages": turns.messages,
        **asked(chat, model.upstream_name, limit),
        **_stops(chat),
        **_user(chat),
    }
    _tools(chat, body)
    _structure(chat, model, body, system=turns.system)
    if not part(chat, "thinking") and _cannot_think(body, turns):
        _ = body.pop("thinking", None)
    if turns.system:
        body["system"] = brief(turns.system)
    if truth(chat, "stream"):
        body["stream"] = True
    _refuse(chat)
    return _tempered(chat, body)


def _cannot_think(body: JsonObject, turns: Turns) -> bool:
    """Anthropic refuses thoughts where a tool must be called, and budgets for them where results
    of tools come back without the thoughts that led to their calls.
    """
    if part(body, "tool_choice").get("type") in {"any", "tool"}:
        return True
    return part(body, "thinking").get("type") == "enabled" and turns.lost_thoughts


def _refuse(chat: JsonObject) -> None:
    """What would make another answer than the caller reads."""
    if (whole(chat, "n") or 1) > 1:
        raise Misshapen("/n", "must be 1 for this model: it gives one answer")
    if truth(chat, "logprobs"):
        raise Misshapen("/logprobs", "must be false for this model: it tells no probabilities")
    if "audio" in items(chat, "modalities"):
        raise Misshapen("/modalities", "must be text for this model, got audio")


def _tempered(chat: JsonObject, body: dict[str, Json]) -> dict[str, Json]:
    """Who thinks has no temperature; where both are given, it goes before top_p."""
    if "thinking" in body:
        return body
    for key in ("temperature", "top_p", "top_k"):
        value = chat.get(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Misshapen(f"/{key}", f"must be a number, got {shown(value)}")
        if key == "temperature":
            value = min(value, _WARMEST)
        if key != "top_p" or "temperature" not in body:
            body[key] = value
    return body


def _stops(chat: JsonObject) -> dict[str, Json]:
    given = chat.get("stop")
    if given is None:
        return {}
    stops = [given] if isinstance(given, str) else items(chat, "stop")
    for number, stop in enumerate(stops):
        if not isinstance(stop, str):
            raise Misshapen(f"/stop/{number}", f"must be text, got {shown(stop)}")
    kept: list[Json] = [stop for stop in stops if isinstance(stop, str) and stop.strip()]
    return {"stop_sequences": kept} if kept else {}


def _user(chat: JsonObject) -> dict[str, Json]:
    user = text(chat, "safety_identifier") or text(chat, "user")
    return {"metadata": {"user_id": user}} if user else {}


def _tools(chat: JsonObject, body: dict[str, Json]) -> None:
    tools: list[Json] = [_tool(tool, at) for at, tool in objects(chat, "tools")]
    if not tools:
        return
    body["tools"] = tools
    choice = _choice(chat)
    if truth(chat, "parallel_tool_calls") is False and choice.get("type") != "none":
        choice = {"type": "auto", **choice, "disable_parallel_tool_use": True}
    if choice:
        body["tool_choice"] = choice


def _tool(tool: JsonObject, at: str) -> Json:
    if needed(tool, "type", at) != "function":
        said = f"must be function for this model, got {shown(tool.get('type'))}"
        raise Misshapen(f"{at}/type", said)
    function = part(tool, "function", at)
    place = f"{at}/function"
    made: dict[str, Json] = {
        "name": needed(function, "name", place),
        "input_schema": part(function, "parameters", place) or {"type": "object", "properties": {}},
    }
    if described := text(function, "description", place):
        made["description"] = described
    if truth(function, "strict", place):
        made["strict"] = True
    if mark := part(tool, "cache_control", at):
        made["cache_control"] = mark
    return made


def _choice(chat: JsonObject) -> JsonObject:
    match chat.get("tool_choice"):
        case None:
            return {}
        case "auto":
            return {"type": "auto"}
        case "required":
            return {"type": "any"}
        case "none":
            return {"type": "none"}
        case {"type": "function", "function": {"name": str(name)}}:
            return {"type": "tool", "name": name}
        case other:
            known = "auto, required, none or a function"
            raise Misshapen("/tool_choice", f"must be {known} for this model, got {shown(other)}")


def _structure(
    chat: JsonObject, model: Model, body: dict[str, Json], *, system: list[Json]
) -> None:
    """By the model's own means, or else by a tool that it must call."""
    wanted = part(chat, "response_format")
    match text(wanted, "type", "/response_format"):
        case "" | "text":
            return
        case "json_object":
            system.append({"type": "text", "text": _JSON})
        case "json_schema":
            at = "/response_format/json_schema"
            given = part(wanted, "json_schema", "/response_format")
            schema = part(given, "schema", at)
            if Capability.JSON_SCHEMA in model.capabilities:
                config = part(body, "output_config")
                format_: JsonObject = {"type": "json_schema", "schema": schema}
                body["output_config"] = {**config, "format": format_}
            else:
                _force(body, schema, text(given, "description", at))
        case other:
            known = "text, json_object or json_schema"
            raise Misshapen("/response_format/type", f"must be {known}, got {shown(other)}")


def _force(body: dict[str, Json], schema: JsonObject, described: str) -> None:
    """Who must call a tool cannot think first. With other tools it may call one of those."""
    others = items(body, "tools")
    tool: dict[str, Json] = {
        "name": ANSWER,
        "description": described or "Call this with the final answer.",
        "input_schema": schema,
    }
    body["tools"] = [*others, tool]
    body["tool_choice"] = {"type": "any"} if others else {"type": "tool", "name": ANSWER}
    _ = body.pop("thinking", None)
