"""Chat completions and embeddings towards the many who speak them."""

import base64
import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.protocols.formats.models import FUZZED, PLAIN, merged, model, pieces, read, spoiled

from podium.gateway.errors import UpstreamFailed
from podium.gateway.models import Outcome
from podium.kernel.errors import Invalid
from podium.protocols.openai.chat_provider import OpenAIChatProvider

PROVIDER = OpenAIChatProvider()
HI = {"role": "user", "content": "Hi"}
CHAT = {"model": "m", "messages": [HI], "max_completion_tokens": 9}
MARK = {"type": "ephemeral"}


def sent(chat, **more: object):
    return PROVIDER.chat({**CHAT, **chat}, model(**more)).body


def test_a_chat_is_sent_as_it_is_with_the_providers_name_of_the_model():
    request = PROVIDER.chat({**CHAT, "seed": 3, "x_new": 1}, model("llama"))

    assert request.path == "/chat/completions"
    assert request.body == {
        "model": "llama",
        "messages": [HI],
        "max_tokens": 9,
        "seed": 3,
        "x_new": 1,
    }


@pytest.mark.parametrize("name", ["gpt-5.2", "o3-mini", "openai/gpt-6-luna"])
def test_models_that_reason_take_their_limit_under_its_new_name(name):
    assert sent({}, name=name)["max_completion_tokens"] == 9
    assert "max_tokens" not in sent({}, name=name)


def test_a_stream_is_asked_for_with_its_usage():
    body = sent({"stream": True, "stream_options": {"include_obfuscation": False}})

    assert body["stream_options"] == {"include_obfuscation": False, "include_usage": True}


def test_effort_is_asked_only_of_models_that_reason():
    assert sent({"reasoning_effort": "low"})["reasoning_effort"] == "low"
    assert "reasoning_effort" not in sent({"reasoning_effort": "low"}, capabilities=PLAIN)


BEYOND = {
    "top_k": 3,
    "thinking": {"type": "adaptive"},
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": MARK}]},
        {
            "role": "assistant",
            "content": "Ho",
            "reasoning_content": "Hm",
            "reasoning_details": [{"type": "reasoning.text", "text": "Hm"}],
        },
        {"role": "tool", "tool_call_id": "1", "content": "No", "is_error": True},
    ],
    "tools": [{"type": "function", "function": {"name": "f"}, "cache_control": MARK}],
}


def test_what_openai_does_not_know_is_left_out_but_for_who_knows_it():
    body = sent(BEYOND)

    assert body["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
        {"role": "assistant", "content": "Ho"},
        {"role": "tool", "tool_call_id": "1", "content": "No"},
    ]
    assert body["tools"] == [{"type": "function", "function": {"name": "f"}}]
    assert not {"top_k", "thinking"} & set(body)
    knowing = OpenAIChatProvider(frozenset({"top_k", "reasoning_content"}))
    told = knowing.chat({**CHAT, **BEYOND}, model()).body
    assert told["top_k"] == 3
    assert told["messages"][1] == {"role": "assistant", "content": "Ho", "reasoning_content": "Hm"}


PICTURE = {"type": "image_url", "image_url": {"url": "https://x/y.png"}}


def test_pictures_in_results_of_tools_follow_in_a_message_of_the_user():
    body = sent(
        {
            "messages": [
                {"role": "tool", "tool_call_id": "1", "content": [PICTURE]},
                {
                    "role": "tool",
                    "tool_call_id": "2",
                    "content": [{"type": "text", "text": "T"}, PICTURE],
                },
                HI,
                {"role": "tool", "tool_call_id": "3", "content": [PICTURE]},
            ]
        }
    )

    assert [m["role"] for m in body["messages"]] == ["tool", "tool", "user", "user", "tool", "user"]
    assert body["messages"][1]["content"] == [{"type": "text", "text": "T"}]
    assert body["messages"][2]["content"] == [PICTURE, PICTURE]


def filed(**file: object):
    part = {"type": "file", "file": file}
    return sent({"messages": [{"role": "user", "content": [part]}]})["messages"][0]["content"][0]


