"""Completions and chunks of the many who speak like OpenAI, with what each does differently.

reasoning beside reasoning_content      OpenRouter, Groq, vLLM
content as a list of texts and thoughts Mistral
usage below x_groq, hits at the top     Groq, DeepSeek
reasoning that only the total counts    xAI
calls without an index or an id         Ollama, Gemini's OpenAI address
reasons to end of their own             TGI, Mistral, Perplexity
"""

from collections.abc import Mapping
from typing import Final

from podium.gateway.usage import usage_of
from podium.kernel.json import Json, JsonObject
from podium.protocols.shapes import Misshapen, items, objects, part, shown, text
from podium.protocols.tool_calls import arguments_text

_REASONS: Final = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})
_OTHERS: Final = {
    "max_tokens": "length",
    "model_length": "length",
    "tool_use": "tool_calls",
    "safety": "content_filter",
}


def completion(body: JsonObject) -> dict[str, Json]:
    """Raises Misshapen."""
    if not isinstance(body.get("choices"), list) or not body.get("choices"):
        raise Misshapen("", "has no 'choices'")
    choices: list[Json] = []
    for at, choice in objects(body, "choices"):
        message = _said(part(choice, "message", at), f"{at}/message")
        choices.append({**choice, "message": message, **_ended(choice)})
    return {**body, "choices": choices, **usage_in(body)}


def chunk(body: JsonObject) -> dict[str, Json]:
    """Raises Misshapen."""
    if not isinstance(body.get("choices"), list) and not body.get("usage"):
        raise Misshapen("", "has neither 'choices' nor 'usage'")
    choices: list[Json] = []
    for at, choice in objects(body, "choices"):
        delta = _said(part(choice, "delta", at), f"{at}/delta")
        choices.append({**choice, "delta": delta, **_ended(choice)})
    return {**body, "choices": choices, **usage_in(body)}


def usage_in(body: JsonObject) -> dict[str, Json]:
    """In one shape; nothing where nothing is told."""
    usage = usage_of(body)
    if usage is None:
        return {"usage": None} if "usage" in body else {}
    raw = part(body, "usage")
    told: dict[str, Json] = {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
    }
    details = raw.get("prompt_tokens_details")
    if isinstance(details, Mapping):
        told["prompt_tokens_details"] = {**details, "cached_tokens": usage.cached_input}
    elif usage.cached_input:
        told["prompt_tokens_details"] = {"cached_tokens": usage.cached_input}
    if usage.reasoning:
        told["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning}
    return {"usage": told}


def _said(said: JsonObject, at: str) -> JsonObject:
    """A message, or a delta of one."""
    changed: dict[str, Json] = {}
    if said.get("reasoning") and not said.get("reasoning_content"):
        changed["reasoning_content"] = text(said, "reasoning", at)
    if isinstance(said.get("content"), list):
        changed.update(_parts(said, at))
    elif "content" in said:
        _ = text(said, "content", at)
    if said.get("tool_calls"):
        changed["tool_calls"] = [
            _call(call, place, number)
            for number, (place, call) in enumerate(objects(said, "tool_calls", at))
        ]
    return {**said, **changed} if changed else said


def _parts(said: JsonObject, at: str) -> dict[str, Json]:
    texts: list[str] = []
    thoughts: list[str] = []
    for place, one in objects(said, "content", at):
        if one.get("type") == "thinking":
            thoughts.extend(text(each, "text", p) for p, each in objects(one, "thinking", place))
        else:
            texts.append(text(one, "text", place))
    told: dict[str, Json] = {"content": "".join(texts)}
    return {**told, "reasoning_content": "".join(thoughts)} if thoughts else told


def _call(call: JsonObject, at: str, number: int) -> Json:
    function = part(call, "function", at)
    given = function.get("arguments")
    if isinstance(given, Mapping):
        given = arguments_text(given, f"{at}/function/arguments")
    elif given is not None and not isinstance(given, str):
        raise Misshapen(f"{at}/function/arguments", f"must be text, got {shown(given)}")
    told: dict[str, Json] = {**call, "function": {**function, "arguments": given or ""}}
    if call.get("index") is None:
        told["index"] = number
    if function.get("name") and not call.get("id"):
        told["id"] = f"call_{told['index']}"
    return told


def _ended(choice: JsonObject) -> dict[str, Json]:
    reason = choice.get("finish_reason")
    if reason is None or not isinstance(reason, str) or not reason:
        return {"finish_reason": None}
    if reason in _REASONS:
        return {}
    word = reason.lower()
    return {"finish_reason": _OTHERS.get(word, "stop"), "native_finish_reason": reason}


def reasons(told: JsonObject) -> bool:
    """Whether a choice of it has ended."""
    choices = (one for one in items(told, "choices") if isinstance(one, Mapping))
    return any(choice.get("finish_reason") for choice in choices)
