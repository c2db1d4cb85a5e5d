"""What Converse and ConverseStream answer, as a completion and as chunks."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.protocols.providers.messages import event, message
from tests.unit.protocols.providers.wire import bodies, by_bytes, model, read

from podium.gateway.errors import UpstreamFailed
from podium.gateway.models import Outcome
from podium.kernel.errors import Invalid
from podium.protocols.bedrock.format import BedrockConverse

COUNTED = {
    "inputTokens": 10,
    "outputTokens": 5,
    "totalTokens": 25,
    "cacheReadInputTokens": 4,
    "cacheWriteInputTokens": 6,
    "cacheDetails": [{"ttl": "1h", "inputTokens": 2}, {"ttl": "5m", "inputTokens": 4}],
}
USED = {
    "prompt_tokens": 20,
    "completion_tokens": 5,
    "total_tokens": 25,
    "prompt_tokens_details": {
        "cached_tokens": 4,
        "cache_write_tokens": 6,
        "cache_write_1h_tokens": 2,
    },
}


def _answer(*content: object, reason="end_turn"):
    return {
        "output": {"message": {"role": "assistant", "content": list(content)}},
        "stopReason": reason,
        "usage": COUNTED,
        "metrics": {"latencyMs": 7},
    }


def _told(body):
    return BedrockConverse().completion(body)


def test_an_answer_with_thoughts_text_a_picture_and_a_call():
    told = _told(
        _answer(
            {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "S"}}},
            {"reasoningContent": {"redactedContent": "EE"}},
            {"text": "It is "},
            {"citationsContent": {"content": [{"text": "sunny."}], "citations": []}},
            {"image": {"format": "png", "source": {"bytes": "AA"}}},
            {"toolUse": {"toolUseId": "c1", "name": "f", "input": {"a": "é"}}},
            reason="tool_use",
        )
    )

    assert told == {
        "id": "",
        "object": "chat.completion",
        "created": 0,
        "model": "",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "It is sunny.",
                    "reasoning_content": "hm",
                    "reasoning_details": [
                        {"type": "reasoning.text", "text": "hm", "signature": "S"},
                        {"type": "reasoning.encrypted", "data": "EE"},
                    ],
                    "images": [
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}
                    ],
                    "tool_calls": [
                        {
                            "id": "c1",
                            "type": "function",
                            "function": {"name": "f", "arguments": '{"a":"é"}'},
                        }
                    ],
                },
                "finish_reason": "tool_calls",
            }
        ],
        "usage": USED,
    }


def test_an_answer_can_be_handed_back_as_it_came():
    blocks = [
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "S"}}},
        {"reasoningContent": {"redactedContent": "EE"}},
        {"text": "So:"},
        {"toolUse": {"toolUseId": "c1", "name": "f", "input": {"a": 1}}},
    ]
    said = _told(_answer(*blocks))["choices"][0]["message"]
    again = BedrockConverse().chat({"messages": [said]}, model("anthropic.claude")).body

    assert again["messages"] == [{"role": "assistant", "content": blocks}]


@pytest.mark.parametrize(
    ("reason", "told", "native"),
    [
        ("end_turn", "stop", None),
        ("max_tokens", "length", None),
        ("stop_sequence", "stop", "stop_sequence"),
        ("model_context_window_exceeded", "length", "model_context_window_exceeded"),
        ("guardrail_intervened", "content_filter", "guardrail_intervened"),
        ("malformed_tool_use", "stop", "malformed_tool_use"),
    ],
)
def test_why_it_stopped(reason, told, native):
    (choice,) = _told(_answer({"text": "x"}, reason=reason))["choices"]
    assert (choice["finish_reason"], choice.get("native_finish_reason")) == (told, native)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"output": {"message": {}}, "stopReason": "end_turn"},
        {"output": {"message": {"content": []}}},
        {"output": {"message": {"content": "x"}}, "stopReason": "end_turn"},
        {"output": {"message": {"content": [{"toolUse": {}}]}}, "stopReason": "end_turn"},
        {"output": {"message": {"content": [{"image": {}}]}}, "stopReason": "end_turn"},
    ],
)
def test_what_is_no_answer_is_malformed(body):
    with pytest.raises(UpstreamFailed) as failed:
        _ = _told(body)
    assert failed.value.failure.outcome is Outcome.MALFORMED


def _delta(block, **delta: object):
    return event("contentBlockDelta", {"contentBlockIndex": block, "delta": delta, "p": "abc"})


STREAM = b"".join(
    [
        event("messageStart", {"role": "assistant"}),
        _delta(0, reasoningContent={"text": "hm"}),
        _delta(0, reasoningContent={"signature": "S"}),
        event("contentBlockStop", {"contentBlockIndex": 0}),
        _delta(1, text="Grüezi"),
        _delta(2, reasoningContent={"redactedContent": "EE"}),
        event(
            "contentBlockStart",
            {"contentBlockIndex": 3, "start": {"toolUse": {"toolUseId": "c1", "name": "f"}}},
        ),
        _delta(3, toolUse={"input": '{"a"'}),
        _delta(3, toolUse={"input": ":1}"}),
        event(
            "contentBlockStart",
            {"contentBlockIndex": 4, "start": {"toolUse": {"toolUseId": "c2", "name": "g"}}},
        ),
        event("contentBlockStart", {"contentBlockIndex": 5, "start": {"image": {"format": "png"}}}),
        _delta(5, image={"source": {"bytes": "AA"}}),
        _delta(6, citation={"title": "t"}),
        event("messageStop", {"stopReason": "tool_use"}),
        event("metadata", {"usage": COUNTED, "metrics": {"latencyMs": 3}}),
    ]
)


def test_a_stream_is_chunks_with_the_usage_last():
    reader = BedrockConverse().reader()
    chunks = read(reader, STREAM)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks[:-1]]
    thought = {"type": "reasoning.text", "index": 0}

    assert reader.finished
    assert deltas == [
        {"role": "assistant", "content": ""},
        {"reasoning_content": "hm", "reasoning_details": [{**thought, "text": "hm"}]},
        {"reasoning_details": [{**thought, "signature": "S"}]},
        {"content": "Grüezi"},
        {"reasoning_details": [{"type": "reasoning.encrypted", "data": "EE", "index": 2}]},
        {
            "tool_calls": [
                {
                    "index": 0,
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "f", "arguments": ""},
                }
            ]
        },
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"a"'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": ":1}"}}]},
        {
            "tool_calls": [
                {
                    "index": 1,
                    "id": "c2",
                    "type": "function",
                    "function": {"name": "g", "arguments": ""},
                }
            ]
        },
        {"images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]},
        {},
    ]
    assert chunks[-2]["choices"][0]["finish_reason"] == "tool_calls"
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"] == USED


@given(st.integers(0, len(STREAM)), st.integers(0, len(STREAM)))
def test_a_stream_may_be_cut_anywhere(one, other):
    first, last = sorted((one, other))
    pieces = (STREAM[:first], STREAM[first:last], STREAM[last:])
    assert read(BedrockConverse().reader(), *pieces) == read(BedrockConverse().reader(), STREAM)


def test_a_stream_may_come_byte_by_byte_and_is_finished_at_its_stop():
    reader = BedrockConverse().reader()
    stop = STREAM.rindex(b":event-type\x07\x00\x08metadata") - 13
    assert len(read(reader, *by_bytes(STREAM[: stop - 30]))) > 5
    assert not reader.finished
    _ = read(reader, STREAM[stop - 30 :])
    assert reader.finished


@pytest.mark.parametrize(
    ("code", "outcome", "status"),
    [
        ("throttlingException", Outcome.STATUS, 429),
        ("validationException", Outcome.STATUS, 400),
        ("modelStreamErrorException", Outcome.STATUS, 500),
        ("somethingNew", Outcome.BROKEN, 0),
    ],
)
def test_an_exception_inside_a_stream_has_its_status(code, outcome, status):
    broken = message({"message": "no"}, message_type="exception", exception_type=code)
    with pytest.raises(UpstreamFailed) as failed:
        _ = read(BedrockConverse().reader(), broken)
    failure = failed.value.failure
    assert (failure.outcome, failure.status, failure.code) == (outcome, status, code)
    assert failure.message == "no"


def test_an_error_of_the_stream_itself_is_told():
    broken = message(message_type="error", error_code="InternalError", error_message="gone")
    with pytest.raises(UpstreamFailed, match="gone"):
        _ = read(BedrockConverse().reader(), broken)


@pytest.mark.parametrize(
    "data",
    [
        b"data: {}\n\n" * 3,
        STREAM[:40] + b"\0" + STREAM[41:],
        event("messageStart", ["x"]),
        event("messageStop", {}),
        _delta(9, toolUse={"input": "x"}),
        _delta(0, text=7),
    ],
)
def test_what_is_no_stream_is_malformed(data):
    with pytest.raises(UpstreamFailed) as failed:
        _ = read(BedrockConverse().reader(), data)
    assert failed.value.failure.outcome is Outcome.MALFORMED


KEYS = [
    "output", "message", "content", "text", "toolUse", "toolUseId", "name", "input", "stopReason",
    "reasoningContent", "reasoningText", "redactedContent", "signature", "usage", "inputTokens",
    "cacheDetails", "start", "delta", "contentBlockIndex", "image", "source", "bytes", "format",
    "citationsContent", "embedding", "embeddings", "float",
]  # fmt: skip
EVENTS = st.sampled_from(
    ["messageStart", "contentBlockStart", "contentBlockDelta", "messageStop", "metadata", "x"]
)


@given(bodies(KEYS), EVENTS)
def test_whatever_is_answered_is_an_answer_or_a_failure(body, name):
    for reading in (
        lambda: BedrockConverse().completion(body),
        lambda: read(BedrockConverse().reader(), event(name, body)),
        lambda: BedrockConverse().embedded(body, {"input": "a"}),
    ):
        with suppress(UpstreamFailed):
            _ = reading()


def test_embeddings_of_titan_take_one_text():
    titan = model("amazon.titan-embed-text-v2:0")
    sent = BedrockConverse().embeddings({"input": ["a"], "dimensions": 256}, titan)
    told = BedrockConverse().embedded({"embedding": [1, 2.5], "inputTextTokenCount": 3}, {})

    assert sent.path == "/model/amazon.titan-embed-text-v2%3A0/invoke"
    assert sent.body == {"inputText": "a", "dimensions": 256}
    assert told["data"] == [{"object": "embedding", "index": 0, "embedding": [1.0, 2.5]}]
    assert told["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    with pytest.raises(Invalid, match="one text"):
        _ = BedrockConverse().embeddings({"input": ["a", "b"]}, titan)


def test_embeddings_of_cohere_take_many():
    request = {"input": ["a", "b"], "dimensions": 512, "input_type": "search_query"}
    sent = BedrockConverse().embeddings(request, model("cohere.embed-v4:0"))
    told = BedrockConverse().embedded({"embeddings": {"float": [[1], [2]]}}, request)

    assert sent.body == {
        "texts": ["a", "b"],
        "input_type": "search_query",
        "embedding_types": ["float"],
        "output_dimension": 512,
    }
    assert [each["embedding"] for each in told["data"]] == [[1.0], [2.0]]
    assert told == BedrockConverse().embedded({"embeddings": [[1], [2]]}, request)
    with pytest.raises(UpstreamFailed):
        _ = BedrockConverse().embedded({"embeddings": [[1]]}, request)


def test_other_models_do_not_embed():
    with pytest.raises(Invalid, match="Titan or Cohere"):
        _ = BedrockConverse().embeddings({"input": "a"}, model("meta.llama3"))
