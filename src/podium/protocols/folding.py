"""Chunks of a chat as the completion that they make, and a completion as chunks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, cast

from podium.kernel.json import Json, JsonObject

_SAID_ONCE: Final = frozenset({"id", "index", "name", "object", "role", "type"})
"""Texts that come whole: a provider that repeats them adds nothing."""
_OF_CHUNKS: Final = frozenset({"choices", "object", "usage"})


def gathered(chunks: Iterable[JsonObject]) -> dict[str, Json]:
    """Usage that no chunk has is left out."""
    head: dict[str, Json] = {}
    choices: dict[int, dict[str, Json]] = {}
    usage: Json = None
    for chunk in chunks:
        for name, value in chunk.items():
            if name not in _OF_CHUNKS and head.get(name) is None:
                head[name] = value
        for choice in _objects(chunk.get("choices")):
            at = _index(choice, 0)
            choices[at] = _merged(choices.get(at, {}), choice)
        usage = chunk.get("usage") or usage
    whole: dict[str, Json] = {
        **head,
        "object": "chat.completion",
        "choices": [_whole(choices[at]) for at in sorted(choices)],
    }
    return {**whole, "usage": usage} if usage else whole


def pieces(completion: JsonObject) -> Iterator[dict[str, Json]]:
    """A few chunks: what each choice says, each of its calls, its end; then the usage."""
    head = {name: value for name, value in completion.items() if name not in _OF_CHUNKS}
    head["object"] = "chat.completion.chunk"
    for choice in _objects(completion.get("choices")):
        at: JsonObject = {"index": _index(choice, 0)}
        message = _object(choice.get("message"))
        calls = _objects(message.get("tool_calls"))
        said = {n: v for n, v in message.items() if v is not None and n != "tool_calls"}
        logs: JsonObject = {"logprobs": choice["logprobs"]} if choice.get("logprobs") else {}
        yield {**head, "choices": [{**at, "delta": said, **logs, "finish_reason": None}]}
        for number, call in enumerate(calls):
            delta: JsonObject = {"tool_calls": [{"index": number, **call}]}
            yield {**head, "choices": [{**at, "delta": delta, "finish_reason": None}]}
        ending = {n: v for n, v in choice.items() if n not in {"message", "logprobs"}}
        yield {**head, "choices": [{**ending, **at, "delta": {}}]}
    if completion.get("usage"):
        yield {**head, "choices": [], "usage": completion["usage"]}


def _whole(choice: JsonObject) -> dict[str, Json]:
    """A merged choice with its delta as a message."""
    message = dict(_object(choice.get("delta")))
    calls = _objects(message.get("tool_calls"))
    if calls:
        message["tool_calls"] = [{n: v for n, v in c.items() if n != "index"} for c in calls]
    rest = {name: value for name, value in choice.items() if name != "delta"}
    return {**rest, "message": {"role": "assistant", "content": None, **message}}


def _merged(before: JsonObject, after: JsonObject) -> dict[str, Json]:
    """Texts are joined, lists too (their objects by `index`), numbers and nulls replaced."""
    both = dict(before)
    for name, new in after.items():
        old = both.get(name)
        both[name] = new if old is None else _joined(name, old, new)
    return both


def _joined(name: str, old: Json, new: Json) -> Json:
    match old, new:
        case _, None:
            return old
        case str(), str() if name in _SAID_ONCE or name.endswith("finish_reason"):
            return new or old
        case str(), str():
            return old + new
        case Mapping(), Mapping():
            return _merged(old, new)
        case list() | tuple(), list() | tuple():
            return _lists(old, new)
        case _:
            return new


def _lists(old: Sequence[Json], new: Sequence[Json]) -> list[Json]:
    both = list(old)
    for item in new:
        place = _place(both, item)
        if place is None:
            both.append(item)
        else:
            both[place] = _merged(cast("JsonObject", both[place]), cast("JsonObject", item))
    return both


def _place(items: Sequence[Json], item: Json) -> int | None:
    """Where the object with the same index stands."""
    if not isinstance(item, Mapping) or type(item.get("index")) is not int:
        return None
    for at in range(len(items) - 1, -1, -1):
        one = items[at]
        if isinstance(one, Mapping) and one.get("index") == item["index"]:
            return at
    return None


def _index(body: JsonObject, otherwise: int) -> int:
    at = body.get("index")
    return at if type(at) is int else otherwise


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, Mapping) else {}


def _objects(value: Json) -> list[JsonObject]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
