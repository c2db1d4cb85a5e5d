"""A completion of a chat as a Message of Anthropic."""

from collections.abc import Iterator, Mapping

from podium.kernel.json import Json, JsonObject
from podium.protocols.anthropic.stops import stop_reason
from podium.protocols.anthropic.usage import message_usage
from podium.protocols.shapes import Misshapen, items, needed, objects, part, text
from podium.protocols.tool_calls import arguments


def message(completion: JsonObject) -> dict[str, Json]:
    """Raises Misshapen."""
    choices = items(completion, "choices")
    choice = choices[0] if choices else None
    if not isinstance(choice, Mapping):
        raise Misshapen("/choices", "must hold a choice")
    said = part(choice, "message", "/choices/0")
    blocks: list[Json] = [*thoughts(said), *_texts(said)]
    cut = choice.get("finish_reason") == "length"
    for at, call in objects(said, "tool_calls", "/choices/0/message"):
        blocks.append(_call(call, at, cut=cut))
    return {
        **head(completion),
        "content": blocks,
        "stop_reason": stop_reason(choice.get("finish_reason"), choice.get("native_finish_reason")),
        "stop_sequence": None,
        "usage": message_usage(part(completion, "usage")),
    }


def head(told: JsonObject) -> dict[str, Json]:
    """Of a completion or of the first chunk."""
    id_ = text(told, "id") or "podium"
    return {
        "id": id_ if id_.startswith("msg_") else f"msg_{id_}",
        "type": "message",
        "role": "assistant",
        "model": text(told, "model"),
    }


def thoughts(said: JsonObject) -> Iterator[JsonObject]:
    """In their parts, or else as one; a thought of nobody who signs has an empty signature."""
    found = False
    for at, detail in objects(said, "reasoning_details", "/message"):
        match detail.get("type"):
            case "reasoning.encrypted":
                yield {"type": "redacted_thinking", "data": text(detail, "data", at)}
            case "reasoning.text" | "reasoning.summary":
                thought = text(detail, "text", at) or text(detail, "summary", at)
                signature = text(detail, "signature", at)
                yield {"type": "thinking", "thinking": thought, "signature": signature}
            case _:
                continue
        found = True
    if not found and (thought := text(said, "reasoning_content", "/message")):
        yield {"type": "thinking", "thinking": thought, "signature": ""}


def _texts(said: JsonObject) -> Iterator[JsonObject]:
    content = said.get("content")
    texts = [content] if isinstance(content, str) else []
    if isinstance(content, list):
        parts = objects(said, "content", "/message")
        texts = [text(one, "text", at) for at, one in parts if one.get("type") == "text"]
    texts.append(text(said, "refusal", "/message"))
    yield from ({"type": "text", "text": one} for one in texts if one)


def _call(call: JsonObject, at: str, *, cut: bool) -> Json:
    """Arguments that were cut off are no object: they are left out."""
    function = part(call, "function", at)
    given: JsonObject = {}
    try:
        given = arguments(function, f"{at}/function")
    except Misshapen:
        if not cut:
            raise
    return {
        "type": "tool_use",
        "id": needed(call, "id", at),
        "name": needed(function, "name", f"{at}/function"),
        "input": given,
    }
