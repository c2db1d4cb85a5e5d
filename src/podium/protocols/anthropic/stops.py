"""Why an answer ended, in both vocabularies."""

from typing import Final

from podium.kernel.json import Json

_REASONS: Final = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
_OWN: Final = frozenset({"stop_sequence", "pause_turn", "model_context_window_exceeded", "refusal"})
"""Words that say more than OpenAI's."""
_BACK: Final = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
}


def finish(reason: Json) -> dict[str, Json]:
    """`finish_reason` of a choice, and `native_finish_reason` where that says more."""
    word = reason if isinstance(reason, str) else "end_turn"
    told: dict[str, Json] = {"finish_reason": _REASONS.get(word, "stop")}
    if word in _OWN or word not in _REASONS:
        told["native_finish_reason"] = word
    return told


def stop_reason(finish_reason: Json, native: Json) -> str:
    """Anthropic's own word where the provider said it."""
    if isinstance(native, str) and native in _REASONS:
        return native
    return _BACK.get(finish_reason, "end_turn") if isinstance(finish_reason, str) else "end_turn"
