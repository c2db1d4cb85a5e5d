"""A chat as the body of Converse."""

from collections.abc import Mapping
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.protocols.bedrock.thinking import thinking
from podium.protocols.bedrock.turns import Turns, cache_point
from podium.protocols.shapes import Misshapen, items, needed, objects, part, shown, text, whole
from podium.protocols.tool_calls import arguments_text

_UNSAID: Final = ("logit_bias", "logprobs", "presence_penalty", "frequency_penalty")
_PASSED: Final = {
    "guardrail_config": "guardrailConfig",
    "performance_config": "performanceConfig",
    "prompt_variables": "promptVariables",
    "request_metadata": "requestMetadata",
}
_EXTRA: Final = "additional_model_request_fields"
_TIERS: Final = frozenset({"default", "flex", "priority", "reserved"})


def converse(chat: JsonObject, model: str) -> dict[str, Json]:
    """Raises Misshapen, at what Converse cannot be asked."""
    for key in _UNSAID:
        if chat.get(key):
            raise Misshapen(f"/{key}", "cannot be said to this model. Leave it out")
    if (whole(chat, "n") or 1) > 1:
        raise Misshapen("/n", "must be 1 for this model")
    turns = Turns()
    for at, message in objects(chat, "messages"):
        turns.message(message, at)
    messages, system = turns.messages, turns.system
    if not messages:
        # Converse answers a user: instructions alone are the question.
        messages, system = [{"role": "user", "content": system}], []
        if not turns.system:
            raise Misshapen("/messages", "must have a message with content")
    parts: dict[str, Json] = {
        "messages": messages,
        "system": system,
        "inferenceConfig": _inference(chat),
        "toolConfig": _tools(chat, needed_anyway=turns.uses_tools),
        "outputConfig": _output(chat),
        "additionalModelRequestFields": _additional(chat, model),
        "serviceTier": _tier(chat),
        **{name: chat[key] for key, name in _PASSED.items() if key in chat},
    }
    return {name: value for name, value in parts.items() if value}


def _inference(chat: JsonObject) -> dict[str, Json]:
    stop = chat.get("stop")
    made: dict[str, Json] = {
        "maxTokens": whole(chat, "max_completion_tokens") or whole(chat, "max_tokens"),
        "temperature": chat.get("temperature"),
        "topP": chat.get("top_p"),
        "stopSequences": [stop] if isinstance(stop, str) else (items(chat, "stop") or None),
    }
    return {name: value for name, value in made.items() if value is not None}


def _additional(chat: JsonObject, model: str) -> dict[str, Json]:
    made = thinking(chat, model)
    most = chat.get("top_k")
    if most is not None and "nova" in model:
        made["inferenceConfig"] = {"topK": most}
    elif most is not None:
        made["top_k"] = most
    return {**made, **part(chat, _EXTRA)}


def _tools(chat: JsonObject, *, needed_anyway: bool) -> dict[str, Json]:
    """Who chooses none gets none, but in conversations that used some: there Converse insists."""
    choice = chat.get("tool_choice")
    if choice == "none" and not needed_anyway:
        return {}
    tools: list[Json] = []
    for at, tool in objects(chat, "tools"):
        if tool.get("type") != "function":
            raise Misshapen(f"{at}/type", f"must be function, got {shown(tool.get('type'))}")
        tools.append({"toolSpec": _declared(part(tool, "function", at), f"{at}/function")})
        tools.extend(cache_point(tool, at))
    chosen = _choice(choice) if tools else {}
    made: dict[str, Json] = {"tools": tools} if tools else {}
    return {**made, "toolChoice": chosen} if chosen else made


def _declared(function: JsonObject, at: str) -> dict[str, Json]:
    parameters = part(function, "parameters", at) or {"type": "object", "properties": {}}
    made: dict[str, Json] = {"name": needed(function, "name", at)}
    if said := text(function, "description", at):
        made["description"] = said
    made["inputSchema"] = {"json": parameters}
    return {**made, "strict": True} if function.get("strict") is True else made


def _choice(choice: Json) -> dict[str, Json]:
    if choice is None or choice == "none":
        return {}
    if choice == "auto":
        return {"auto": {}}
    if choice == "required":
        return {"any": {}}
    if isinstance(choice, Mapping) and choice.get("type") == "function":
        function = part(choice, "function", "/tool_choice")
        return {"tool": {"name": needed(function, "name", "/tool_choice/function")}}
    known = "auto, none, required or a function"
    raise Misshapen("/tool_choice", f"must be {known} for this model, got {shown(choice)}")


def _output(chat: JsonObject) -> dict[str, Json]:
    asked = part(chat, "response_format")
    match text(asked, "type", "/response_format"):
        case "" | "text":
            return {}
        case "json_schema":
            at = "/response_format/json_schema"
            given = part(asked, "json_schema", "/response_format")
            schema = arguments_text(part(given, "schema", at), f"{at}/schema")
            made: dict[str, Json] = {"schema": schema}
            for key in ("name", "description"):
                if said := text(given, key, at):
                    made[key] = said
            return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": made}}}
        case kind:
            known = "text or json_schema"
            said = f"must be {known} for this model, got {shown(kind)}"
            raise Misshapen("/response_format/type", said)


def _tier(chat: JsonObject) -> dict[str, Json]:
    asked = chat.get("service_tier")
    return {"type": asked} if asked in _TIERS else {}
