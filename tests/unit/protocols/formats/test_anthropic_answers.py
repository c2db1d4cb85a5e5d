"""Anthropic's answers as chats, and chats as its answers."""

import json

import pytest
from anthropic.types import Message
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.protocols.formats.anthropic_examples import MESSAGE, event
from tests.unit.protocols.formats.models import FUZZED, spoiled

from podium.gateway.errors import UpstreamFailed
from podium.gateway.models import Outcome, Usage
from podium.kernel.errors import (
    Conflict,
    Invalid,
    LimitReached,
    NotFound,
    PodiumError,
    Refused,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from podium.protocols.anthropic.caller import AnthropicCaller
from podium.protocols.anthropic.provider import AnthropicProvider

CALLER = AnthropicCaller()
PROVIDER = AnthropicProvider()


def body(**change: object):
    return {**MESSAGE, **change}


def test_an_answer_is_the_same_on_the_other_side_of_a_chat():
    assert CALLER.answer(PROVIDER.completion(MESSAGE), {}) == MESSAGE


def test_usage_is_one_sum_with_its_parts():
    usage = PROVIDER.completion(MESSAGE)["usage"]

    assert usage == {
        "prompt_tokens": 60,
        "completion_tokens": 40,
        "total_tokens": 100,
        "prompt_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 20},
        "completion_tokens_details": {"reasoning_tokens": 5},
    }


@pytest.mark.parametrize(
    ("theirs", "ours", "native"),
    [
        ("end_turn", "stop", None),
        ("max_tokens", "length", None),
        ("tool_use", "tool_calls", None),
        ("stop_sequence", "stop", "stop_sequence"),
        ("pause_turn", "stop", "pause_turn"),
        ("refusal", "content_filter", "refusal"),
        ("model_context_window_exceeded", "length", "model_context_window_exceeded"),
        ("something_new", "stop", "something_new"),
    ],
)
def test_reasons_to_stop_have_names_on_both_sides(theirs, ours, native):
    choice = PROVIDER.completion(body(stop_reason=theirs))["choices"][0]

    assert choice["finish_reason"] == ours
    assert choice.get("native_finish_reason") == native
    back = CALLER.answer({"choices": [choice]}, {})["stop_reason"]
    assert back == ("end_turn" if theirs == "something_new" else theirs)


FORCED = [{"type": "tool_use", "id": "toolu_1", "name": "podium_answer", "input": {"a": 1}}]


def test_the_tool_that_structured_output_was_forced_through_is_the_answer():
    choice = PROVIDER.completion(body(content=FORCED))["choices"][0]

    assert choice["message"]["content"] == '{"a":1}'
    assert "tool_calls" not in choice["message"]
    assert choice["finish_reason"] == "stop"


def test_thoughts_of_others_have_an_empty_signature():
    message = {"content": "Ho", "reasoning_content": "Hm", "refusal": None}
    answer = CALLER.answer({"id": "x", "model": "m", "choices": [{"message": message}]}, {})

    assert answer["content"][0] == {"type": "thinking", "thinking": "Hm", "signature": ""}
    assert Message.model_validate(answer).id == "msg_x"


def test_arguments_that_were_cut_off_are_left_out_and_others_must_be_json():
    call = {"id": "1", "function": {"name": "f", "arguments": '{"a": '}}
    cut = {"message": {"tool_calls": [call]}, "finish_reason": "length"}

    assert CALLER.answer({"choices": [cut]}, {})["content"][0]["input"] == {}
    with pytest.raises(UpstreamFailed):
        _ = CALLER.answer({"choices": [{**cut, "finish_reason": "tool_calls"}]}, {})


def test_a_whole_answer_says_what_it_took():
    noted = CALLER.note(json.dumps(MESSAGE).encode())

    assert (noted.usage, noted.model) == (
        Usage(60, 40, 30, 5, cache_write_input=20),
        "claude-opus-5",
    )
    assert noted.finish_reasons == ("tool_use",)


@pytest.mark.parametrize("bad", [b"", b"[]", b"{}", b'{"type": "message", "usage": 3', b'"x"'])
def test_what_is_no_message_is_refused(bad):
    with pytest.raises(UpstreamFailed) as failed:
        _ = CALLER.note(bad)

    assert failed.value.failure.outcome is Outcome.MALFORMED


def test_an_error_with_a_good_status_is_an_error_still():
    said = {"type": "error", "error": {"type": "rate_limit_error", "message": "slow"}}
    for ask in (lambda: CALLER.note(json.dumps(said).encode()), lambda: PROVIDER.completion(said)):
        with pytest.raises(UpstreamFailed) as failed:
            _ = ask()
        assert failed.value.failure.status == 429


class TooLarge(PodiumError):
    code = "too_large"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Unauthenticated("x"), "authentication_error"),
        (Refused("x"), "permission_error"),
        (NotFound("x"), "not_found_error"),
        (Invalid("x"), "invalid_request_error"),
        (Conflict("x"), "invalid_request_error"),
        (LimitReached("x"), "rate_limit_error"),
        (TimedOut("x"), "timeout_error"),
        (Unavailable("x"), "api_error"),
        (Unavailable("x", details={"attempts": [{"status": 503}]}), "overloaded_error"),
        (TooLarge("x"), "request_too_large"),
    ],
)
def test_errors_have_anthropics_words(error, kind):
    said = {"type": "error", "error": {"type": kind, "message": "x"}}

    assert CALLER.error(error) == said
    assert CALLER.writer({}).error(error) == event("error", error=said["error"])


@FUZZED
@given(st.data())
def test_answers_with_something_wrong_are_refused_or_told_and_nothing_else(data):
    for ask in (
        lambda: PROVIDER.completion(spoiled(MESSAGE, data.draw)),
        lambda: CALLER.answer(spoiled(PROVIDER.completion(MESSAGE), data.draw), {}),
        lambda: CALLER.note(json.dumps(spoiled(MESSAGE, data.draw)).encode()),
    ):
        try:
            _ = ask()
        except UpstreamFailed as failed:
            assert failed.failure.outcome in set(Outcome)  # noqa: PT017
