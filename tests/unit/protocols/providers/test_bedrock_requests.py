"""A chat as Converse is asked it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.protocols.providers.wire import ROLES, bodies, model, nested

from podium.kernel.errors import Invalid
from podium.protocols.bedrock.format import BedrockConverse

SONNET = model("anthropic.claude-3-7-sonnet-20250219-v1:0")
NEWER = model("global.anthropic.claude-opus-4-8-v1")
NOVA = model("amazon.nova-2-lite-v1:0")
OSS = model("openai.gpt-oss-120b-1:0")
HI = [{"role": "user", "content": "hi"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        "strict": True,
    },
}
SPEC = {
    "toolSpec": {
        "name": "weather",
        "description": "The weather.",
        "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}}},
        "strict": True,
    }
}
CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"a": 1}'}}
USED = {"toolUse": {"toolUseId": "c1", "name": "weather", "input": {"a": 1}}}


def _asked(asked=SONNET, **chat: object):
    return BedrockConverse().chat({"messages": HI, **chat}, asked).body


def test_a_chat_with_everything_that_converse_can_be_asked():
    sent = BedrockConverse().chat(
        {
            "messages": [
                {
                    "role": "system",
                    "content": [
                        {"type": "text", "text": "Be brief.", "cache_control": {"type": "e"}}
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "See:"},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
                        {
                            "type": "file",
                            "file": {
                                "filename": "Q3_report.final.pdf",
                                "file_data": "data:application/pdf;base64,BB",
                            },
                        },
                        {
                            "type": "file",
                            "file": {"filename": "notes.md", "file_url": "s3://b/notes.md"},
                            "cache_control": {"type": "ephemeral", "ttl": "1h"},
                        },
                        {"type": "input_audio", "input_audio": {"data": "CC", "format": "wav"}},
                        {"type": "file", "file": {"file_data": "data:video/mp4;base64,DD"}},
                        {"type": "text", "text": " "},
                    ],
                },
            ],
            "max_completion_tokens": 900,
            "temperature": 0.5,
            "top_p": 0.9,
            "top_k": 5,
            "stop": "END",
            "tools": [{**WEATHER, "cache_control": {"type": "ephemeral"}}],
            "tool_choice": {"type": "function", "function": {"name": "weather"}},
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "a", "schema": {"type": "object"}},
            },
            "service_tier": "flex",
            "guardrail_config": {"guardrailIdentifier": "g"},
            "additional_model_request_fields": {"anthropic_beta": ["x"]},
            "user": "u",
        },
        SONNET,
    )

    assert sent.path == "/model/anthropic.claude-3-7-sonnet-20250219-v1%3A0/converse"
    assert sent.body == {
        "system": [{"text": "Be brief."}, {"cachePoint": {"type": "default"}}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"text": "See:"},
                    {"image": {"format": "png", "source": {"bytes": "AA"}}},
                    {
                        "document": {
                            "format": "pdf",
                            "name": "Q3 report final",
                            "source": {"bytes": "BB"},
                        }
                    },
                    {
                        "document": {
                            "format": "md",
                            "name": "notes",
                            "source": {"s3Location": {"uri": "s3://b/notes.md"}},
                        }
                    },
                    {"cachePoint": {"type": "default", "ttl": "1h"}},
                    {"audio": {"format": "wav", "source": {"bytes": "CC"}}},
                    {"video": {"format": "mp4", "source": {"bytes": "DD"}}},
                ],
            }
        ],
        "inferenceConfig": {
            "maxTokens": 900,
            "temperature": 0.5,
            "topP": 0.9,
            "stopSequences": ["END"],
        },
        "toolConfig": {
            "tools": [SPEC, {"cachePoint": {"type": "default"}}],
            "toolChoice": {"tool": {"name": "weather"}},
        },
        "outputConfig": {
            "textFormat": {
                "type": "json_schema",
                "structure": {"jsonSchema": {"schema": '{"type":"object"}', "name": "a"}},
            }
        },
        "additionalModelRequestFields": {"top_k": 5, "anthropic_beta": ["x"]},
        "serviceTier": {"type": "flex"},
        "guardrailConfig": {"guardrailIdentifier": "g"},
    }


def test_calls_results_and_signed_thoughts_are_blocks():
    details = [
        {"type": "reasoning.text", "text": "hm", "signature": "S"},
        {"type": "reasoning.text", "text": "nobody signed"},
        {"type": "reasoning.encrypted", "data": "EE"},
        {"type": "reasoning.encrypted", "data": "gemini:not mine"},
        {"type": "reasoning.summary", "summary": "s"},
    ]
    body = _asked(
        messages=[
            *HI,
            {
                "role": "assistant",
                "content": "So:",
                "reasoning_details": details,
                "tool_calls": [CALL],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "20°"},
            {"role": "tool", "tool_call_id": "c2", "content": ""},
            {"role": "user", "content": "And?"},
        ]
    )

    assert body["messages"] == [
        {"role": "user", "content": [{"text": "hi"}]},
        {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "S"}}},
                {"reasoningContent": {"redactedContent": "EE"}},
                {"text": "So:"},
                USED,
            ],
        },
        {
            "role": "user",
            "content": [
                {"toolResult": {"toolUseId": "c1", "content": [{"text": "20°"}]}},
                {"toolResult": {"toolUseId": "c2", "content": [{"json": {}}]}},
                {"text": "And?"},
            ],
        },
    ]


@pytest.mark.parametrize(
    ("asked", "given", "said"),
    [
        (
            SONNET,
            {"reasoning_effort": "high"},
            {"thinking": {"type": "enabled", "budget_tokens": 16384}},
        ),
        (
            SONNET,
            {"reasoning_effort": "high", "max_tokens": 4000},
            {"thinking": {"type": "enabled", "budget_tokens": 3999}},
        ),
        (SONNET, {"reasoning_effort": "low", "max_tokens": 500}, None),
        (SONNET, {"reasoning_effort": "none"}, None),
        (
            NEWER,
            {"reasoning_effort": "minimal"},
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}},
        ),
        (NEWER, {"thinking": {"type": "disabled"}}, {"thinking": {"type": "disabled"}}),
        (
            NOVA,
            {"reasoning_effort": "max"},
            {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}},
        ),
        (NOVA, {"top_k": 3}, {"inferenceConfig": {"topK": 3}}),
        (OSS, {"reasoning_effort": "medium"}, {"reasoning_effort": "medium"}),
        (OSS, {"thinking": {"type": "enabled"}}, None),
        (model("meta.llama3"), {"reasoning_effort": "high"}, None),
    ],
)
def test_how_much_to_think_is_said_in_the_words_of_the_model(asked, given, said):
    assert _asked(asked, **given).get("additionalModelRequestFields") == said


@pytest.mark.parametrize(
    ("choice", "said"), [("auto", {"auto": {}}), ("required", {"any": {}}), (None, None)]
)
def test_the_choice_of_a_tool(choice, said):
    assert _asked(tools=[WEATHER], tool_choice=choice)["toolConfig"].get("toolChoice") == said


def test_who_chooses_no_tool_gets_none_unless_some_were_used():
    used = [*HI, {"role": "assistant", "tool_calls": [CALL]}]
    assert "toolConfig" not in _asked(tools=[WEATHER], tool_choice="none")
    assert _asked(messages=used, tools=[WEATHER], tool_choice="none")["toolConfig"] == {
        "tools": [SPEC]
    }


def test_a_tool_without_parameters_takes_an_empty_object():
    tool = {"type": "function", "function": {"name": "now"}}
    (spec,) = _asked(tools=[tool])["toolConfig"]["tools"]
    assert spec["toolSpec"]["inputSchema"] == {"json": {"type": "object", "properties": {}}}


def test_instructions_alone_are_the_question():
    assert _asked(messages=[{"role": "developer", "content": "hi"}]) == {
        "messages": [{"role": "user", "content": [{"text": "hi"}]}]
    }


def test_where_a_request_goes():
    arn = model("arn:aws:bedrock:eu-central-1:1:inference-profile/eu.x-v1:0")
    path = BedrockConverse().chat({"messages": HI, "stream": True}, arn).path

    assert path == (
        "/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A1%3Ainference-profile%2Feu.x-v1%3A0"
        "/converse-stream"
    )


@pytest.mark.parametrize(
    ("chat", "pointer"),
    [
        ({"messages": []}, "/messages"),
        ({"messages": [{"role": "user", "content": "  "}]}, "/messages"),
        ({"messages": [{"role": "critic", "content": "x"}]}, "/messages/0/role"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "/messages/0/tool_call_id"),
        (
            {"messages": [{"role": "user", "content": [{"type": "video_url"}]}]},
            "/messages/0/content/0/type",
        ),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [{"type": "image_url", "image_url": "https://x.example/a.png"}],
                    }
                ]
            },
            "/messages/0/content/0",
        ),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [{"type": "file", "file": {"file_data": "data:x/y;base64,AA"}}],
                    }
                ]
            },
            "/messages/0/content/0",
        ),
        ({"tools": [{"type": "web_search"}]}, "/tools/0/type"),
        ({"tools": [WEATHER], "tool_choice": {"type": "allowed_tools"}}, "/tool_choice"),
        ({"response_format": {"type": "json_object"}}, "/response_format/type"),
        ({"reasoning_effort": "some"}, "/reasoning_effort"),
        ({"logit_bias": {"1": 2}}, "/logit_bias"),
        ({"logprobs": True}, "/logprobs"),
        ({"presence_penalty": 0.5}, "/presence_penalty"),
        ({"n": 2}, "/n"),
    ],
)
def test_what_converse_cannot_be_asked_is_refused_with_its_place(chat, pointer):
    with pytest.raises(Invalid) as refused:
        _ = _asked(**chat)
    (problem,) = refused.value.problems
    assert problem.path == pointer


KEYS = [
    "role", "content", "type", "text", "image_url", "url", "file", "file_data", "input_audio",
    "tool_calls", "function", "name", "arguments", "id", "tool_call_id", "reasoning_details",
    "data", "signature", "cache_control", "ttl", "parameters", "json_schema", "schema", "messages",
    "tools", "tool_choice", "stop", "n", "response_format", "thinking", "reasoning_effort",
    "max_tokens", "additional_model_request_fields", "service_tier", "filename", "top_k",
]  # fmt: skip


@given(bodies(KEYS), st.lists(nested(KEYS), max_size=3), ROLES)
def test_whatever_is_asked_is_sent_or_refused(chat, contents, role):
    messages = [{"role": role, **(c if isinstance(c, dict) else {"content": c})} for c in contents]
    for asked in (chat, {**chat, "messages": messages}):
        with suppress(Invalid):
            _ = BedrockConverse().chat(asked, SONNET)
