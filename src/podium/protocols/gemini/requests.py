"""A chat as the body of generateContent."""

from collections.abc import Mapping, Sequence
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.protocols.gemini.schemas import cleaned
from podium.protocols.gemini.turns import Turns
from podium.protocols.shapes import Misshapen, items, needed, objects, part, shown, text, whole

_AS_THEY_ARE: Final = {
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "n": "candidateCount",
    "seed": "seed",
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
    "logprobs": "responseLogprobs",
    "top_logprobs": "logprobs",
}
_BUDGETS: Final = {
    "none": 0,
    "minimal": 1024,
    "low": 1024,
    "medium": 8192,
    "high": 24576,
    "xhigh": 24576,
    "max": 24576,
}
"""Tokens for Gemini 2, and words for its successors, as Google's own OpenAI-compatible API maps
them: https://ai.google.dev/gemini-api/docs/openai, "Thinking".
"""
_LEVELS: Final = {
    "none": "minimal",
    "minimal": "minimal",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}
_MODES: Final = {"auto": "AUTO", "none": "NONE", "required": "ANY"}
_OWN_TOOLS: Final = frozenset(
    {"codeExecution", "computerUse", "fileSearch", "googleMaps", "googleSearch", "urlContext"}
)
_PASSED: Final = {"safety_settings": "safetySettings", "cached_content": "cachedContent"}


def generate_content(chat: JsonObject, model: str) -> dict[str, Json]:
    """Raises Misshapen, at what Gemini cannot be asked."""
    if chat.get("logit_bias"):
        raise Misshapen("/logit_bias", "cannot be said to this model. Leave it out")
    turns = Turns(model)
    for at, message in objects(chat, "messages"):
        turns.message(message, at)
    # Gemini answers turns: instructions alone are the question.
    asked = turns.contents or [{"role": "user", "parts": turns.system}]
    if turns.contents == [] and not turns.system:
        raise Misshapen("/messages", "must have a message with content")
    body: dict[str, Json] = {"contents": asked}
    if turns.contents and turns.system:
        body["systemInstruction"] = {"parts": turns.system}
    tools = _tools(chat)
    if tools:
        body["tools"] = tools
    config = _tool_config(chat)
    if config:
        body["toolConfig"] = {"functionCallingConfig": config}
    generation = {**_generation(chat), **_format(chat), **_thinking(chat, model)}
    if generation:
        body["generationConfig"] = generation
    return {**body, **{name: chat[key] for key, name in _PASSED.items() if key in chat}}


def _generation(chat: JsonObject) -> dict[str, Json]:
    made = {name: chat[key] for key, name in _AS_THEY_ARE.items() if chat.get(key) is not None}
    most = whole(chat, "max_completion_tokens") or whole(chat, "max_tokens")
    if most is not None:
        made["maxOutputTokens"] = most
    stop = chat.get("stop")
    if stop:
        made["stopSequences"] = [stop] if isinstance(stop, str) else items(chat, "stop")
    kinds = [str(kind).upper() for kind in items(chat, "modalities")]
    if kinds and kinds != ["TEXT"]:
        made["responseModalities"] = kinds
    return made


def _format(chat: JsonObject) -> dict[str, Json]:
    asked = part(chat, "response_format")
    match text(asked, "type", "/response_format"):
        case "json_object":
            return {"responseMimeType": "application/json"}
        case "json_schema":
            at = "/response_format/json_schema"
            schema = part(part(asked, "json_schema", "/response_format"), "schema", at)
            return {
                "responseMimeType": "application/json",
                **({"responseJsonSchema": cleaned(schema, f"{at}/schema")} if schema else {}),
            }
        case "" | "text":
            return {}
        case kind:
            known = "text, json_object or json_schema"
            raise Misshapen("/response_format/type", f"must be {known}, got {shown(kind)}")


def _thinking(chat: JsonObject, model: str) -> dict[str, Json]:
    asked, effort = part(chat, "thinking"), text(chat, "reasoning_effort")
    if asked:
        return {"thinkingConfig": _as_asked(asked)}
    if not effort:
        return {}
    if effort not in _LEVELS:
        known = ", ".join(_LEVELS)
        raise Misshapen("/reasoning_effort", f"must be one of {known}, got {shown(effort)}")
    shows = {"includeThoughts": True} if effort != "none" else {}
    if model.rpartition("/")[2].startswith("gemini-2"):
        return {"thinkingConfig": {**shows, "thinkingBudget": _BUDGETS[effort]}}
    return {"thinkingConfig": {**shows, "thinkingLevel": _LEVELS[effort]}}


def _as_asked(thinking: JsonObject) -> dict[str, Json]:
    """Anthropic's `thinking`: enabled with a budget, adaptive, or disabled."""
    if thinking.get("type") == "disabled":
        return {"thinkingBudget": 0}
    budget = whole(thinking, "budget_tokens", "/thinking")
    return {"includeThoughts": True, **({} if budget is None else {"thinkingBudget": budget})}


def _tools(chat: JsonObject) -> list[Json]:
    """All functions together, then Google's own tools, each as the caller wrote it."""
    declared: list[Json] = []
    own: list[Json] = []
    for at, tool in objects(chat, "tools"):
        mine = {key: value for key, value in tool.items() if key in _OWN_TOOLS}
        if mine:
            own.append(mine)
        elif tool.get("type") == "function":
            declared.append(_declared(part(tool, "function", at), f"{at}/function"))
        else:
            known = f"function, or have one of {', '.join(sorted(_OWN_TOOLS))}"
            raise Misshapen(f"{at}/type", f"must be {known}, got {shown(tool.get('type'))}")
    if isinstance(chat.get("web_search_options"), Mapping):
        own.append({"googleSearch": {}})
    return [{"functionDeclarations": declared}, *own] if declared else own


def _declared(function: JsonObject, at: str) -> dict[str, Json]:
    made: dict[str, Json] = {"name": needed(function, "name", at)}
    if said := text(function, "description", at):
        made["description"] = said
    parameters = part(function, "parameters", at)
    if parameters.get("properties") or parameters.get("$ref"):
        made["parametersJsonSchema"] = cleaned(parameters, f"{at}/parameters")
    return made


def _tool_config(chat: JsonObject) -> dict[str, Json]:
    choice = chat.get("tool_choice")
    if choice is None or not chat.get("tools"):
        return {}
    if isinstance(choice, str) and choice in _MODES:
        return {"mode": _MODES[choice]}
    asked: JsonObject = choice if isinstance(choice, Mapping) else {}
    match asked.get("type"):
        case "function":
            function = part(asked, "function", "/tool_choice")
            return _allowed("ANY", [needed(function, "name", "/tool_choice/function")])
        case "allowed_tools":
            at = "/tool_choice/allowed_tools"
            allowed = part(asked, "allowed_tools", "/tool_choice")
            names = [
                needed(part(tool, "function", place), "name", f"{place}/function")
                for place, tool in objects(allowed, "tools", at)
            ]
            return _allowed("ANY" if allowed.get("mode") == "required" else "VALIDATED", names)
        case _:
            known = "auto, none, required, a function or allowed_tools"
            raise Misshapen("/tool_choice", f"must be {known}, got {shown(choice)}")


def _allowed(mode: str, names: Sequence[str]) -> dict[str, Json]:
    return {"mode": mode, "allowedFunctionNames": list(names)}
