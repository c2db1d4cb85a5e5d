"""What the tests of a cascade see, out of a body in the caller's protocol."""

from collections.abc import Iterator, Mapping
from typing import Final

from podium.gateway.routing.choice import Answer
from podium.kernel.json import Json, JsonObject

_NONE: Final[JsonObject] = {}
_MOST: Final = 100_000
"""Tokens whose log-probabilities are looked at."""


def answer_of(body: JsonObject) -> Answer:
    """Of a chat completion, a response, or an Anthropic message, told apart by their shape."""
    if "choices" in body:
        return _completion(body)
    if "output" in body:
        return _response(body)
    return _message(body)


def _completion(body: JsonObject) -> Answer:
    first = next(_objects(body.get("choices")), _NONE)
    message = _object(first, "message")
    return Answer(
        text=_text(message.get("content")),
        finish_reason=_word(first.get("finish_reason")),
        logprobs=tuple(_logprobs(_object(first, "logprobs").get("content"))),
        refused=bool(message.get("refusal")),
        calls_tools=bool(message.get("tool_calls")),
    )


def _response(body: JsonObject) -> Answer:
    parts = [p for item in _objects(body.get("output")) for p in _objects(item.get("content"))]
    kinds = {_word(item.get("type")) for item in _objects(body.get("output"))}
    return Answer(
        text="".join(_word(part.get("text")) for part in parts),
        finish_reason=_word(body.get("status")),
        logprobs=tuple(p for part in parts for p in _logprobs(part.get("logprobs"))),
        refused=any(part.get("type") == "refusal" for part in parts),
        calls_tools="function_call" in kinds,
    )


def _message(body: JsonObject) -> Answer:
    reason = _word(body.get("stop_reason"))
    return Answer(
        text=_text(body.get("content")),
        finish_reason=reason,
        refused=reason == "refusal",
        calls_tools=reason == "tool_use",
    )


def _text(content: Json) -> str:
    if isinstance(content, str):
        return content
    return "".join(_word(part.get("text")) for part in _objects(content))


def _logprobs(content: Json) -> Iterator[float]:
    for part in _objects(content):
        value = part.get("logprob")
        if isinstance(value, int | float):
            yield float(value)


def _objects(value: Json) -> Iterator[JsonObject]:
    for each in value[:_MOST] if isinstance(value, list | tuple) else ():
        if isinstance(each, Mapping):
            yield each


def _object(node: JsonObject, key: str) -> JsonObject:
    inner = node.get(key)
    return inner if isinstance(inner, Mapping) else _NONE


def _word(value: Json) -> str:
    return value if isinstance(value, str) else ""