def test_documents_are_sent_as_openai_takes_them():
    pdf = {"file_data": "data:application/pdf;base64,AAAA"}

    assert filed(**pdf) == {"type": "file", "file": {**pdf, "filename": "document.pdf"}}
    assert filed(file_id="file-1") == {"type": "file", "file": {"file_id": "file-1"}}
    assert filed(file_data="data:text/plain;base64,SGk=", filename="a.txt") == {
        "type": "text",
        "text": "a.txt:\n\nHi",
    }
    assert filed(file_data="data:image/png;base64,AAAA")["type"] == "image_url"
    with pytest.raises(Invalid, match="fetches no documents"):
        _ = filed(file_url="https://x/y.pdf")
    with pytest.raises(Invalid, match="base64"):
        _ = filed(file_data="data:text/plain;base64,_")


USED = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


def answered(message, finish="stop", **more: object):
    return {
        "id": "c",
        "model": "x",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        **more,
    }


def test_reasoning_and_content_of_others_are_read():
    openrouter = PROVIDER.completion(answered({"content": "Ho", "reasoning": "Hm"}))
    mistral = PROVIDER.completion(
        answered(
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
                    {"type": "text", "text": "Ho"},
                ]
            }
        )
    )
    for told in (openrouter, mistral):
        message = told["choices"][0]["message"]
        assert (message["content"], message["reasoning_content"]) == ("Ho", "Hm")


def test_calls_of_others_are_read():
    call = {"function": {"name": "f", "arguments": {"a": 1}}}
    told = PROVIDER.completion(answered({"content": None, "tool_calls": [call]}))

    assert told["choices"][0]["message"]["tool_calls"] == [
        {"id": "call_0", "index": 0, "function": {"name": "f", "arguments": '{"a":1}'}}
    ]


@pytest.mark.parametrize(
    ("word", "finish", "native"),
    [
        ("stop", "stop", None),
        ("", None, None),
        (None, None, None),
        ("model_length", "length", "model_length"),
        ("eos_token", "stop", "eos_token"),
        ("SAFETY", "content_filter", "SAFETY"),
    ],
)
def test_reasons_of_others_are_read(word, finish, native):
    choice = PROVIDER.completion(answered({"content": "x"}, word))["choices"][0]

    assert (choice["finish_reason"], choice.get("native_finish_reason")) == (finish, native)


@pytest.mark.parametrize(
    ("told", "usage"),
    [
        ({"usage": USED}, USED),
        (
            {"usage": {**USED, "prompt_cache_hit_tokens": 4}},
            {**USED, "prompt_tokens_details": {"cached_tokens": 4}},
        ),
        ({"x_groq": {"usage": USED}}, USED),
        (
            {
                "usage": {
                    **USED,
                    "total_tokens": 22,
                    "completion_tokens_details": {"reasoning_tokens": 7},
                }
            },
            {
                "prompt_tokens": 10,
                "completion_tokens": 12,
                "total_tokens": 22,
                "completion_tokens_details": {"reasoning_tokens": 7},
            },
        ),
        (
            {
                "usage": {
                    **USED,
                    "prompt_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 3},
                }
            },
            {**USED, "prompt_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 3}},
        ),
        ({}, None),
    ],
)
def test_usage_of_others_is_read(told, usage):
    assert PROVIDER.completion(answered({"content": "x"}, **told)).get("usage") == usage


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({}, Outcome.MALFORMED),
        ({"choices": []}, Outcome.MALFORMED),
        ({"choices": [3]}, Outcome.MALFORMED),
        ({"choices": [{"message": []}]}, Outcome.MALFORMED),
        ({"error": {"message": "no credit", "code": 402}}, Outcome.STATUS),
    ],
)
def test_what_is_no_completion_is_refused(body, outcome):
    with pytest.raises(UpstreamFailed) as failed:
        _ = PROVIDER.completion(body)

    assert failed.value.failure.outcome is outcome


def event(body):
    return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n"


def delta(finish=None, **fields: object):
    choice = {"index": 0, "delta": fields, "finish_reason": finish}
    return event({"id": "c", "model": "x", "choices": [choice]})


STREAM = b"".join(
    [
        b": OPENROUTER PROCESSING\n\n",
        delta(role="assistant", content=""),
        delta(reasoning="Hm"),
        delta(content="Grü"),
        delta(content="ße"),
        delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}]),
        delta(tool_calls=[{"index": 0, "function": {"arguments": "{}"}}]),
        delta(finish="tool_calls"),
        event({"id": "c", "choices": [], "usage": USED}),
        b"data: [DONE]\n\n",
    ]
)


