"""Anthropic's streams as chunks of chats, and chunks as its streams."""

import json

import pytest
from anthropic.types import RawMessageStreamEvent
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from tests.unit.protocols.formats.anthropic_examples import MESSAGE, USAGE, event
from tests.unit.protocols.formats.models import FUZZED, merged, pieces, read, spoiled

from podium.gateway.errors import UpstreamFailed
from podium.gateway.models import Outcome, Usage
from podium.protocols.anthropic.caller import AnthropicCaller
from podium.protocols.anthropic.provider import AnthropicProvider

CALLER = AnthropicCaller()
PROVIDER = AnthropicProvider()
EVENT = TypeAdapter(RawMessageStreamEvent)


def block(number, start, *deltas: object):
    yield event("content_block_start", index=number, content_block=start)
    for delta in deltas:
        yield event("content_block_delta", index=number, delta=delta)
    yield event("content_block_stop", index=number)


def arguments(part):
    return {"type": "input_json_delta", "partial_json": part}


TOOL = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}
THINKING = {"type": "thinking", "thinking": "", "signature": ""}
START = event(
    "message_start",
    message={
        **MESSAGE,
        "content": [],
        "stop_reason": None,
        "usage": {**USAGE, "output_tokens": 1},
    },
)
STREAM = b"".join(
    [
        START,
        event("ping"),
        *block(
            0,
            THINKING,
            {"type": "thinking_delta", "thinking": "H"},
            {"type": "thinking_delta", "thinking": "m."},
            {"type": "signature_delta", "signature": "c2ln"},
        ),
        *block(1, {"type": "redacted_thinking", "data": "eHh4"}),
        *block(
            2,
            {"type": "text", "text": ""},
            {"type": "text_delta", "text": "Grü"},
            {"type": "text_delta", "text": "ße"},
        ),
        *block(3, TOOL, arguments(""), arguments('{"a":'), arguments("[1]}")),
        *block(4, {**TOOL, "id": "toolu_2", "name": "g"}),
        event(
            "message_delta",
            delta={"stop_reason": "tool_use", "stop_sequence": None},
            usage={"output_tokens": 40, "output_tokens_details": {"thinking_tokens": 5}},
        ),
        event("message_stop"),
    ]
)


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_stream_holds_what_the_answer_would(size):
    chunks, finished = read(PROVIDER.reader(), *pieces(STREAM, size))
    told, finish, usage = merged(chunks)

    assert finished
    assert (told["content"], told["reasoning_content"]) == ("Grüße", "Hm.")
    assert told["tool_calls"] == [
        {"id": "toolu_1", "name": "f", "arguments": '{"a":[1]}'},
        {"id": "toolu_2", "name": "g", "arguments": "{}"},
    ]
    assert told["reasoning_details"] == [
        {"type": "reasoning.text", "text": "Hm.", "signature": "c2ln"},
        {"type": "reasoning.encrypted", "data": "eHh4"},
    ]
    assert finish == "tool_calls"
    assert usage == PROVIDER.completion(MESSAGE)["usage"]
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"


def written(chunks):
    writer = CALLER.writer({})
    return b"".join([*(writer.chunk(chunk) for chunk in chunks), writer.end()])


def accumulated(stream):
    """A Message, put together as Anthropic's SDK does."""
    blocks, message = [], {}
    for one in stream.split(b"\n\n")[:-1]:
        name, data = one.decode().split("\ndata: ", 1)
        told = json.loads(data)
        assert name == f"event: {told['type']}"
        _ = EVENT.validate_python(told)
        match told["type"]:
            case "message_start":
                message = told["message"]
            case "content_block_start":
                assert told["index"] == len(blocks)
                blocks.append({**told["content_block"], "partial": ""})
            case "content_block_delta":
                _extend(blocks[told["index"]], told["delta"])
            case "message_delta":
                message = {**message, **told["delta"], "usage": told["usage"]}
    for one in blocks:
        partial = one.pop("partial")
        if one["type"] == "tool_use":
            one["input"] = json.loads(partial or "{}")
    return {**message, "content": blocks}


def _extend(block_, delta):
    match delta:
        case {"type": "text_delta", "text": more}:
            block_["text"] += more
        case {"type": "thinking_delta", "thinking": more}:
            block_["thinking"] += more
        case {"type": "signature_delta", "signature": more}:
            block_["signature"] += more
        case {"type": "input_json_delta", "partial_json": more}:
            block_["partial"] += more


def test_a_stream_is_the_same_message_on_the_other_side_of_a_chat():
    chunks, _ = read(PROVIDER.reader(), STREAM)

    assert accumulated(written(chunks)) == MESSAGE


