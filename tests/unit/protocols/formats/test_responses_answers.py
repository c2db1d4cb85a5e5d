"""Responses and their streams as chats, and chats as Responses."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter
from tests.unit.gateway.fakes import StillClock
from tests.unit.protocols.formats.models import FUZZED, merged, model, pieces, read, spoiled
from tests.unit.protocols.formats.openai_specification import problems

from podium.gateway.errors import UpstreamFailed
from podium.gateway.models import Outcome, Usage
from podium.kernel.errors import Invalid, LimitReached, Unavailable
from podium.protocols.responses.caller import OpenAIResponsesCaller
from podium.protocols.responses.provider import OpenAIResponsesProvider

CALLER = OpenAIResponsesCaller(StillClock())
PROVIDER = OpenAIResponsesProvider()
EVENT = TypeAdapter(ResponseStreamEvent)
TOOL = {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": True}
ASK = {"model": "m", "input": "Hi", "tools": [TOOL], "instructions": "Be brief."}
USAGE = {
    "input_tokens": 60,
    "input_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 20},
    "output_tokens": 40,
    "output_tokens_details": {"reasoning_tokens": 5},
    "total_tokens": 100,
}
LOGPROB = {"token": "G", "logprob": -0.1, "bytes": [71], "top_logprobs": []}
OUTPUT = [
    {
        "id": "rs_1_0",
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "Hm."}],
        "encrypted_content": "gAAA",
    },
    {
        "id": "msg_1_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [
            {"type": "output_text", "text": "Grüße", "annotations": [], "logprobs": [LOGPROB]},
            {"type": "refusal", "refusal": "No more."},
        ],
    },
    {
        "id": "fc_1_2",
        "type": "function_call",
        "status": "completed",
        "call_id": "call_1",
        "name": "f",
        "arguments": '{"a":1}',
    },
]
RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1_700_000_000,
    "model": "gpt-6",
    "status": "completed",
    "error": None,
    "incomplete_details": None,
    "output": OUTPUT,
    "usage": USAGE,
}


def test_an_answer_is_the_same_on_the_other_side_of_a_chat():
    answer = CALLER.answer(PROVIDER.completion(RESPONSE), ASK)

    ids = [item.pop("id") for item in answer["output"]]
    assert answer["output"] == [{k: v for k, v in one.items() if k != "id"} for one in OUTPUT]
    assert len(set(ids)) == 3
    assert {key: answer[key] for key in RESPONSE if key != "output"} == {
        key: value for key, value in RESPONSE.items() if key != "output"
    }
    assert answer["instructions"] == "Be brief."
    assert answer["tools"] == [TOOL]


@pytest.mark.parametrize(
    ("finish", "status", "reason"),
    [
        ("stop", "completed", None),
        ("tool_calls", "completed", None),
        ("length", "incomplete", "max_output_tokens"),
        ("content_filter", "incomplete", "content_filter"),
    ],
)
def test_reasons_to_end_have_names_on_both_sides(finish, status, reason):
    call = {"id": "1", "function": {"name": "f", "arguments": "{}"}}
    message = {"content": "x", **({"tool_calls": [call]} if finish == "tool_calls" else {})}
    answer = CALLER.answer({"choices": [{"message": message, "finish_reason": finish}]}, ASK)

    assert answer["status"] == status
    assert (answer["incomplete_details"] or {}).get("reason") == reason
    assert PROVIDER.completion(answer)["choices"][0]["finish_reason"] == finish


THOUGHTS = (
    ([{"type": "reasoning.text", "text": "Hm", "signature": "c2ln"}], "Hm", "anthropic:c2ln"),
    ([{"type": "reasoning.encrypted", "data": "gemini:x"}], "", "gemini:x"),
    ([{"type": "reasoning.summary", "summary": "Hm"}], "Hm", None),
    ([], "Hm", None),
)


@pytest.mark.parametrize(("details", "summary", "secret"), THOUGHTS)
def test_thoughts_of_others_are_items_of_reasoning(details, summary, secret):
    message = {"content": "x", "reasoning_content": "Hm", "reasoning_details": details}
    item = CALLER.answer({"choices": [{"message": message}]}, ASK)["output"][0]

    assert "".join(one["text"] for one in item["summary"]) == summary
    assert item.get("encrypted_content") == secret


def event(kind, number, **fields: object):
    data = json.dumps({"type": kind, "sequence_number": number, **fields}, ensure_ascii=False)
    return f"event: {kind}\ndata: {data}\n\n".encode()


def written(chunks, request=ASK):
    writer = CALLER.writer(request)
    return b"".join([*(writer.chunk(chunk) for chunk in chunks), writer.end()])


def events_of(stream):
    told = []
    for block in stream.split(b"\n\n")[:-1]:
        name, data = block.decode().split("\ndata: ", 1)
        told.append(json.loads(data))
        assert name == f"event: {told[-1]['type']}"
    assert [one["sequence_number"] for one in told] == list(range(len(told)))
    return told


def delta(finish=None, **fields: object):
    choice = {"index": 0, "delta": fields, "finish_reason": finish}
    return {"id": "chatcmpl-1", "created": 7, "model": "x", "choices": [choice]}


def call(number, arguments, **more: object):
    return delta(tool_calls=[{"index": number, **more, "function": {"arguments": arguments}}])


CHUNKS = (
    delta(role="assistant", content=""),
    delta(reasoning_content="H", reasoning_details=[{"type": "reasoning.text", "text": "H"}]),
    delta(reasoning_content="m.", reasoning_details=[{"type": "reasoning.text", "text": "m."}]),
    delta(reasoning_details=[{"type": "reasoning.text", "signature": "c2ln"}]),
    delta(reasoning_details=[{"type": "reasoning.encrypted", "data": "eHh4"}]),
    delta(content="Grü"),
    delta(content="ße"),
    delta(refusal="No."),
    delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}]),
    call(0, '{"a":'),
    call(0, "1}"),
    delta(tool_calls=[{"index": 1, "id": "b", "function": {"name": "g", "arguments": "{}"}}]),
    delta(finish="tool_calls"),
    {
        "choices": [],
        "usage": {
            "prompt_tokens": 60,
            "completion_tokens": 40,
            "prompt_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 20},
            "completion_tokens_details": {"reasoning_tokens": 5},
        },
    },
)


def test_a_stream_tells_each_item_in_openais_sequence():
    told = events_of(written(CHUNKS))

    kinds = [one["type"].removeprefix("response.") for one in told]
    assert kinds[:2] == ["created", "in_progress"]
    assert kinds[-1] == "completed"
    assert kinds.count("output_item.added") == kinds.count("output_item.done") == 6
    text = kinds[kinds.index("content_part.added") : kinds.index("content_part.done") + 1]
    assert text == [
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
    ]
    final = told[-1]["response"]
    assert final["usage"] == USAGE
    assert final["output"] == [
        one["item"] for one in told if one["type"] == "response.output_item.done"
    ]
    assert [item["type"] for item in final["output"]] == [
        "reasoning",
        "reasoning",
        "message",
        "message",
        "function_call",
        "function_call",
    ]
    assert final["output"][0]["encrypted_content"] == "anthropic:c2ln"
    assert final["output"][4]["arguments"] == '{"a":1}'


def test_a_stream_is_the_same_on_the_other_side_of_a_chat():
    for size in (1, 10_000):
        chunks, finished = read(PROVIDER.reader(), *pieces(written(CHUNKS), size))
        told, finish, usage = merged(chunks)

        assert finished
        assert (told["content"], told["reasoning_content"]) == ("Grüße", "Hm.")
        assert [(c["name"], c["arguments"]) for c in told["tool_calls"]] == [
            ("f", '{"a":1}'),
            ("g", "{}"),
        ]
        assert finish == "tool_calls"
        assert usage["prompt_tokens"] == 60
        assert [d.get("data") for d in told["reasoning_details"]] == [
            None,
            "openai:anthropic:c2ln",
            "openai:anthropic:eHh4",
        ]


def test_a_stream_that_was_cut_is_incomplete():
    final = events_of(written([delta(content="x"), delta(finish="length")]))[-1]

    assert final["type"] == "response.incomplete"
    assert final["response"]["incomplete_details"] == {"reason": "max_output_tokens"}
    assert final["response"]["output"][0]["status"] == "incomplete"
    chunks, finished = read(
        PROVIDER.reader(), written([delta(content="x"), delta(finish="length")])
    )
    assert (merged(chunks)[1], finished) == ("length", True)


def test_a_stream_without_anything_is_a_response_without_anything():
    assert events_of(written([]))[-1]["response"]["output"] == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Unavailable("Gone."), "server_error"),
        (LimitReached("Gone."), "rate_limit_exceeded"),
        (Invalid("Gone."), "invalid_prompt"),
    ],
)
def test_a_stream_that_broke_off_has_failed(error, code):
    writer = CALLER.writer(ASK)
    (failed,) = events_of(CALLER.writer(ASK).error(error))
    _ = writer.chunk(delta(content="x"))

    assert failed["response"]["error"] == {"code": code, "message": "Gone."}
    assert b'"id":"resp_1"' in writer.error(error)
    assert CALLER.error(error)["error"]["message"] == "Gone."


def test_a_call_that_goes_on_behind_another_is_malformed():
    chunks = [
        delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "f"}}]),
        delta(tool_calls=[{"index": 1, "id": "b", "function": {"name": "g"}}]),
        call(0, "{}"),
    ]
    with pytest.raises(UpstreamFailed):
        _ = written(chunks)


def test_the_relay_passes_bytes_and_notes_what_they_say():
    stream = written(CHUNKS)
    for size in (1, 10_000):
        relay = CALLER.relay(ASK)
        assert b"".join(relay.feed(p) for p in pieces(stream, size)) == stream
        assert relay.noted.usage == Usage(60, 40, 30, 5, cache_write_input=20)
        assert relay.noted.model == "x"
        assert relay.finished
        assert relay.chunks == 8
        assert relay.feed(b"more") == relay.end() == b""


ERROR = {"code": "rate_limit_exceeded", "message": "slow"}
FAILED = event("response.failed", 1, response={"error": ERROR})


@pytest.mark.parametrize(
    ("bad", "outcome", "status"),
    [
        (FAILED, Outcome.STATUS, 429),
        (event("error", 1, **ERROR), Outcome.STATUS, 429),
        (event("response.failed", 1, response={}), Outcome.BROKEN, 0),
        (b"data: {\n\n", Outcome.MALFORMED, 0),
        (b"data: []\n\n", Outcome.MALFORMED, 0),
        (b"data: {}\n\n", Outcome.MALFORMED, 0),
        (b"<html>\n\n", Outcome.MALFORMED, 0),
    ],
)
@pytest.mark.parametrize("make", [PROVIDER.reader, lambda: CALLER.relay({})])
def test_errors_and_noise_in_a_stream_are_told(make, bad, outcome, status):
    with pytest.raises(UpstreamFailed) as failed:
        _ = make().feed(bad)

    assert (failed.value.failure.outcome, failed.value.failure.status) == (outcome, status)


def test_a_whole_answer_says_what_it_took():
    noted = CALLER.note(json.dumps(RESPONSE).encode())

    assert (noted.usage, noted.model) == (Usage(60, 40, 30, 5, cache_write_input=20), "gpt-6")
    assert noted.finish_reasons == ("stop",)


@pytest.mark.parametrize("bad", [b"", b"[]", b"{}", b'{"object": "list"}'])
def test_what_is_no_response_is_refused(bad):
    with pytest.raises(UpstreamFailed) as failed:
        _ = CALLER.note(bad)

    assert failed.value.failure.outcome is Outcome.MALFORMED


def test_a_response_that_failed_is_an_error():
    failed_one = {**RESPONSE, "status": "failed", "error": ERROR}
    for ask in (
        lambda: CALLER.note(json.dumps(failed_one).encode()),
        lambda: PROVIDER.completion(failed_one),
    ):
        with pytest.raises(UpstreamFailed) as failed:
            _ = ask()
        assert failed.value.failure.status == 429


def test_embeddings_of_the_same_provider_are_openais():
    assert PROVIDER.embeddings({"input": "x"}, model("e")).path == "/embeddings"
    data = [{"object": "embedding", "index": 0, "embedding": [1.0]}]
    assert PROVIDER.embedded({"object": "list", "data": data}, {})["data"] == data


@FUZZED
@given(st.data())
def test_answers_with_something_wrong_are_refused_or_told_and_nothing_else(data):
    for ask in (
        lambda: PROVIDER.completion(spoiled(RESPONSE, data.draw)),
        lambda: CALLER.answer(spoiled(PROVIDER.completion(RESPONSE), data.draw), ASK),
        lambda: CALLER.note(json.dumps(spoiled(RESPONSE, data.draw)).encode()),
        lambda: written([*CHUNKS[:-4], spoiled(data.draw(st.sampled_from(CHUNKS)), data.draw)]),
    ):
        try:
            _ = ask()
        except UpstreamFailed as failed:
            assert failed.failure.message  # noqa: PT017


def test_usage_that_makes_no_sense_is_a_failure_of_the_model():
    usage = {"prompt_tokens": 6, "completion_tokens": 4, "completion_tokens_details": []}
    with pytest.raises(UpstreamFailed, match="completion_tokens_details"):
        _ = written([*CHUNKS, {"choices": [], "usage": usage}])


EVENTS = events_of(written(CHUNKS))


@FUZZED
@given(st.data())
def test_events_with_something_wrong_are_refused_or_told_and_nothing_else(data):
    number = data.draw(st.integers(0, len(EVENTS) - 1))
    events = [*EVENTS[:number], spoiled(EVENTS[number], data.draw), *EVENTS[number + 1 :]]
    stream = b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in events)
    for reader in (PROVIDER.reader(), CALLER.relay({})):
        try:
            _ = reader.feed(stream)
        except UpstreamFailed as failed:
            assert failed.failure.message  # noqa: PT017


def test_the_sdk_reads_answers_and_streams():
    answer = CALLER.answer(PROVIDER.completion(RESPONSE), ASK)

    assert Response.model_validate(answer).output_text == "Grüße"
    for one in EVENTS:
        assert EVENT.validate_python(one).type == one["type"]


@pytest.mark.shared
def test_openais_own_description_finds_nothing_wrong():
    answer = CALLER.answer(PROVIDER.completion(RESPONSE), ASK)
    failed = events_of(CALLER.writer(ASK).error(Unavailable("Gone.")))

    assert problems("Response", answer) == []
    for one in (*EVENTS, *failed):
        assert problems("ResponseStreamEvent", one) == [], one["type"]
    assert problems("Response", {**answer, "status": "done"}) != []
