"""Chat completions towards a caller."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from tests.unit.gateway.fakes import StillClock
from tests.unit.protocols.formats.models import FUZZED
from tests.unit.protocols.formats.openai_specification import problems

from podium.gateway.errors import UpstreamFailed
from podium.gateway.models import Outcome, Usage
from podium.kernel.errors import (
    Conflict,
    Invalid,
    LimitReached,
    NotFound,
    Problem,
    Refused,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from podium.protocols.openai.chat_caller import OpenAIChatCaller

CALLER = OpenAIChatCaller(StillClock())
ASK = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
BARE = {
    "id": "x",
    "model": "m",
    "choices": [{"message": {"content": "Ho"}, "finish_reason": "stop"}],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


def test_a_request_is_a_chat_already_with_fields_that_podium_does_not_know():
    assert CALLER.chat({**ASK, "x_new": {"deep": 1}}) == {**ASK, "x_new": {"deep": 1}}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"model": ""}, "/model"),
        ({"model": 3}, "/model"),
        ({"messages": None}, "/messages"),
        ({"messages": []}, "/messages"),
        ({"messages": "Hi"}, "/messages"),
        ({"messages": ["Hi"]}, "/messages/0"),
        ({"messages": [{"content": "Hi"}]}, "/messages/0/role"),
        ({"messages": [{"role": "user", "content": 3}]}, "/messages/0/content"),
        ({"messages": [{"role": "user", "content": ["Hi"]}]}, "/messages/0/content/0"),
        ({"messages": [{"role": "user", "content": [{}]}]}, "/messages/0/content/0/type"),
        ({"messages": [{"role": "assistant", "tool_calls": {}}]}, "/messages/0/tool_calls"),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"function": 1}]}]},
            "/messages/0/tool_calls/0/function",
        ),
        ({"stream": "yes"}, "/stream"),
        ({"stream_options": []}, "/stream_options"),
        ({"stream_options": {"include_usage": 1}}, "/stream_options/include_usage"),
        ({"tools": {}}, "/tools"),
        ({"tools": [{"name": "x"}]}, "/tools/0/type"),
        ({"max_tokens": "many"}, "/max_tokens"),
        ({"max_completion_tokens": 1.5}, "/max_completion_tokens"),
    ],
)
def test_a_wrong_request_is_refused_with_its_place(change, pointer):
    with pytest.raises(Invalid) as bad:
        _ = CALLER.chat({**ASK, **change})

    assert bad.value.problems[0].path == pointer


def test_places_are_written_as_openai_writes_them():
    with pytest.raises(Invalid) as bad:
        _ = CALLER.chat({**ASK, "messages": [{"role": "user", "content": ["Hi"]}]})

    assert CALLER.error(bad.value) == {
        "error": {
            "message": "'messages[0].content[0]' must be an object, got 'Hi'.",
            "type": "invalid_request_error",
            "param": "messages[0].content[0]",
            "code": "invalid_request",
        }
    }


@FUZZED
@given(st.fixed_dictionaries({"model": JSON, "messages": JSON, "tools": JSON, "stream": JSON}))
def test_nonsense_is_refused_and_nothing_else(request):
    with suppress(Invalid):
        _ = CALLER.chat(request)


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (Unauthenticated("x"), "authentication_error", "invalid_api_key"),
        (Refused("x"), "permission_error", "refused"),
        (NotFound("x"), "invalid_request_error", "model_not_found"),
        (Conflict("x"), "invalid_request_error", "conflict"),
        (LimitReached("x"), "rate_limit_error", "rate_limit_exceeded"),
        (TimedOut("x"), "server_error", "timed_out"),
        (Unavailable("x"), "server_error", "unavailable"),
        (
            Invalid("x", problems=[Problem("x", "depth")]),
            "invalid_request_error",
            "invalid_request",
        ),
    ],
)
def test_errors_have_openais_words(error, kind, code):
    body = CALLER.error(error)["error"]

    assert body == {"message": "x", "type": kind, "param": None, "code": code}


def test_an_answer_has_all_that_the_sdk_wants():
    answer = CALLER.answer(BARE, ASK)

    read = ChatCompletion.model_validate(answer)
    assert read.choices[0].message.content == "Ho"
    assert read.created == 1_790_001_000
    assert answer["choices"][0]["message"]["refusal"] is None


def test_a_whole_answer_says_what_it_took():
    body = {**BARE, "usage": {"prompt_tokens": 3, "completion_tokens": 2}}

    noted = CALLER.note(json.dumps(body).encode())

    assert (noted.usage, noted.model, noted.finish_reasons) == (Usage(3, 2), "m", ("stop",))


def test_embeddings_say_what_they_took():
    body = b'{"object": "list", "data": [], "model": "e", "usage": {"prompt_tokens": 3}}'

    assert CALLER.note(body).usage == Usage(3)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"", Outcome.MALFORMED),
        (b"[]", Outcome.MALFORMED),
        (b'{"choices": {}}', Outcome.MALFORMED),
        (b'{"id": "x"}', Outcome.MALFORMED),
        (b'{"error": {"message": "no credit", "code": 402}}', Outcome.STATUS),
    ],
)
def test_what_is_no_answer_is_refused(body, outcome):
    with pytest.raises(UpstreamFailed) as failed:
        _ = CALLER.note(body)

    assert failed.value.failure.outcome is outcome


CHUNKS = (
    {"id": "x", "model": "m", "choices": [{"delta": {"role": "assistant", "content": "H"}}]},
    {"id": "x", "model": "m", "choices": [{"delta": {"content": "o"}, "finish_reason": "stop"}]},
    {
        "id": "x",
        "choices": [],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    },
)


def written(request):
    writer = CALLER.writer(request)
    said = b"".join([*(writer.chunk(c) for c in CHUNKS), writer.end()])
    *events, done, rest = said.split(b"\n\n")
    assert (done, rest) == (b"data: [DONE]", b"")
    return [json.loads(e.removeprefix(b"data: ")) for e in events]


def test_chunks_become_events_without_usage_nobody_asked_for():
    events = written(ASK)

    assert len(events) == 2
    for one in events:
        assert "usage" not in one
        assert ChatCompletionChunk.model_validate(one).created == 1_790_001_000


def test_usage_comes_last_and_alone_to_who_asked_for_it():
    events = written({**ASK, "stream_options": {"include_usage": True}})

    assert [e["usage"] is None for e in events] == [True, True, False]
    assert events[-1]["choices"] == []
    assert ChatCompletionChunk.model_validate(events[-1]).usage.total_tokens == 3


def test_a_stream_that_broke_off_ends_with_the_error_and_is_not_done():
    said = CALLER.writer(ASK).error(Unavailable("Gone."))

    assert json.loads(said.removeprefix(b"data: "))["error"]["message"] == "Gone."
    assert b"[DONE]" not in said


@pytest.mark.shared
def test_openais_own_description_finds_nothing_wrong():
    assert problems("CreateChatCompletionResponse", CALLER.answer(BARE, ASK)) == []
    for one in written({**ASK, "stream_options": {"include_usage": True}}):
        assert problems("CreateChatCompletionStreamResponse", one) == []
    assert problems("ErrorResponse", CALLER.error(Invalid("No."))) == []
    assert problems("CreateChatCompletionResponse", {"id": "x"}) != []