def test_chunks_of_openai_become_blocks_that_are_closed_in_turn():
    def delta(**fields: object):
        return {"id": "c", "model": "m", "choices": [{"index": 0, "delta": fields}]}

    def call(number, **fields: object):
        return delta(tool_calls=[{"index": number, "function": {**fields}}])

    chunks = [
        delta(role="assistant", content=""),
        delta(reasoning_content="Hm"),
        delta(content="Ho"),
        delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}]),
        call(0, arguments="{}"),
        delta(tool_calls=[{"index": 1, "id": "b", "function": {"name": "g"}}]),
        call(1, arguments='{"x":1}'),
        {"choices": [{"delta": {}, "finish_reason": "tool_calls"}]},
        {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 6}},
    ]
    message = accumulated(written(chunks))

    assert [b["type"] for b in message["content"]] == ["thinking", "text", "tool_use", "tool_use"]
    assert message["content"][3] == {"type": "tool_use", "id": "b", "name": "g", "input": {"x": 1}}
    assert message["stop_reason"] == "tool_use"
    assert (message["usage"]["input_tokens"], message["usage"]["output_tokens"]) == (5, 6)


def test_a_stream_without_anything_is_a_message_without_anything():
    assert accumulated(written([]))["content"] == []


def test_forced_structured_output_streams_as_text():
    stream = b"".join(
        [
            START,
            *block(0, {**TOOL, "name": "podium_answer"}, arguments('{"a"'), arguments(":1}")),
            event("message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 3}),
        ]
    )
    chunks, finished = read(PROVIDER.reader(), stream)
    told, finish, _ = merged(chunks)

    assert (told["content"], finish, finished) == ('{"a":1}', "stop", True)


def test_the_relay_passes_bytes_and_notes_what_they_say():
    for size in (1, 50, 100_000):
        relay = CALLER.relay({})
        assert b"".join(relay.feed(p) for p in pieces(STREAM, size)) == STREAM
        assert relay.noted.usage == Usage(60, 40, 30, 5, cache_write_input=20)
        assert relay.noted.model == "claude-opus-5"
        assert relay.noted.finish_reasons == ("tool_use",)
        assert relay.chunks == 8
        assert relay.finished
        assert relay.end() == relay.feed(b"more") == b""


def test_a_stream_that_just_stops_after_its_reason_is_ended_for_it():
    relay = CALLER.relay({})
    _ = relay.feed(STREAM.removesuffix(event("message_stop")))

    assert relay.finished
    assert relay.end() == event("message_stop")


BAD_STREAMS = (
    (event("error", error={"type": "overloaded_error", "message": "busy"}), Outcome.STATUS, 529),
    (event("error", error={"type": "x", "message": "busy"}), Outcome.BROKEN, 0),
    (b"event: content_block_delta\ndata: {\n\n", Outcome.MALFORMED, 0),
    (b"data: []\n\n", Outcome.MALFORMED, 0),
    (b"data: {}\n\n", Outcome.MALFORMED, 0),
    (b"<html>\n\n", Outcome.MALFORMED, 0),
    (b"data: " + b'{"type":' * 50_000 + b"\n\n", Outcome.MALFORMED, 0),
)


@pytest.mark.parametrize(("bad", "outcome", "status"), BAD_STREAMS)
@pytest.mark.parametrize("make", [PROVIDER.reader, lambda: CALLER.relay({})])
def test_errors_and_noise_in_a_stream_are_told(make, bad, outcome, status):
    with pytest.raises(UpstreamFailed) as failed:
        _ = make().feed(START + bad)

    assert (failed.value.failure.outcome, failed.value.failure.status) == (outcome, status)


EVENTS = [json.loads(one.split(b"data: ", 1)[1]) for one in STREAM.split(b"\n\n")[:-1]]
CHUNKS = read(PROVIDER.reader(), STREAM)[0]


@FUZZED
@given(st.data())
def test_events_with_something_wrong_are_refused_or_told_and_nothing_else(data):
    number = data.draw(st.integers(0, len(EVENTS) - 1))
    bad = spoiled(EVENTS[number], data.draw)
    events = [*EVENTS[:number], bad, *EVENTS[number + 1 :]]
    stream = b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in events)
    for reader in (PROVIDER.reader(), CALLER.relay({})):
        try:
            _ = reader.feed(stream)
        except UpstreamFailed as failed:
            assert failed.failure.message  # noqa: PT017


@FUZZED
@given(st.data())
def test_chunks_with_something_wrong_are_refused_or_written_and_nothing_else(data):
    number = data.draw(st.integers(0, len(CHUNKS) - 1))
    chunks = [*CHUNKS[:number], spoiled(CHUNKS[number], data.draw), *CHUNKS[number + 1 :]]
    try:
        _ = written(chunks)
    except UpstreamFailed as failed:
        assert failed.failure.outcome is Outcome.MALFORMED  # noqa: PT017
