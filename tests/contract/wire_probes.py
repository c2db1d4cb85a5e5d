"""Requests that each hold one thing more than a greeting, in the words of every caller."""

from dataclasses import dataclass, field

CHAT, RESPONSES, MESSAGES = "openai_chat", "openai_responses", "anthropic_messages"
HI = {"role": "user", "content": "Hi"}
HELLO = {
    CHAT: {"model": "m", "messages": [HI]},
    RESPONSES: {"model": "m", "input": [HI]},
    MESSAGES: {"model": "m", "max_tokens": 9, "messages": [HI]},
}
SCHEMA = {"type": "object", "properties": {"property42": {"type": "string"}}}


@dataclass(frozen=True, slots=True)
class Probe:
    """`marker` is what has to be found in the provider's request; without one, it has to differ.

    `beside` is in both requests, the one with it and the one without.
    """

    name: str
    asked: dict[str, dict]
    marker: str = ""
    beside: dict[str, dict] = field(default_factory=dict)


def same(name, fields, marker="", callers=(CHAT, RESPONSES, MESSAGES)):
    return Probe(name, dict.fromkeys(callers, fields), marker)


def said(name, chat, responses, messages, marker):
    """A part of a message of the user."""
    asked = {}
    for caller, key, part in (
        (CHAT, "messages", chat),
        (RESPONSES, "input", responses),
        (MESSAGES, "messages", messages),
    ):
        if part:
            asked[caller] = {key: [{"role": "user", "content": [part]}]}
    return Probe(name, asked, marker)


def source(kind, **fields: object):
    return {"type": kind, "source": fields}


def tool(caller, **more: object):
    named = {"name": "tool42", "description": "A tool"}
    match caller:
        case "openai_chat":
            return {"type": "function", "function": {**named, "parameters": SCHEMA, **more}}
        case "openai_responses":
            return {"type": "function", **named, "parameters": SCHEMA, **more}
        case _:
            return {**named, "input_schema": SCHEMA, **more}


TOOLS = {caller: {"tools": [tool(caller)]} for caller in (CHAT, RESPONSES, MESSAGES)}
STRICT = {caller: {"tools": [tool(caller, strict=True)]} for caller in (CHAT, RESPONSES, MESSAGES)}


IMAGE = "https://x.example/image42.png"
FILE = "https://x.example/file42.pdf"
CALL = {"id": "call42", "type": "function", "function": {"name": "f", "arguments": "{}"}}
USE = {"type": "tool_use", "id": "call42", "name": "f", "input": {}}
CALLED = {"type": "function_call", "call_id": "call42", "name": "f", "arguments": "{}"}


def result(name, marker, chat, responses, messages):
    told = {
        CHAT: {
            "messages": [
                HI,
                {"role": "assistant", "tool_calls": [CALL]},
                {"role": "tool", "tool_call_id": "call42", **chat},
            ]
        },
        RESPONSES: {
            "input": [
                HI,
                CALLED,
                {"type": "function_call_output", "call_id": "call42", **responses},
            ]
        },
        MESSAGES: {
            "messages": [
                HI,
                {"role": "assistant", "content": [USE]},
                {
                    "role": "user",
                    "content": [{"type": "tool_result", "tool_use_id": "call42", **messages}],
                },
            ]
        },
    }
    return Probe(name, told, marker)


