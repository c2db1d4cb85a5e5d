"""Anthropic's requests as chats, and chats as Anthropic's requests."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.protocols.formats.models import FUZZED, PLAIN, model, spoiled

from podium.gateway.errors import UpstreamFailed
from podium.kernel.errors import Invalid
from podium.protocols.anthropic.caller import AnthropicCaller
from podium.protocols.anthropic.provider import AnthropicProvider
from podium.protocols.anthropic.tokens import answer, count_asked, counted, estimated

CALLER = AnthropicCaller()
PROVIDER = AnthropicProvider()
MARK = {"type": "ephemeral"}
HI = {"role": "user", "content": "Hi"}
ASK = {"model": "m", "max_tokens": 100, "messages": [HI]}
WEATHER = {"name": "weather", "input_schema": {"type": "object", "properties": {}}}
FULL = {
    "model": "m",
    "max_tokens": 4000,
    "system": [{"type": "text", "text": "Be brief.", "cache_control": MARK}],
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Look:"},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"},
                    "cache_control": MARK,
                },
                {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}},
                {
                    "type": "document",
                    "title": "a.pdf",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": "AAAA"},
                },
                {
                    "type": "document",
                    "source": {"type": "text", "media_type": "text/plain", "data": "Grüße"},
                },
                {"type": "document", "source": {"type": "url", "url": "https://x/b.pdf"}},
                {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
                {"type": "redacted_thinking", "data": "eHh4"},
                {"type": "text", "text": "Let me see."},
                {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"at": "Graz"}},
                {"type": "tool_use", "id": "toolu_2", "name": "weather", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "Rain"},
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_2",
                    "content": [
                        {"type": "text", "text": "No"},
                        {"type": "image", "source": {"type": "url", "url": "https://x/z.png"}},
                    ],
                    "is_error": True,
                },
                {"type": "text", "text": "And?"},
            ],
        },
    ],
    "tools": [{**WEATHER, "description": "The weather", "strict": True, "cache_control": MARK}],
    "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
    "stop_sequences": ["END"],
    "metadata": {"user_id": "u1"},
    "thinking": {"type": "adaptive"},
    "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": {"a": 1}}},
    "stream": True,
}


def sent(chat, **more: object):
    return PROVIDER.chat({"model": "m", "messages": [HI], **chat}, model(**more)).body


def test_a_request_is_the_same_on_the_other_side_of_a_chat():
    body = PROVIDER.chat(CALLER.chat(FULL), model()).body

    user, assistant, results = body["messages"]
    assert {**body, "model": "m"} == {
        **FULL,
        "messages": [user, assistant, results],
    }
    assert assistant == FULL["messages"][1]
    assert results == FULL["messages"][2]
    assert user == FULL["messages"][0]


def test_results_of_tools_become_messages_before_what_the_user_says():
    roles = [m["role"] for m in CALLER.chat(FULL)["messages"]]

    assert roles == ["system", "user", "assistant", "tool", "tool", "user"]


def test_choices_of_tools_have_names_on_both_sides():
    for theirs, ours in (
        ({"type": "auto"}, "auto"),
        ({"type": "any"}, "required"),
        ({"type": "none"}, "none"),
        (
            {"type": "tool", "name": "weather"},
            {"type": "function", "function": {"name": "weather"}},
        ),
    ):
        chat = CALLER.chat({**ASK, "tools": [WEATHER], "tool_choice": theirs})
        assert chat["tool_choice"] == ours
        assert sent(chat)["tool_choice"] == theirs


def test_turns_of_one_role_are_one_and_what_is_empty_is_left_out():
    body = sent(
        {
            "messages": [
                {"role": "user", "content": "a"},
                {"role": "developer", "content": "Rule."},
                {"role": "user", "content": [{"type": "text", "text": ""}]},
                {"role": "user", "content": "b"},
                {"role": "assistant", "content": None},
                {"role": "user", "content": "c"},
            ]
        }
    )

    texts = [{"type": "text", "text": t} for t in "abc"]
    assert body["messages"] == [{"role": "user", "content": texts}]
    assert body["system"] == "Rule."


def test_max_tokens_is_always_sent():
    assert sent({})["max_tokens"] == 8192
    assert sent({"max_tokens": 7})["max_tokens"] == 7
    assert sent({"max_tokens": 7, "max_completion_tokens": 9})["max_tokens"] == 9


def test_effort_is_a_budget_for_models_up_to_4_5_and_an_effort_for_later_ones():
    asked = {"reasoning_effort": "medium", "max_tokens": 8000, "temperature": 0.5}

    old, new = sent(asked, name="claude-sonnet-4-5-20250929"), sent(asked, name="claude-opus-4-7")

    assert old["thinking"] == {"type": "enabled", "budget_tokens": 4000}
    assert new["thinking"] == {"type": "adaptive"}
    assert new["output_config"] == {"effort": "medium"}
    assert "temperature" not in old


CALLED = {
    "role": "assistant",
    "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
}
SIGNED = {
    **CALLED,
    "reasoning_details": [{"type": "reasoning.text", "text": "Hm", "signature": "s"}],
}
RESULT = {"role": "tool", "tool_call_id": "1", "content": "x"}
FORCED = {
    "tools": [{"type": "function", "function": {"name": "f"}}],
    "tool_choice": "required",
    "reasoning_effort": "low",
}


def test_there_is_no_thinking_where_anthropic_would_refuse_it():
    old = {"reasoning_effort": "low", "max_tokens": 9000}
    for said, thinks in ((CALLED, False), (SIGNED, True)):
        body = sent({**old, "messages": [HI, said, RESULT]}, name="claude-haiku-4-5")
        assert ("thinking" in body) == thinks
    assert "thinking" in sent({**old, "messages": [HI, CALLED, RESULT]}, name="claude-opus-5")
    assert "thinking" not in sent(FORCED)


@pytest.mark.parametrize(
    ("name", "budget"),
    [
        ("claude-3-7-sonnet-20250219", True),
        ("claude-sonnet-4-20250514", True),
        ("anthropic.claude-opus-4-1-20250805-v1:0", True),
        ("claude-haiku-4-5", True),
        ("claude-opus-4-6", False),
        ("claude-sonnet-5-5", False),
        ("kimi-k3", False),
    ],
)
def test_which_models_take_a_budget(name, budget):
    thinking = sent({"reasoning_effort": "low", "max_tokens": 9000}, name=name)["thinking"]

    assert ("budget_tokens" in thinking) == budget


def test_there_is_no_thinking_where_nothing_is_left_for_it():
    body = sent({"reasoning_effort": "high", "max_tokens": 500}, name="claude-haiku-4-5")

    assert "thinking" not in body
    assert "thinking" not in sent({"reasoning_effort": "none"})


@pytest.mark.parametrize(
    ("request_", "effort"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, "low"),
        ({"thinking": {"type": "enabled", "budget_tokens": 60_000}}, "xhigh"),
        ({"thinking": {"type": "adaptive"}}, "high"),
        ({"thinking": {"type": "disabled"}, "output_config": {"effort": "max"}}, None),
        ({"output_config": {"effort": "max"}}, "max"),
        ({}, None),
    ],
)
def test_thinking_becomes_an_effort_for_others(request_, effort):
    assert CALLER.chat({**ASK, **request_}).get("reasoning_effort") == effort


def test_temperature_goes_before_top_p_and_is_one_at_most():
    body = sent({"temperature": 1.7, "top_p": 0.5, "top_k": 3})

    assert (body["temperature"], body["top_k"]) == (1.0, 3)
    assert "top_p" not in body


SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
STRUCTURED = {
    "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
}


def test_structured_output_is_native_or_else_a_tool_that_must_be_called():
    native, forced = sent(STRUCTURED), sent(STRUCTURED, capabilities=PLAIN)

    assert native["output_config"] == {"format": {"type": "json_schema", "schema": SCHEMA}}
    assert forced["tool_choice"] == {"type": "tool", "name": "podium_answer"}
    assert forced["tools"][0]["input_schema"] == SCHEMA


def test_any_json_is_asked_for_in_words():
    body = sent({"response_format": {"type": "json_object"}})

    assert "JSON object" in body["system"]


def test_ids_of_others_are_spelled_as_anthropic_accepts_them():
    call = {"id": "call.1|x", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    body = sent(
        {
            "messages": [
                HI,
                {"role": "assistant", "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "call.1|x", "content": ""},
            ]
        }
    )

    use, result = body["messages"][1]["content"][0], body["messages"][2]["content"][0]
    assert use["id"] == result["tool_use_id"] == "call_1_x"


def said(content):
    return {"messages": [{"role": "user", "content": content}]}


@pytest.mark.parametrize(
    ("chat", "pointer"),
    [
        ({"messages": []}, "/messages"),
        ({"messages": [{"role": "user", "content": ""}]}, "/messages"),
        ({"messages": [{"role": "critic", "content": "x"}]}, "/messages/0/role"),
        (said([{"type": "input_audio"}]), "/messages/0/content/0/type"),
        (said([{"type": "image_url", "image_url": {"url": "data:x"}}]), None),
        (said([{"type": "image_url", "image_url": {"url": "data:image/tiff;base64,AA"}}]), None),
        (said([{"type": "file", "file": {}}]), "/messages/0/content/0/file"),
        (said([{"type": "file", "file": {"file_data": "data:video/mp4;base64,AA"}}]), None),
        (said([{"type": "file", "file": {"file_data": "data:text/plain;base64,_"}}]), None),
        ({"n": 2}, "/n"),
        ({"logprobs": True}, "/logprobs"),
        ({"modalities": ["text", "audio"]}, "/modalities"),
        ({"stop": [1]}, "/stop/0"),
        ({"temperature": "hot"}, "/temperature"),
        ({"reasoning_effort": "huge"}, "/reasoning_effort"),
        ({"response_format": {"type": "grammar"}}, "/response_format/type"),
        ({"tools": [{"type": "custom"}]}, "/tools/0/type"),
        (
            {
                "tools": [{"type": "function", "function": {"name": "f"}}],
                "tool_choice": {"type": "allowed_tools"},
            },
            "/tool_choice",
        ),
        (
            {
                "messages": [
                    {
                        "role": "assistant",
                        "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{"}}],
                    }
                ]
            },
            "/messages/0/tool_calls/0/function/arguments",
        ),
    ],
)
def test_what_anthropic_cannot_be_asked_is_refused_with_its_place(chat, pointer):
    with pytest.raises(Invalid) as bad:
        _ = sent(chat)

    path = bad.value.problems[0].path
    assert path == pointer if pointer else path.startswith("/messages/0/content/0")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"max_tokens": None}, "/max_tokens"),
        ({"max_tokens": "5"}, "/max_tokens"),
        ({"messages": []}, "/messages"),
        ({"messages": [{"role": "user", "content": None}]}, "/messages/0/content"),
        ({"messages": [{"role": "robot", "content": ""}]}, "/messages/0/role"),
        ({"messages": [{"role": "user", "content": [{"type": "web_fetch"}]}]}, None),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, None),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "image", "source": {"type": "x"}}]}
                ]
            },
            None,
        ),
        ({"tools": [{"type": "web_search_20260318", "name": "web_search"}]}, "/tools/0/type"),
        ({"tool_choice": {"type": "maybe"}}, "/tool_choice/type"),
        ({"mcp_servers": [{}]}, "/mcp_servers"),
        ({"output_config": {"format": {"type": "xml"}}}, "/output_config/format/type"),
        ({"system": 5}, "/system"),
        ({"thinking": "yes"}, "/thinking"),
    ],
)
def test_wrong_requests_are_refused_with_their_place(change, pointer):
    with pytest.raises(Invalid) as bad:
        _ = CALLER.chat({**ASK, **change})

    path = bad.value.problems[0].path
    assert path == pointer if pointer else path.startswith("/messages/0/content/0")


@FUZZED
@given(st.data())
def test_a_request_with_something_wrong_is_refused_or_sent_and_nothing_else(data):
    with suppress(Invalid):
        _ = CALLER.chat(spoiled(FULL, data.draw))
    with suppress(Invalid):
        _ = PROVIDER.chat(spoiled(CALLER.chat(FULL), data.draw), model())


def test_tokens_are_counted_by_the_provider_or_estimated():
    asked = count_asked({**FULL, "stream": True}, model())

    assert asked.path == "/messages/count_tokens"
    assert "stream" not in asked.body
    assert "max_tokens" not in asked.body
    assert answer(counted({"input_tokens": 12})) == {"input_tokens": 12}
    assert 10 < estimated({**FULL}) < 500
    with pytest.raises(UpstreamFailed):
        _ = counted({"input_tokens": "many"})
    with pytest.raises(Invalid):
        _ = estimated({"messages": []})


def test_anthropic_makes_no_embeddings():
    with pytest.raises(Invalid, match="no embeddings"):
        _ = PROVIDER.embeddings({"input": "x"}, model())
    with pytest.raises(UpstreamFailed):
        _ = PROVIDER.embedded({}, {})
