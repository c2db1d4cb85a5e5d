"""What Gemini answers, as a completion and as chunks: https://ai.google.dev/api/generate-content."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.protocols.providers.wire import bodies, by_bytes, model, read, sse

from podium.gateway.errors import UpstreamFailed
from podium.gateway.models import Outcome, Usage
from podium.gateway.usage import usage_of
from podium.protocols.gemini.format import studio, vertex

COUNTED = {
    "promptTokenCount": 10,
    "candidatesTokenCount": 5,
    "thoughtsTokenCount": 20,
    "cachedContentTokenCount": 4,
    "toolUsePromptTokenCount": 3,
    "totalTokenCount": 38,
    "promptTokensDetails": [
        {"modality": "TEXT", "tokenCount": 4},
        {"modality": "AUDIO", "tokenCount": 6},
    ],
}
USED = {
    "prompt_tokens": 13,
    "completion_tokens": 25,
    "total_tokens": 38,
    "prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": 6},
    "completion_tokens_details": {"reasoning_tokens": 20, "audio_tokens": 0},
}
HEAD = {"modelVersion": "gemini-3-pro-001", "responseId": "r1"}


def _answer(*parts: object, reason="STOP", **more: object):
    candidate = {"content": {"role": "model", "parts": list(parts)}, "finishReason": reason}
    return {"candidates": [{**candidate, **more}], "usageMetadata": COUNTED, **HEAD}


def _told(body):
    return studio().completion(body)


def test_an_answer_with_thoughts_text_a_picture_and_calls():
    told = _told(
        _answer(
            {"text": "Let me see.", "thought": True},
            {"text": "It is "},
            {"text": "sunny.", "thoughtSignature": "S1"},
            {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
            {
                "functionCall": {"id": "c7", "name": "weather", "args": {"city": "Zürich"}},
                "thoughtSignature": "S2",
            },
            {"functionCall": {"name": "now"}},
            {"executableCode": {"language": "PYTHON", "code": "1"}},
        )
    )
    made = told["choices"][0]["message"]["tool_calls"][1]["id"]

    assert told == {
        "id": "r1",
        "object": "chat.completion",
        "created": 0,
        "model": "gemini-3-pro-001",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "It is sunny.",
                    "reasoning_content": "Let me see.",
                    "reasoning_details": [
                        {
                            "type": "reasoning.text",
                            "text": "Let me see.",
                            "format": "google-gemini-v1",
                        },
                        {
                            "type": "reasoning.encrypted",
                            "data": "gemini:S1",
                            "format": "google-gemini-v1",
                        },
                        {
                            "type": "reasoning.encrypted",
                            "data": "gemini:S2",
                            "format": "google-gemini-v1",
                            "id": "c7",
                        },
                    ],
                    "images": [
                        {
                            "type": "image_url",
                            "image_url": {"url": "data:image/png;base64,AAAA"},
                        }
                    ],
                    "tool_calls": [
                        {
                            "id": "c7",
                            "type": "function",
                            "function": {"name": "weather", "arguments": '{"city":"Zürich"}'},
                            "extra_content": {"google": {"thought_signature": "S2"}},
                        },
                        {
                            "id": made,
                            "type": "function",
                            "function": {"name": "now", "arguments": "{}"},
                        },
                    ],
                },
                "finish_reason": "tool_calls",
            }
        ],
        "usage": USED,
    }
    assert made.startswith("call_")
    assert usage_of(told) == Usage(input=13, output=25, cached_input=4, reasoning=20, audio_input=6)


def test_calls_without_ids_get_different_ones():
    call = {"functionCall": {"name": "now", "args": {}}}
    one, two = _told(_answer(call, call))["choices"][0]["message"]["tool_calls"]
    (other,) = _told({**_answer(call), "responseId": "r2"})["choices"][0]["message"]["tool_calls"]

    assert len({one["id"], two["id"], other["id"]}) == 3


def test_an_answer_can_be_handed_back_as_it_came():
    parts = [
        {"text": "", "thought": True, "thoughtSignature": "S0"},
        {"text": "So:"},
        {
            "functionCall": {"id": "c1", "name": "f", "args": {"a": 1}},
            "thoughtSignature": "S1",
        },
        {"functionCall": {"id": "c2", "name": "g", "args": {}}},
    ]
    message = _told(_answer(*parts))["choices"][0]["message"]
    again = studio().chat({"messages": [message]}, model("gemini-3-pro")).body

    assert again["contents"] == [{"role": "model", "parts": parts}]


@pytest.mark.parametrize(
    ("reason", "told", "native"),
    [
        ("STOP", "stop", None),
        ("MAX_TOKENS", "length", None),
        ("SAFETY", "content_filter", "SAFETY"),
        ("RECITATION", "content_filter", "RECITATION"),
        ("PROHIBITED_CONTENT", "content_filter", "PROHIBITED_CONTENT"),
        ("MALFORMED_FUNCTION_CALL", "stop", "MALFORMED_FUNCTION_CALL"),
        ("SOMETHING_NEW", "stop", "SOMETHING_NEW"),
    ],
)
def test_why_it_stopped(reason, told, native):
    (choice,) = _told(_answer({"text": "x"}, reason=reason))["choices"]
    assert (choice["finish_reason"], choice.get("native_finish_reason")) == (told, native)


def test_a_prompt_that_is_blocked_is_a_refusal():
    body = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 9}}
    told = _told(body)

    assert told["choices"] == [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": None,
                "refusal": "The prompt was blocked: SAFETY.",
            },
            "finish_reason": "content_filter",
            "native_finish_reason": "SAFETY",
        }
    ]
    assert usage_of(told) == Usage(input=9)


def test_logprobs_and_sources():
    chosen = {"token": "é", "logProbability": -0.5}
    other = {"token": "e", "logProbability": -2}
    result = {"topCandidates": [{"candidates": [chosen, other]}], "chosenCandidates": [chosen]}
    grounding = {"webSearchQueries": ["q"]}
    (choice,) = _told(_answer({"text": "é"}, logprobsResult=result, groundingMetadata=grounding))[
        "choices"
    ]
    best = {"token": "é", "logprob": -0.5, "bytes": [195, 169]}

    assert choice["logprobs"]["content"] == [
        {**best, "top_logprobs": [best, {"token": "e", "logprob": -2, "bytes": [101]}]}
    ]
    assert choice["grounding_metadata"] == grounding


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"candidates": []},
        {"candidates": "x"},
        {"candidates": [7]},
        {"candidates": [{"content": {"parts": [{"functionCall": {"args": {}}}]}}]},
        {"candidates": [{"content": {"parts": [{"text": 7}]}}]},
        {"candidates": [{"logprobsResult": {"chosenCandidates": [{"token": "a"}]}}]},
        _answer({"text": "x"}, reason=7),
    ],
)
def test_what_is_no_answer_is_malformed(body):
    with pytest.raises(UpstreamFailed) as failed:
        _ = _told(body)
    assert failed.value.failure.outcome is Outcome.MALFORMED


STREAM = sse(
    {"candidates": [{"content": {"parts": [{"text": "so ", "thought": True}]}}], **HEAD},
    {"candidates": [{"content": {"parts": [{"text": "hm", "thought": True}]}}], **HEAD},
    {"candidates": [{"content": {"parts": [{"text": "Grüezi"}], "role": "model"}}], **HEAD},
    {
        "candidates": [
            {
                "content": {
                    "parts": [
                        {"functionCall": {"name": "f", "args": {"a": 1}}, "thoughtSignature": "S"},
                    ]
                }
            }
        ],
        **HEAD,
    },
    {
        "candidates": [
            {"content": {"parts": [{"functionCall": {"name": "g"}}]}, "finishReason": "STOP"}
        ],
        "usageMetadata": COUNTED,
        **HEAD,
    },
)


def test_a_stream_is_chunks_with_the_usage_last():
    reader = studio().reader()
    chunks = read(reader, STREAM)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks[:-1]]
    first, second = (delta["tool_calls"][0] for delta in deltas[3:])

    assert reader.finished
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[:-1]] == [
        None,
        None,
        None,
        None,
        "tool_calls",
    ]
    assert deltas[0]["role"] == "assistant"
    assert [delta.get("reasoning_content") for delta in deltas[:2]] == ["so ", "hm"]
    assert deltas[2] == {"content": "Grüezi"}
    assert (first["index"], second["index"]) == (0, 1)
    assert first["function"] == {"name": "f", "arguments": '{"a":1}'}
    assert first["id"] != second["id"]
    assert [d["index"] for delta in deltas for d in delta.get("reasoning_details", [])] == [0, 0, 1]
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"] == USED
    assert {(chunk["id"], chunk["model"]) for chunk in chunks} == {("r1", "gemini-3-pro-001")}


@given(st.integers(0, len(STREAM)), st.integers(0, len(STREAM)))
def test_a_stream_may_be_cut_anywhere(one, other):
    first, last = sorted((one, other))
    pieces = (STREAM[:first], STREAM[first:last], STREAM[last:])
    assert read(studio().reader(), *pieces) == read(studio().reader(), STREAM)


def test_a_stream_may_come_byte_by_byte():
    assert read(studio().reader(), *by_bytes(STREAM)) == read(studio().reader(), STREAM)


def test_a_stream_that_stops_early_is_not_finished():
    reader = studio().reader()
    assert not reader.finished
    _ = read(reader, STREAM[: STREAM.rindex(b"data:")])
    assert not reader.finished


def test_every_candidate_has_to_end():
    def event(index, reason=None):
        ended = {"finishReason": reason} if reason else {}
        part = {"content": {"parts": [{"text": "x"}]}, "index": index, **ended}
        return {"candidates": [part], "usageMetadata": COUNTED}

    reader = studio().reader()
    chunks = read(reader, sse(event(0), event(1), event(0, "STOP")))
    assert not reader.finished
    assert not any("usage" in chunk for chunk in chunks)
    assert "usage" in read(reader, sse(event(1, "STOP")))[-1]
    assert reader.finished


def test_a_stream_that_is_blocked_ends_with_a_refusal():
    reader = studio().reader()
    blocked = {"promptFeedback": {"blockReason": "OTHER", "blockReasonMessage": "No."}}
    (chunk,) = read(reader, sse(blocked))

    assert reader.finished
    assert chunk["choices"][0]["delta"]["refusal"] == "No."
    assert chunk["choices"][0]["finish_reason"] == "content_filter"


def test_an_error_inside_a_stream_has_its_status():
    error = {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}
    with pytest.raises(UpstreamFailed) as failed:
        _ = read(studio().reader(), sse(error))
    assert (failed.value.failure.outcome, failed.value.failure.status) == (Outcome.STATUS, 503)


@pytest.mark.parametrize(
    "data",
    [b"<html>\n", b"data: x\n\n", b"data: [1]\n\n", b'data: {"candidates": 1}\n\n', b"\xff\n"],
)
def test_what_is_no_stream_is_malformed(data):
    with pytest.raises(UpstreamFailed) as failed:
        _ = read(studio().reader(), data)
    assert failed.value.failure.outcome is Outcome.MALFORMED


KEYS = [
    "candidates", "content", "parts", "text", "thought", "thoughtSignature", "functionCall", "name",
    "args", "id", "inlineData", "mimeType", "data", "finishReason", "index", "usageMetadata",
    "promptTokenCount", "candidatesTokensDetails", "modality", "tokenCount", "logprobsResult",
    "promptFeedback", "blockReason", "responseId", "error", "embeddings", "values", "predictions",
    "statistics", "embedding",
]  # fmt: skip


@given(bodies(KEYS))
def test_whatever_is_answered_is_an_answer_or_a_failure(body):
    for reading in (
        lambda: studio().completion(body),
        lambda: read(studio().reader(), sse(body)),
        lambda: studio().embedded(body, {"input": "a"}),
        lambda: vertex().embedded(body, {"input": "a"}),
    ):
        with suppress(UpstreamFailed):
            _ = reading()


def test_deep_arguments_are_told_or_refused_but_break_nothing():
    deep = json.loads('{"a":' * 900 + "{}" + "}" * 900)
    call = {"functionCall": {"name": "f", "args": deep}}
    with suppress(UpstreamFailed):
        _ = _told(_answer(call))
