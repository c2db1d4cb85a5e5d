"""Counts and reasons in the words of Responses and of a chat."""

from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.protocols.shapes import part

_CUT: Final = {"max_output_tokens": "length", "content_filter": "content_filter"}
_REASONS: Final = {finish: reason for reason, finish in _CUT.items()}


def chat_usage(report: JsonObject) -> dict[str, Json]:
    """Of a response; empty where it reports none. Raises Misshapen."""
    if not report:
        return {}
    given, made = count(report, "input_tokens"), count(report, "output_tokens")
    details = part(report, "input_tokens_details", "/usage")
    usage: dict[str, Json] = {
        "prompt_tokens": given,
        "completion_tokens": made,
        "total_tokens": given + made,
    }
    cached, written = count(details, "cached_tokens"), count(details, "cache_write_tokens")
    if cached or written:
        usage["prompt_tokens_details"] = {"cached_tokens": cached, "cache_write_tokens": written}
    thought = count(part(report, "output_tokens_details", "/usage"), "reasoning_tokens")
    if thought:
        usage["completion_tokens_details"] = {"reasoning_tokens": thought}
    return usage


def response_usage(usage: JsonObject) -> dict[str, Json]:
    """Raises Misshapen."""
    details = part(usage, "prompt_tokens_details", "/usage")
    made = part(usage, "completion_tokens_details", "/usage")
    given, output = count(usage, "prompt_tokens"), count(usage, "completion_tokens")
    return {
        "input_tokens": given,
        "input_tokens_details": {
            "cached_tokens": count(details, "cached_tokens"),
            "cache_write_tokens": count(details, "cache_write_tokens"),
        },
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": count(made, "reasoning_tokens")},
        "total_tokens": given + output,
    }


def count(report: JsonObject, key: str) -> int:
    value = report.get(key)
    return value if type(value) is int and value > 0 else 0


def cut_because(finish: Json) -> str:
    """Why a response is incomplete; empty where it is complete."""
    return _REASONS.get(finish, "") if isinstance(finish, str) else ""


def finish(response: JsonObject, *, called: bool) -> str:
    """`finish_reason` of a response that ended. Raises Misshapen."""
    reason = part(response, "incomplete_details").get("reason")
    if response.get("status") == "incomplete":
        return _CUT.get(reason, "length") if isinstance(reason, str) else "length"
    return "tool_calls" if called else "stop"
