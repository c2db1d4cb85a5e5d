"""Converse's answer as a completion."""

from collections.abc import Iterator
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.protocols.shapes import Misshapen, needed, objects, part, text, whole
from podium.protocols.tool_calls import arguments_text

_REASONS: Final = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
}
_SAME: Final = frozenset({"end_turn", "tool_use", "max_tokens"})


def completion(body: JsonObject) -> dict[str, Json]:
    """It does not say who answered. Raises Misshapen."""
    message = part(part(body, "output"), "message", "/output")
    if "content" not in message:
        raise Misshapen("/output/message/content", "is missing")
    return {
        "id": "",
        "object": "chat.completion",
        "created": 0,
        "model": "",
        "choices": [
            {
                "index": 0,
                "message": _message(message, "/output/message"),
                **ending(needed(body, "stopReason")),
            }
        ],
        "usage": usage(body),
    }


def _message(message: JsonObject, at: str) -> dict[str, Json]:
    said, thought = "", ""
    details: list[Json] = []
    calls: list[Json] = []
    images: list[Json] = []
    for place, block in objects(message, "content", at):
        said += text(block, "text", place) + _cited(block, place)
        if "reasoningContent" in block:
            detail = _reasoning(part(block, "reasoningContent", place), place)
            thought += str(detail.get("text", ""))
            details.append(detail)
        if "toolUse" in block:
            calls.append(_call(part(block, "toolUse", place), f"{place}/toolUse"))
        if "image" in block:
            images.append(image(part(block, "image", place), f"{place}/image"))
    made: dict[str, Json] = {"role": "assistant", "content": said or None}
    beside: dict[str, Json] = {
        "reasoning_content": thought,
        "reasoning_details": details,
        "images": images,
        "tool_calls": calls,
    }
    return {**made, **{name: value for name, value in beside.items() if value}}


def _cited(block: JsonObject, at: str) -> str:
    cited = part(block, "citationsContent", at)
    pieces = objects(cited, "content", f"{at}/citationsContent")
    return "".join(text(each, "text", place) for place, each in pieces)


def _reasoning(content: JsonObject, at: str) -> dict[str, Json]:
    at = f"{at}/reasoningContent"
    if "redactedContent" in content:
        return {"type": "reasoning.encrypted", "data": text(content, "redactedContent", at)}
    thought = part(content, "reasoningText", at)
    made: dict[str, Json] = {
        "type": "reasoning.text",
        "text": text(thought, "text", f"{at}/reasoningText"),
    }
    signature = text(thought, "signature", f"{at}/reasoningText")
    return {**made, "signature": signature} if signature else made


def _call(used: JsonObject, at: str) -> dict[str, Json]:
    return {
        "id": needed(used, "toolUseId", at),
        "type": "function",
        "function": {
            "name": needed(used, "name", at),
            "arguments": arguments_text(part(used, "input", at), f"{at}/input"),
        },
    }


def image(block: JsonObject, at: str) -> Json:
    data = needed(part(block, "source", at), "bytes", f"{at}/source")
    url = f"data:image/{needed(block, 'format', at)};base64,{data}"
    return {"type": "image_url", "image_url": {"url": url}}


def ending(reason: str) -> dict[str, Json]:
    told: dict[str, Json] = {"finish_reason": _REASONS.get(reason, "stop")}
    return told if reason in _SAME else {**told, "native_finish_reason": reason}


def usage(body: JsonObject) -> dict[str, Json]:
    """Converse counts what it read from and wrote to the cache beside the input, OpenAI within."""
    at, report = "/usage", part(body, "usage")

    def count(key: str) -> int:
        return max(0, whole(report, key, at) or 0)

    cached, written = count("cacheReadInputTokens"), count("cacheWriteInputTokens")
    given, put_out = count("inputTokens") + cached + written, count("outputTokens")
    details: dict[str, Json] = {"cached_tokens": cached, "cache_write_tokens": written}
    longer = sum(_longer(report))
    if longer:
        details["cache_write_1h_tokens"] = longer
    return {
        "prompt_tokens": given,
        "completion_tokens": put_out,
        "total_tokens": given + put_out,
        "prompt_tokens_details": details,
    }


def _longer(report: JsonObject) -> Iterator[int]:
    """Of the tokens written to the cache those that stay for an hour, which cost more."""
    for at, each in objects(report, "cacheDetails", "/usage"):
        if each.get("ttl") == "1h":
            yield max(0, whole(each, "inputTokens", at) or 0)