PROBES = (
    Probe(
        "system prompt",
        {
            CHAT: {"messages": [{"role": "system", "content": "Rule 42"}, HI]},
            RESPONSES: {"instructions": "Rule 42"},
            MESSAGES: {"system": "Rule 42"},
        },
        "Rule 42",
    ),
    Probe(
        "most tokens",
        {
            CHAT: {"max_completion_tokens": 4242},
            RESPONSES: {"max_output_tokens": 4242},
            MESSAGES: {"max_tokens": 4242},
        },
        "4242",
    ),
    same("temperature", {"temperature": 0.42}, "0.42"),
    same("top_p", {"top_p": 0.42}, "0.42"),
    same("top_k", {"top_k": 42}, "42", (CHAT, MESSAGES)),
    Probe(
        "stop sequences",
        {CHAT: {"stop": ["STOP42"]}, MESSAGES: {"stop_sequences": ["STOP42"]}},
        "STOP42",
    ),
    same("seed", {"seed": 4242}, "4242", (CHAT,)),
    same("penalties", {"presence_penalty": 0.42}, "0.42", (CHAT,)),
    same("several answers (`n`)", {"n": 2}, callers=(CHAT,)),
    Probe(
        "log probabilities",
        {
            CHAT: {"logprobs": True, "top_logprobs": 4},
            RESPONSES: {"include": ["message.output_text.logprobs"], "top_logprobs": 4},
        },
    ),
    Probe(
        "end user",
        {
            CHAT: {"user": "user42"},
            RESPONSES: {"user": "user42"},
            MESSAGES: {"metadata": {"user_id": "user42"}},
        },
        "user42",
    ),
    same("metadata", {"metadata": {"a": "meta42"}}, "meta42", (CHAT, RESPONSES)),
    same("service tier", {"service_tier": "auto"}),
    same("prompt cache key", {"prompt_cache_key": "key42"}, "key42", (CHAT, RESPONSES)),
    Probe(
        "verbosity",
        {CHAT: {"verbosity": "low"}, RESPONSES: {"text": {"verbosity": "low"}}},
    ),
    said(
        "image as data",
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aW1hZ2U="}},
        {"type": "input_image", "image_url": "data:image/png;base64,aW1hZ2U="},
        source("image", type="base64", media_type="image/png", data="aW1hZ2U="),
        "aW1hZ2U=",
    ),
    said(
        "image by address",
        {"type": "image_url", "image_url": {"url": IMAGE}},
        {"type": "input_image", "image_url": IMAGE},
        source("image", type="url", url=IMAGE),
        IMAGE,
    ),
    said(
        "PDF as data",
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,cGRm"}},
        {"type": "input_file", "file_data": "data:application/pdf;base64,cGRm"},
        source("document", type="base64", media_type="application/pdf", data="cGRm"),
        "cGRm",
    ),
    said(
        "PDF by address",
        {"type": "file", "file": {"file_url": FILE}},
        {"type": "input_file", "file_url": FILE},
        source("document", type="url", url=FILE),
        FILE,
    ),
    said(
        "text as a document",
        None,
        None,
        source("document", type="text", media_type="text/plain", data="Text 42"),
        "",
    ),
    said(
        "file by its id",
        {"type": "file", "file": {"file_id": "file-42"}},
        {"type": "input_file", "file_id": "file-42"},
        source("document", type="file", file_id="file-42"),
        "file-42",
    ),
    said(
        "sound",
        {"type": "input_audio", "input_audio": {"data": "c291bmQ=", "format": "wav"}},
        None,
        None,
        "c291bmQ=",
    ),
    said(
        "what to cache (`cache_control`)",
        {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}},
        None,
        {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}},
        "ephemeral",
    ),
    Probe("tools", TOOLS, "tool42"),
    Probe("strict tools", STRICT, beside=TOOLS),
    Probe(
        "a tool must be called",
        {
            CHAT: {"tool_choice": "required"},
            RESPONSES: {"tool_choice": "required"},
            MESSAGES: {"tool_choice": {"type": "any"}},
        },
        beside=TOOLS,
    ),
    Probe(
        "this tool must be called",
        {
            CHAT: {"tool_choice": {"type": "function", "function": {"name": "tool42"}}},
            RESPONSES: {"tool_choice": {"type": "function", "name": "tool42"}},
            MESSAGES: {"tool_choice": {"type": "tool", "name": "tool42"}},
        },
        beside=TOOLS,
    ),
    Probe(
        "one call at a time",
        {
            CHAT: {"parallel_tool_calls": False},
            RESPONSES: {"parallel_tool_calls": False},
            MESSAGES: {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
        },
        beside=TOOLS,
    ),
    Probe(
        "tools of the provider",
        {
            CHAT: {"tools": [{"type": "custom", "custom": {"name": "x"}}]},
            RESPONSES: {"tools": [{"type": "web_search"}]},
            MESSAGES: {"tools": [{"type": "web_search_20260318", "name": "web_search"}]},
        },
        "web_search",
    ),
    result(
        "result of a tool",
        "Result 42",
        {"content": "Result 42"},
        {"output": "Result 42"},
        {"content": "Result 42"},
    ),
    result(
        "image in a result",
        IMAGE,
        {"content": [{"type": "image_url", "image_url": {"url": IMAGE}}]},
        {"output": [{"type": "input_image", "image_url": IMAGE}]},
        {"content": [source("image", type="url", url=IMAGE)]},
    ),
    Probe(
        "a tool failed (`is_error`)",
        {
            MESSAGES: {
                "messages": [
                    HI,
                    {"role": "assistant", "content": [USE]},
                    {
                        "role": "user",
                        "content": [
                            {
                                "type": "tool_result",
                                "tool_use_id": "call42",
                                "content": "x",
                                "is_error": True,
                            }
                        ],
                    },
                ]
            }
        },
        "is_error",
    ),
    Probe(
        "JSON by a schema",
        {
            CHAT: {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "x", "schema": SCHEMA},
                }
            },
            RESPONSES: {"text": {"format": {"type": "json_schema", "name": "x", "schema": SCHEMA}}},
            MESSAGES: {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
        },
        "property42",
    ),
    Probe(
        "any JSON",
        {
            CHAT: {"response_format": {"type": "json_object"}},
            RESPONSES: {"text": {"format": {"type": "json_object"}}},
        },
    ),
    Probe(
        "effort of reasoning",
        {
            CHAT: {"reasoning_effort": "high"},
            RESPONSES: {"reasoning": {"effort": "high"}},
            MESSAGES: {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}},
        },
    ),
    Probe(
        "reasoning that Anthropic signed",
        {
            CHAT: {
                "messages": [
                    HI,
                    {
                        "role": "assistant",
                        "content": "x",
                        "reasoning_details": [
                            {"type": "reasoning.text", "text": "x", "signature": "c2ln42"}
                        ],
                    },
                ]
            },
            RESPONSES: {
                "input": [
                    HI,
                    {
                        "type": "reasoning",
                        "summary": [{"type": "summary_text", "text": "x"}],
                        "encrypted_content": "anthropic:c2ln42",
                    },
                ]
            },
            MESSAGES: {
                "messages": [
                    HI,
                    {
                        "role": "assistant",
                        "content": [{"type": "thinking", "thinking": "x", "signature": "c2ln42"}],
                    },
                ]
            },
        },
        "c2ln42",
    ),
    Probe(
        "reasoning that OpenAI encrypted",
        {
            CHAT: {
                "messages": [
                    HI,
                    {
                        "role": "assistant",
                        "reasoning_details": [
                            {"type": "reasoning.encrypted", "id": "rs", "data": "openai:c2ln42"}
                        ],
                    },
                ]
            },
            RESPONSES: {
                "input": [
                    HI,
                    {"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "c2ln42"},
                ]
            },
        },
        "c2ln42",
    ),
    same("stream", {"stream": True}),
    same("earlier response", {"previous_response_id": "resp42"}, "resp42", (RESPONSES,)),
)
