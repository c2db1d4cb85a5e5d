"""Tokens in Anthropic's words and in a chat's: there the input is told in three parts."""

from podium.kernel.json import Json, JsonObject
from podium.protocols.shapes import part

_PARTS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


def chat_usage(report: JsonObject) -> dict[str, Json]:
    """prompt_tokens is the sum of the three."""
    fresh, written, read = (count(report, key) for key in _PARTS)
    output = count(report, "output_tokens")
    given = fresh + written + read
    usage: dict[str, Json] = {
        "prompt_tokens": given,
        "completion_tokens": output,
        "total_tokens": given + output,
    }
    if written or read:
        usage["prompt_tokens_details"] = {"cached_tokens": read, "cache_write_tokens": written}
    details = report.get("output_tokens_details")
    if isinstance(details, dict) and (thought := count(details, "thinking_tokens")):
        usage["completion_tokens_details"] = {"reasoning_tokens": thought}
    return usage


def message_usage(usage: JsonObject) -> dict[str, Json]:
    """Of a chat's usage; zeros where it reports none."""
    details = part(usage, "prompt_tokens_details")
    given = count(usage, "prompt_tokens")
    read = min(count(details, "cached_tokens"), given)
    written = min(count(details, "cache_write_tokens"), given - read)
    told: dict[str, Json] = {
        "input_tokens": given - read - written,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
        "output_tokens": count(usage, "completion_tokens"),
    }
    if thought := count(part(usage, "completion_tokens_details"), "reasoning_tokens"):
        told["output_tokens_details"] = {"thinking_tokens": thought}
    return told


def count(report: JsonObject, key: str) -> int:
    value = report.get(key)
    return value if type(value) is int and value > 0 else 0
