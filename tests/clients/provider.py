"""A provider that speaks OpenAI's chat by script: it greets, and asks for a tool where it has one.

What it says depends on what has come through to it, so that an answer shows both directions.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, cast

from tests.clients.steps import GREETING, QUESTION, REPORT, RESULT, TOOL
from tests.service.faulty_upstream import Asked, Line

Object: TypeAlias = Mapping[str, object]

_USAGE: Final = {"prompt_tokens": 9, "completion_tokens": 6, "total_tokens": 15}
_ARGUMENTS: Final = ('{"city"', ': "Rome"}')
"""As pieces of a stream."""


def plays(line: Line, asked: Asked) -> None:
    """One answer, whole or as a stream."""
    messages = cast("Sequence[Object]", asked.body.get("messages", ()))
    tools = [_name(tool) for tool in cast("Sequence[Object]", asked.body.get("tools") or ())]
    answered = any(one.get("role") == "tool" for one in messages)
    # Some clients put the name of a plug-in before that of its tool.
    calls = "" if answered else next((name for name in tools if name.endswith(TOOL)), "")
    text = _text(messages)
    if not asked.streamed:
        message = (
            {"role": "assistant", "content": None, "tool_calls": [_call(calls)]} if calls else {}
        )
        whole = message or {"role": "assistant", "content": text}
        ending = "tool_calls" if calls else "stop"
        choice = {"index": 0, "message": whole, "finish_reason": ending}
        said = _named("chat.completion", asked, choices=[choice], usage=_USAGE)
        line.whole(json.dumps(said).encode())
        return
    line.stream()
    for delta in _called(calls) if calls else _said(text):
        line.chunk(_event(asked, [{"index": 0, "delta": delta, "finish_reason": None}]))
    ending = "tool_calls" if calls else "stop"
    line.chunk(_event(asked, [{"index": 0, "delta": {}, "finish_reason": ending}]))
    line.chunk(_event(asked, [], usage=_USAGE))
    line.chunk(b"data: [DONE]\n\n")
    line.last()


def _text(messages: Sequence[Object]) -> str:
    results = [json.dumps(one) for one in messages if one.get("role") == "tool"]
    if results:
        return REPORT if RESULT in results[-1] else f"No result of a tool: {results[-1]}"
    asked = json.dumps([one for one in messages if one.get("role") == "user"])
    return GREETING if QUESTION in asked else f"No question: {asked}"


def _name(tool: Object) -> str:
    return str(cast("Object", tool.get("function") or {}).get("name", ""))


def _call(name: str) -> Object:
    function = {"name": name, "arguments": "".join(_ARGUMENTS)}
    return {"id": "call_1", "type": "function", "function": function}


def _called(name: str) -> list[Object]:
    head = {"index": 0, "id": "call_1", "type": "function"}
    first = {**head, "function": {"name": name, "arguments": ""}}
    rest = [{"index": 0, "function": {"arguments": piece}} for piece in _ARGUMENTS]
    return [
        {"role": "assistant", "content": None},
        *({"tool_calls": [one]} for one in (first, *rest)),
    ]


def _said(text: str) -> list[Object]:
    words = text.split(" ")
    rest = [{"content": f" {word}"} for word in words[1:]]
    return [{"role": "assistant", "content": ""}, {"content": words[0]}, *rest]


def _event(asked: Asked, choices: Sequence[Object], **more: object) -> bytes:
    said = _named("chat.completion.chunk", asked, choices=choices, **more)
    return f"data: {json.dumps(said)}\n\n".encode()


def _named(kind: str, asked: Asked, **more: object) -> Object:
    head = {"id": "chatcmpl-1", "object": kind, "created": 1_700_000_000, "model": asked.model}
    return {**head, **more}
