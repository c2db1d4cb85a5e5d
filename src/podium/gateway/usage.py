"""Tokens out of an OpenAI-shaped answer, and an estimate where the upstream reports none."""

from collections.abc import Mapping

from podium.gateway.models import Usage, UsageSource
from podium.kernel.json import Json, JsonObject

_NOTHING: JsonObject = {}
_USUAL = frozenset(
    {
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "prompt_tokens_details",
        "completion_tokens_details",
    }
)


def usage_of(body: JsonObject) -> Usage | None:
    """None where the body reports no usage.

    Dialects: DeepSeek counts cache hits at the top level, Groq streams report below `x_groq`,
    and some providers (xAI) leave reasoning out of `completion_tokens` but not out of the total.
    """
    report = _part(body, "usage") or _part(_part(body, "x_groq"), "usage")
    if not report:
        return None
    given = _count(report, "prompt_tokens")
    output = _count(report, "completion_tokens")
    taken, put_out = _part(report, "prompt_tokens_details"), _put_out(report)
    if report.keys() <= _USUAL and not any(taken.values()) and not any(put_out.values()):
        return Usage(given, output)
    reasoning = _count(put_out, "reasoning_tokens")
    if reasoning and _count(report, "total_tokens") == given + output + reasoning:
        output += reasoning
    cached = _count(taken, "cached_tokens") or _count(report, "prompt_cache_hit_tokens")
    written = min(_count(taken, "cache_write_tokens"), given)
    return Usage(
        given,
        output,
        min(cached, given),
        min(reasoning, output),
        cache_write_input=written,
        cache_write_1h_input=min(_count(taken, "cache_write_1h_tokens"), written),
        audio_input=min(_count(taken, "audio_tokens"), given),
        audio_output=min(_count(put_out, "audio_tokens"), output),
        searches=_count(_part(report, "server_tool_use"), "web_search_requests"),
    )


def _put_out(report: JsonObject) -> JsonObject:
    return _part(report, "completion_tokens_details")


def estimate(request: JsonObject, chunks: int) -> Usage:
    """About four bytes of text a token in, one token a chunk out; marked as an estimate."""
    asked = request.get("messages", request.get("input"))
    return Usage(input=(_text_size(asked) + 3) // 4, output=chunks, source=UsageSource.ESTIMATED)


def text_tokens(body: JsonObject) -> int:
    """An estimate of the tokens in the answers of a whole chat response."""
    return (_text_size(body.get("choices")) + 3) // 4


def finish_reasons(body: JsonObject) -> tuple[str, ...]:
    choices = body.get("choices")
    if not isinstance(choices, list):
        return ()
    reasons = (choice.get("finish_reason") for choice in choices if isinstance(choice, Mapping))
    return tuple(reason for reason in reasons if isinstance(reason, str))


def is_usage_only(chunk: JsonObject) -> bool:
    """The extra chunk that `stream_options.include_usage` asks for: no choices, only usage."""
    return not chunk.get("choices") and isinstance(chunk.get("usage"), Mapping)


def together(one: Usage, other: Usage) -> Usage:
    """What two answers took; an estimate where one of them is."""
    estimated = UsageSource.ESTIMATED in {one.source, other.source}
    return Usage(
        one.input + other.input,
        one.output + other.output,
        one.cached_input + other.cached_input,
        one.reasoning + other.reasoning,
        UsageSource.ESTIMATED if estimated else UsageSource.REPORTED,
        one.cache_write_input + other.cache_write_input,
        one.cache_write_1h_input + other.cache_write_1h_input,
        one.audio_input + other.audio_input,
        one.audio_output + other.audio_output,
        one.searches + other.searches,
    )


def asks_for_usage(request: JsonObject) -> bool:
    return _part(request, "stream_options").get("include_usage") is True


def _part(body: JsonObject, key: str) -> JsonObject:
    value = body.get(key)
    # An ABC is asked for what is no dict alone: that takes ten times as long.
    return value if isinstance(value, (dict, Mapping)) else _NOTHING


def _count(body: JsonObject, key: str) -> int:
    value = body.get(key)
    return value if type(value) is int and value > 0 else 0


def _text_size(value: Json) -> int:
    """UTF-8 bytes of all strings in it but for inlined files (`data:` addresses).

    Without recursion: the request is not ours.
    """
    size, stack = 0, [value]
    while stack:
        match stack.pop():
            case str() as text if not text.startswith("data:"):
                size += len(text.encode("utf-8", "replace"))
            case Mapping() as mapping:
                stack.extend(mapping.values())
            case list() as items:
                stack.extend(items)
            case _:
                pass
    return size
