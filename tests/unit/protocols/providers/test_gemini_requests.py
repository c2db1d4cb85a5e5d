"""A chat as Gemini is asked it: https://ai.google.dev/api/generate-content."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.protocols.providers.wire import ROLES, bodies, model, nested

from podium.kernel.errors import Invalid
from podium.protocols.gemini.format import studio, vertex

FLASH = model("gemini-2.5-flash")
THREE = model("gemini-3-pro")
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a city.",
        "parameters": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {"city": {"type": "string", "minLength": 1}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}
DECLARED = {
    "name": "weather",
    "description": "The weather in a city.",
    "parametersJsonSchema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}
CALL = {
    "id": "c1",
    "type": "function",
    "function": {"name": "weather", "arguments": '{"city": "Bern"}'},
}
HI = [{"role": "user", "content": "hi"}]


def _asked(asked=FLASH, **chat: object):
    return studio().chat({"messages": HI, **chat}, asked).body


def _refused(**chat: object) -> Invalid:
    with pytest.raises(Invalid) as refused:
        _ = _asked(**chat)
    return refused.value


def test_a_chat_with_everything_that_gemini_can_be_asked():
    sent = studio().chat(
        {
            "model": "mine",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "developer", "content": [{"type": "text", "text": "In German."}]},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "What is this?", "cache_control": {"type": "x"}},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                        {"type": "image_url", "image_url": {"url": "https://x.example/a.JPG?s=1"}},
                        {"type": "input_audio", "input_audio": {"data": "BBBB", "format": "mp3"}},
                        {
                            "type": "file",
                            "file": {"file_data": "data:application/pdf;base64,CCCC"},
                        },
                        {"type": "file", "file": {"file_url": "gs://bucket/b.pdf"}},
                        {"type": "file", "file": {"file_id": "https://files.example/f1"}},
                    ],
                },
            ],
            "temperature": 0.5,
            "top_p": 0.9,
            "top_k": 40,
            "n": 2,
            "max_tokens": 100,
            "stop": ["END"],
            "seed": 7,
            "presence_penalty": 0.1,
            "frequency_penalty": 0.2,
            "logprobs": True,
            "top_logprobs": 3,
            "reasoning_effort": "low",
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "a", "schema": {"type": "object", "$comment": "x"}},
            },
            "tools": [WEATHER, {"googleSearch": {}}],
            "tool_choice": "required",
            "safety_settings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"}],
            "user": "u1",
            "stream_options": {"include_usage": True},
        },
        FLASH,
    )

    assert sent.path == "/models/gemini-2.5-flash:generateContent"
    assert sent.body == {
        "systemInstruction": {"parts": [{"text": "Be brief."}, {"text": "In German."}]},
        "contents": [
            {
                "role": "user",
                "parts": [
                    {"text": "What is this?"},
                    {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
                    {
                        "fileData": {
                            "mimeType": "image/jpeg",
                            "fileUri": "https://x.example/a.JPG?s=1",
                        }
                    },
                    {"inlineData": {"mimeType": "audio/mpeg", "data": "BBBB"}},
                    {"inlineData": {"mimeType": "application/pdf", "data": "CCCC"}},
                    {"fileData": {"mimeType": "application/pdf", "fileUri": "gs://bucket/b.pdf"}},
                    {"fileData": {"fileUri": "https://files.example/f1"}},
                ],
            }
        ],
        "tools": [{"functionDeclarations": [DECLARED]}, {"googleSearch": {}}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
        "generationConfig": {
            "temperature": 0.5,
            "topP": 0.9,
            "topK": 40,
            "candidateCount": 2,
            "seed": 7,
            "presencePenalty": 0.1,
            "frequencyPenalty": 0.2,
            "responseLogprobs": True,
            "logprobs": 3,
            "maxOutputTokens": 100,
            "stopSequences": ["END"],
            "responseMimeType": "application/json",
            "responseJsonSchema": {"type": "object"},
            "thinkingConfig": {"includeThoughts": True, "thinkingBudget": 1024},
        },
        "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"}],
    }


def test_calls_and_their_results_are_turns_of_model_and_user():
    body = _asked(
        messages=[
            {"role": "user", "content": "Weather?"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [CALL, {**CALL, "id": "c2"}],
            },
            {"role": "tool", "tool_call_id": "c1", "content": '{"degrees": 20}'},
            {"role": "tool", "tool_call_id": "c2", "content": "sunny"},
            {"role": "assistant", "content": ""},
            {"role": "user", "content": "Thanks"},
        ]
    )
    call = {"name": "weather", "args": {"city": "Bern"}}

    assert body["contents"] == [
        {"role": "user", "parts": [{"text": "Weather?"}]},
        {
            "role": "model",
            "parts": [
                {"functionCall": {"id": "c1", **call}},
                {"functionCall": {"id": "c2", **call}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {
                    "functionResponse": {
                        "id": "c1",
                        "name": "weather",
                        "response": {"degrees": 20},
                    }
                },
                {
                    "functionResponse": {
                        "id": "c2",
                        "name": "weather",
                        "response": {"output": "sunny"},
                    }
                },
                {"text": "Thanks"},
            ],
        },
    ]


def test_a_result_may_hold_a_picture():
    body = _asked(
        messages=[
            {"role": "assistant", "tool_calls": [CALL]},
            {
                "role": "tool",
                "tool_call_id": "c1",
                "content": [
                    {"type": "text", "text": "a map"},
                    {"type": "image_url", "image_url": "data:image/png;base64,AAAA"},
                ],
            },
        ]
    )

    assert body["contents"][1]["parts"][0]["functionResponse"] == {
        "id": "c1",
        "name": "weather",
        "response": {"output": "a map"},
        "parts": [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}],
    }


def _parts(asked, *messages: object):
    return _asked(asked, messages=list(messages))["contents"][0]["parts"]


def test_signatures_go_back_to_the_parts_they_came_from():
    details = [
        {"type": "reasoning.text", "text": "hm", "signature": "gemini:S0"},
        {"type": "reasoning.text", "text": "not signed"},
        {"type": "reasoning.text", "text": "other", "signature": "someone else's"},
        {"type": "reasoning.encrypted", "data": "not gemini's"},
        {"type": "reasoning.encrypted", "data": "gemini:S1", "id": "c1"},
        {"type": "reasoning.summary", "summary": "s"},
    ]
    spoken = {"role": "assistant", "content": "yes", "reasoning_details": details}
    last = {"type": "reasoning.encrypted", "data": "gemini:S9"}
    thought = {"text": "hm", "thought": True, "thoughtSignature": "S0"}

    assert _parts(THREE, {**spoken, "tool_calls": [CALL]})[0] == thought
    assert _parts(THREE, {**spoken, "tool_calls": [CALL]})[2]["thoughtSignature"] == "S1"
    assert _parts(THREE, {**spoken, "reasoning_details": [last]}) == [
        {"text": "yes", "thoughtSignature": "S9"}
    ]


def test_a_call_carries_its_own_signature_as_googles_openai_api_has_it():
    call = {**CALL, "extra_content": {"google": {"thought_signature": "S2"}}}
    parts = _parts(THREE, {"role": "assistant", "tool_calls": [call, {**CALL, "id": "c2"}]})

    assert [part.get("thoughtSignature") for part in parts] == ["S2", None]


def test_calls_of_other_models_are_marked_as_such_where_gemini_would_refuse_them():
    message = {"role": "assistant", "tool_calls": [CALL, {**CALL, "id": "c2"}]}
    signatures = [part.get("thoughtSignature") for part in _parts(THREE, message)]

    assert signatures == ["skip_thought_signature_validator", None]
    assert "thoughtSignature" not in _parts(FLASH, message)[0]


@pytest.mark.parametrize(
    ("asked", "given", "said"),
    [
        (FLASH, {"reasoning_effort": "high"}, {"includeThoughts": True, "thinkingBudget": 24576}),
        (FLASH, {"reasoning_effort": "none"}, {"thinkingBudget": 0}),
        (THREE, {"reasoning_effort": "high"}, {"includeThoughts": True, "thinkingLevel": "high"}),
        (THREE, {"reasoning_effort": "none"}, {"thinkingLevel": "minimal"}),
        (
            FLASH,
            {"thinking": {"type": "enabled", "budget_tokens": 2048}},
            {"includeThoughts": True, "thinkingBudget": 2048},
        ),
        (FLASH, {"thinking": {"type": "adaptive"}}, {"includeThoughts": True}),
        (FLASH, {"thinking": {"type": "disabled"}}, {"thinkingBudget": 0}),
    ],
)
def test_how_much_to_think_is_said_in_the_words_of_the_model(asked, given, said):
    assert _asked(asked, **given)["generationConfig"] == {"thinkingConfig": said}


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("auto", {"mode": "AUTO"}),
        ("none", {"mode": "NONE"}),
        (
            {"type": "function", "function": {"name": "weather"}},
            {"mode": "ANY", "allowedFunctionNames": ["weather"]},
        ),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {"mode": "auto", "tools": [WEATHER]},
            },
            {"mode": "VALIDATED", "allowedFunctionNames": ["weather"]},
        ),
    ],
)
def test_the_choice_of_a_tool(choice, said):
    body = _asked(tools=[WEATHER], tool_choice=choice)
    assert body["toolConfig"] == {"functionCallingConfig": said}
    assert "toolConfig" not in _asked(tool_choice=choice)


def test_instructions_alone_are_the_question():
    assert _asked(messages=[{"role": "system", "content": "hi"}]) == {
        "contents": [{"role": "user", "parts": [{"text": "hi"}]}]
    }


def test_other_things_that_can_be_asked():
    assert _asked(stop="x", modalities=["text", "image"], web_search_options={}) == {
        "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
        "tools": [{"googleSearch": {}}],
        "generationConfig": {"stopSequences": ["x"], "responseModalities": ["TEXT", "IMAGE"]},
    }
    assert _asked(response_format={"type": "json_object"})["generationConfig"] == {
        "responseMimeType": "application/json"
    }
    assert _asked(response_format={"type": "text"}, modalities=["text"], tools=[]) == _asked()
    bare = {"type": "function", "function": {"name": "now", "parameters": {"type": "object"}}}
    assert _asked(tools=[bare])["tools"] == [{"functionDeclarations": [{"name": "now"}]}]


@pytest.mark.parametrize(
    ("chat", "pointer"),
    [
        ({"messages": []}, "/messages"),
        ({"messages": "hi"}, "/messages"),
        ({"messages": [{"role": "function", "content": "x"}]}, "/messages/0/role"),
        ({"messages": [{"role": "user", "content": 7}]}, "/messages/0/content"),
        (
            {"messages": [{"role": "user", "content": [{"type": "video"}]}]},
            "/messages/0/content/0/type",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "file", "file": {}}]}]},
            "/messages/0/content/0/file",
        ),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [{"type": "image_url", "image_url": {"url": "data:x"}}],
                    }
                ]
            },
            "/messages/0/content/0/image_url/url",
        ),
        ({"messages": [{"role": "tool", "tool_call_id": "c9"}]}, "/messages/0/tool_call_id"),
        (
            {
                "messages": [
                    {
                        "role": "assistant",
                        "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": "[1]"}}],
                    }
                ]
            },
            "/messages/0/tool_calls/0/function/arguments",
        ),
        ({"tools": [{"type": "custom"}]}, "/tools/0/type"),
        ({"tools": [WEATHER], "tool_choice": "some"}, "/tool_choice"),
        ({"response_format": {"type": "xml"}}, "/response_format/type"),
        ({"reasoning_effort": "heroic"}, "/reasoning_effort"),
        ({"logit_bias": {"1": 2}}, "/logit_bias"),
        ({"max_tokens": "many"}, "/max_tokens"),
    ],
)
def test_what_gemini_cannot_be_asked_is_refused_with_its_place(chat, pointer):
    (problem,) = _refused(**chat).problems
    assert problem.path == pointer


def test_where_a_request_goes():
    stream = {"messages": HI, "stream": True}
    tuned = model("tunedModels/mine v1")

    assert studio().chat(stream, FLASH).path.endswith("flash:streamGenerateContent?alt=sse")
    assert vertex().chat({"messages": HI}, tuned).path == "/tunedModels/mine%20v1:generateContent"
    assert vertex().chat({"messages": HI}, FLASH) == studio().chat({"messages": HI}, FLASH)


KEYS = [
    "role", "content", "type", "text", "image_url", "url", "file", "file_data", "input_audio",
    "tool_calls", "function", "name", "arguments", "id", "tool_call_id", "reasoning_details",
    "data", "signature", "extra_content", "google", "parameters", "properties", "allOf", "enum",
    "$ref", "anyOf", "json_schema", "schema", "messages", "tools", "tool_choice", "stop", "n",
    "response_format", "thinking", "reasoning_effort", "modalities", "max_tokens", "allowed_tools",
]  # fmt: skip


@given(bodies(KEYS), st.lists(nested(KEYS), max_size=3), ROLES)
def test_whatever_is_asked_is_sent_or_refused(chat, contents, role):
    messages = [{"role": role, **(c if isinstance(c, dict) else {"content": c})} for c in contents]
    for asked in (chat, {**chat, "messages": messages}):
        with suppress(Invalid):
            _ = studio().chat(asked, THREE)
