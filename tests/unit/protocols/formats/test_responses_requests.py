"""Requests to Responses as chats, and chats as requests to it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.gateway.fakes import StillClock
from tests.unit.protocols.formats.models import FUZZED, PLAIN, model, spoiled

from podium.kernel.errors import Invalid
from podium.protocols.responses.caller import OpenAIResponsesCaller
from podium.protocols.responses.provider import OpenAIResponsesProvider

CALLER = OpenAIResponsesCaller(StillClock())
PROVIDER = OpenAIResponsesProvider()
ASK = {"model": "m", "input": "Hi"}
SCHEMA = {"type": "object", "properties": {}}
FULL = {
    "model": "m",
    "input": [
        {"type": "message", "role": "developer", "content": "Be brief."},
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Look:"},
                {"type": "input_image", "image_url": "https://x/y.png", "detail": "low"},
                {
                    "type": "input_file",
                    "filename": "a.pdf",
                    "file_data": "data:application/pdf;base64,AAAA",
                },
                {"type": "input_file", "file_url": "https://x/b.pdf"},
                {"type": "input_file", "file_id": "file-1"},
            ],
        },
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "Hm."}],
            "encrypted_content": "gAAA",
        },
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Let me see."}],
        },
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": '{"x":1}'},
        {"type": "function_call", "call_id": "b", "name": "g", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": "1"},
        {
            "type": "function_call_output",
            "call_id": "b",
            "output": [{"type": "input_image", "image_url": "https://x/z.png", "detail": "auto"}],
        },
    ],
    "tools": [
        {
            "type": "function",
            "name": "f",
            "description": "F",
            "parameters": SCHEMA,
            "strict": True,
        }
    ],
    "tool_choice": {"type": "function", "name": "f"},
    "parallel_tool_calls": False,
    "text": {
        "verbosity": "low",
        "format": {"type": "json_schema", "name": "x", "schema": SCHEMA, "strict": True},
    },
    "reasoning": {"effort": "high", "summary": "auto"},
    "include": ["reasoning.encrypted_content", "message.output_text.logprobs"],
    "top_logprobs": 2,
    "max_output_tokens": 50,
    "temperature": 0.5,
    "metadata": {"a": "b"},
    "store": False,
    "stream": True,
}


def sent(chat, **more: object):
    hello = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    return PROVIDER.chat({**hello, **chat}, model(**more)).body


def test_a_request_is_the_same_on_the_other_side_of_a_chat():
    body = PROVIDER.chat(CALLER.chat(FULL), model("gpt-6")).body

    assert {**body, "model": "m"} == FULL


def test_items_of_one_turn_are_one_message():
    messages = CALLER.chat(FULL)["messages"]

    assert [m["role"] for m in messages] == ["developer", "user", "assistant", "tool", "tool"]
    assert messages[2]["reasoning_content"] == "Hm."
    assert [c["id"] for c in messages[2]["tool_calls"]] == ["a", "b"]


def test_instructions_come_first_and_text_is_a_message_of_the_user():
    assert CALLER.chat({**ASK, "instructions": "Be brief."})["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
    ]


def test_a_thought_that_anthropic_signed_comes_back_with_its_signature():
    item = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "Hm."}],
        "encrypted_content": "anthropic:c2ln",
    }
    details = CALLER.chat({**ASK, "input": [item]})["messages"][0]["reasoning_details"]

    assert details == [{"type": "reasoning.text", "text": "Hm.", "signature": "c2ln"}]
    chat = CALLER.chat({**ASK, "input": [item, FULL["input"][0]]})
    assert [one["type"] for one in sent(chat)["input"]] == ["message"]


def test_only_models_that_reason_are_asked_to():
    body = sent({"reasoning_effort": "low"}, capabilities=PLAIN)

    assert not {"reasoning", "include"} & set(body)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"input": []}, "/input"),
        ({"input": 5}, "/input"),
        ({"input": [{"role": "robot", "content": ""}]}, "/input/0/role"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, "/input/0"),
        ({"input": [{"type": "web_search_call"}]}, "/input/0/type"),
        ({"input": [{"role": "user", "content": [{"type": "x"}]}]}, "/input/0/content/0/type"),
        ({"previous_response_id": "resp_1"}, "/previous_response_id"),
        ({"conversation": "conv_1"}, "/conversation"),
        ({"prompt": {"id": "p"}}, "/prompt"),
        ({"background": True}, "/background"),
        ({"tools": [{"type": "web_search"}]}, "/tools/0/type"),
        ({"tool_choice": {"type": "mcp"}}, "/tool_choice"),
        ({"text": {"format": {"type": "grammar"}}}, "/text/format/type"),
        ({"reasoning": {"effort": 3}}, "/reasoning/effort"),
        ({"max_output_tokens": "x"}, "/max_output_tokens"),
    ],
)
def test_wrong_requests_are_refused_with_their_place(change, pointer):
    with pytest.raises(Invalid) as bad:
        _ = CALLER.chat({**ASK, **change})

    assert bad.value.problems[0].path == pointer


def test_a_refusal_says_what_to_do():
    with pytest.raises(Invalid, match="send the earlier items in 'input'"):
        _ = CALLER.chat({**ASK, "previous_response_id": "resp_1"})


@pytest.mark.parametrize(
    ("chat", "pointer"),
    [
        ({"messages": []}, "/messages"),
        ({"messages": [{"role": "x"}]}, "/messages/0/role"),
        (
            {"messages": [{"role": "user", "content": [{"type": "x"}]}]},
            "/messages/0/content/0/type",
        ),
        (
            {"messages": [{"role": "assistant", "content": [{"type": "file"}]}]},
            "/messages/0/content/0/type",
        ),
        ({"n": 2}, "/n"),
        ({"stop": ["x"]}, "/stop"),
        ({"modalities": ["audio"]}, "/modalities"),
        ({"tools": [{"type": "custom"}]}, "/tools/0/type"),
        ({"tool_choice": "sometimes"}, "/tool_choice"),
        ({"response_format": {"type": "x"}}, "/response_format/type"),
    ],
)
def test_what_responses_cannot_be_asked_is_refused_with_its_place(chat, pointer):
    with pytest.raises(Invalid) as bad:
        _ = sent(chat)

    assert bad.value.problems[0].path == pointer


def test_other_spellings_of_a_chat_are_understood():
    parts = [
        {"type": "image_url", "image_url": "https://x/y.png"},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA"}},
    ]
    said = {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}
    body = sent(
        {
            "messages": [{"role": "user", "content": parts}, said],
            "response_format": {"type": "json_object"},
            "tool_choice": "required",
        }
    )

    assert body["input"][0]["content"][0]["detail"] == "auto"
    assert body["input"][0]["content"][1]["filename"] == "document"
    assert body["input"][1]["content"] == [{"type": "refusal", "refusal": "No."}]
    assert body["text"] == {"format": {"type": "json_object"}}
    assert CALLER.chat({**ASK, "text": {"format": {"type": "json_object"}}})["response_format"] == {
        "type": "json_object"
    }


@FUZZED
@given(st.data())
def test_a_request_with_something_wrong_is_refused_or_sent_and_nothing_else(data):
    with suppress(Invalid):
        _ = CALLER.chat(spoiled(FULL, data.draw))
    with suppress(Invalid):
        _ = PROVIDER.chat(spoiled(CALLER.chat(FULL), data.draw), model())