@pytest.mark.parametrize("size", [1, 13, 100_000])
def test_a_stream_is_read_however_it_is_cut(size):
    chunks, finished = read(PROVIDER.reader(), *pieces(STREAM, size))
    told, finish, usage = merged(chunks)

    assert finished
    assert (told["content"], told["reasoning_content"]) == ("Grüße", "Hm")
    assert told["tool_calls"] == [{"id": "a", "name": "f", "arguments": "{}"}]
    assert (finish, usage) == ("tool_calls", USED)


def test_a_stream_ends_with_done_or_after_a_reason():
    assert not read(PROVIDER.reader(), delta(content="x"))[1]
    assert read(PROVIDER.reader(), delta(content="x"), b"data: [DONE]")[1]
    assert read(PROVIDER.reader(), delta(finish="stop"))[1]


@pytest.mark.parametrize(
    ("bad", "outcome"),
    [
        (event({"error": {"message": "busy", "code": 503}}), Outcome.STATUS),
        (b"event: error\ndata: gone\n\n", Outcome.BROKEN),
        (b"data: {\n\n", Outcome.MALFORMED),
        (b"data: {}\n\n", Outcome.MALFORMED),
        (event({"choices": [{"delta": "x"}]}), Outcome.MALFORMED),
        (b"garbage\n\n", Outcome.MALFORMED),
    ],
)
def test_errors_and_noise_in_a_stream_are_told(bad, outcome):
    with pytest.raises(UpstreamFailed) as failed:
        _ = PROVIDER.reader().feed(delta(content="x") + bad)

    assert failed.value.failure.outcome is outcome


FULL = answered(
    {
        "role": "assistant",
        "content": [{"type": "text", "text": "x"}],
        "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{}"}}],
    },
    usage=USED,
)


@FUZZED
@given(st.data())
def test_answers_and_chats_with_something_wrong_are_refused_or_told_and_nothing_else(data):
    for ask, wrong in (
        (lambda: PROVIDER.completion(spoiled(FULL, data.draw)), UpstreamFailed),
        (lambda: PROVIDER.chat({**CHAT, **spoiled(BEYOND, data.draw)}, model()), Invalid),
        (lambda: PROVIDER.embedded(spoiled(VECTORS, data.draw), {}), UpstreamFailed),
        (lambda: PROVIDER.reader().feed(event(spoiled(FULL, data.draw))), UpstreamFailed),
    ):
        try:
            _ = ask()
        except wrong as error:
            assert str(error)  # noqa: PT017


PACKED = base64.b64encode(struct.pack("<2f", 0.5, -2.0)).decode()
VECTORS = {"object": "list", "model": "e", "data": [{"embedding": [0.5, -2.0]}], "usage": USED}


def test_vectors_come_as_the_caller_wants_them_whatever_the_provider_sends():
    packed = {**VECTORS, "data": [{"embedding": PACKED}]}
    for body in (VECTORS, packed):
        floats = PROVIDER.embedded(body, {"encoding_format": "float"})
        text = PROVIDER.embedded(body, {"encoding_format": "base64"})
        assert floats["data"] == [{"object": "embedding", "index": 0, "embedding": [0.5, -2.0]}]
        assert text["data"][0]["embedding"] == PACKED


def test_what_is_asked_of_embeddings_goes_on():
    asked = {"model": "m", "input": [[1, 2], [3]], "dimensions": 256, "encoding_format": "base64"}
    request = PROVIDER.embeddings(asked, model("embed-3"))

    assert (request.path, request.body) == ("/embeddings", {**asked, "model": "embed-3"})


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": [1]},
        {"data": [{"embedding": "%%"}]},
        {"data": [{"embedding": "AAA="}]},
        {"data": [{"embedding": ["x"]}]},
        {"data": [{"embedding": []}]},
        {"error": "no"},
    ],
)
def test_what_are_no_vectors_is_refused(body):
    with pytest.raises(UpstreamFailed):
        _ = PROVIDER.embedded(body, {})
