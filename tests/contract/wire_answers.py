"""What providers answer, and what of it is looked for in what callers get."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

CHAT, RESPONSES, MESSAGES = "openai_chat", "openai_responses", "anthropic_messages"
LOGPROB = {"token": "x", "logprob": -0.4242, "bytes": [120], "top_logprobs": []}
ARGUMENTS = '{"a":"argument42"}'
GEMINI = "gemini"
THINKS = {"text": "Thought 42", "thought": True, "thoughtSignature": "c2ln42"}
SIGNED = {"type": "thinking", "thinking": "Thought 42", "signature": "c2ln42"}


def _chat(finish, **message: object):
    return {
        "id": "answer42",
        "model": "model42",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Text 42", **message},
                "logprobs": {"content": [LOGPROB], "refusal": None},
                "finish_reason": finish,
            }
        ],
        "usage": {
            "prompt_tokens": 1350,
            "completion_tokens": 60,
            "total_tokens": 1410,
            "prompt_tokens_details": {"cached_tokens": 300, "cache_write_tokens": 50},
            "completion_tokens_details": {"reasoning_tokens": 7},
        },
    }


def _response(reason, *items: object):
    content = [{"type": "output_text", "text": "Text 42", "logprobs": [LOGPROB]}]
    said = {"type": "message", "role": "assistant", "content": content}
    return {
        "id": "answer42",
        "object": "response",
        "model": "model42",
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "output": [said, *items],
        "usage": {
            "input_tokens": 1350,
            "input_tokens_details": {"cached_tokens": 300, "cache_write_tokens": 50},
            "output_tokens": 60,
            "output_tokens_details": {"reasoning_tokens": 7},
        },
    }


def _message(reason, *blocks: object):
    return {
        "id": "answer42",
        "type": "message",
        "model": "model42",
        "content": [{"type": "text", "text": "Text 42"}, *blocks],
        "stop_reason": reason,
        "usage": {
            "input_tokens": 1000,
            "cache_read_input_tokens": 300,
            "cache_creation_input_tokens": 50,
            "output_tokens": 60,
            "output_tokens_details": {"thinking_tokens": 7},
        },
    }


def _gemini(reason, *parts: object):
    content = {"role": "model", "parts": [{"text": "Text 42"}, *parts]}
    return {
        "responseId": "answer42",
        "modelVersion": "model42",
        "candidates": [{"index": 0, "content": content, "finishReason": reason}],
        "usageMetadata": {
            "promptTokenCount": 1350,
            "cachedContentTokenCount": 300,
            "candidatesTokenCount": 53,
            "thoughtsTokenCount": 7,
            "totalTokenCount": 1410,
        },
    }


CALL = {"id": "call42", "type": "function", "function": {"name": "f", "arguments": ARGUMENTS}}
CALLED = {"type": "function_call", "call_id": "call42", "name": "f", "arguments": ARGUMENTS}
USE = {"type": "tool_use", "id": "call42", "name": "f", "input": {"a": "argument42"}}
THOUGHT = {
    "type": "reasoning",
    "id": "rs",
    "summary": [{"type": "summary_text", "text": "Thought 42"}],
    "encrypted_content": "c2ln42",
}
REFUSED = {"type": "message", "content": [{"type": "refusal", "refusal": "Refusal 42"}]}
ANSWERS: Mapping[str, Mapping[str, dict]] = {
    CHAT: {
        "plain": _chat("stop"),
        "tools": _chat("tool_calls", tool_calls=[CALL]),
        "thought": _chat("stop", reasoning_content="Thought 42"),
        "cut": _chat("length"),
        "filtered": _chat("content_filter"),
        "refused": _chat("stop", refusal="Refusal 42"),
    },
    RESPONSES: {
        "plain": _response(""),
        "tools": _response("", CALLED),
        "thought": _response("", THOUGHT),
        "cut": _response("max_output_tokens"),
        "filtered": _response("content_filter"),
        "refused": _response("", REFUSED),
    },
    MESSAGES: {
        "plain": _message("end_turn"),
        "tools": _message("tool_use", USE),
        "thought": _message("end_turn", SIGNED),
        "cut": _message("max_tokens"),
        "filtered": _message("refusal"),
        "stopped": _message("stop_sequence"),
    },
    GEMINI: {
        "plain": _gemini("STOP"),
        "tools": _gemini("STOP", {"functionCall": {"name": "f", "args": {"a": "argument42"}}}),
        "thought": _gemini("STOP", THINKS),
        "cut": _gemini("MAX_TOKENS"),
        "filtered": _gemini("SAFETY"),
    },
}
Find = Callable[[dict], object]


@dataclass(frozen=True, slots=True)
class LookedFor:
    """A text anywhere in the answer, or else a value at a place of each caller's own.

    Where nothing is expected the value itself is shown.
    """

    name: str
    variant: str = "plain"
    text: str = ""
    at: Mapping[str, Find] = field(default_factory=dict)
    expected: object = None
    given: str = ""
    """What the provider's answer holds, if it says this at all."""


def _tokens(name, expected, chat, responses, messages, given=""):
    places = {
        CHAT: lambda told: chat(told["usage"]),
        RESPONSES: lambda told: responses(told["usage"]),
        MESSAGES: lambda told: messages(told["usage"]),
    }
    return LookedFor(name, at=places, expected=expected, given=given)


def _within(usage, key, part):
    return usage.get(key, {}).get(part)


def _all_input(usage):
    return sum(value for key, value in usage.items() if "input_tokens" in key)


ENDED: Mapping[str, Find] = {
    CHAT: lambda told: told["choices"][0]["finish_reason"],
    RESPONSES: lambda told: (told["incomplete_details"] or {}).get("reason") or told["status"],
    MESSAGES: lambda told: told["stop_reason"],
}
LOOKED_FOR = (
    LookedFor("text", text="Text 42"),
    LookedFor("tool calls", "tools", "argument42"),
    LookedFor("reasoning", "thought", "Thought 42"),
    LookedFor("its signature or secret", "thought", "c2ln42"),
    LookedFor("refusal", "refused", "Refusal 42"),
    LookedFor("log probabilities", text="-0.4242"),
    LookedFor("model", text="model42"),
    _tokens(
        "input tokens, cached ones included",
        1350,
        lambda usage: usage["prompt_tokens"],
        lambda usage: usage["input_tokens"],
        _all_input,
    ),
    _tokens(
        "tokens read from a cache",
        300,
        lambda usage: _within(usage, "prompt_tokens_details", "cached_tokens"),
        lambda usage: _within(usage, "input_tokens_details", "cached_tokens"),
        lambda usage: usage["cache_read_input_tokens"],
    ),
    _tokens(
        "tokens written to a cache",
        50,
        lambda usage: _within(usage, "prompt_tokens_details", "cache_write_tokens"),
        lambda usage: _within(usage, "input_tokens_details", "cache_write_tokens"),
        lambda usage: usage["cache_creation_input_tokens"],
        given='": 50',
    ),
    _tokens(
        "tokens of reasoning",
        7,
        lambda usage: _within(usage, "completion_tokens_details", "reasoning_tokens"),
        lambda usage: _within(usage, "output_tokens_details", "reasoning_tokens"),
        lambda usage: _within(usage, "output_tokens_details", "thinking_tokens"),
    ),
    LookedFor("ended by itself", at=ENDED),
    LookedFor("ended with tool calls", "tools", at=ENDED),
    LookedFor("ended at the most tokens", "cut", at=ENDED),
    LookedFor("ended by a filter", "filtered", at=ENDED),
    LookedFor("ended at a stop sequence", "stopped", at=ENDED),
)
