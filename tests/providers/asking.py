"""The questions, asked of podium by the official clients of OpenAI and Anthropic.

Each function raises AssertionError where the answer is not the one of `aimock/fixtures.json`.
"""

import json
from collections.abc import Callable, Mapping
from typing import Final

import anthropic
import openai

SAID: Final = "Hello from the other side, word for word."
_CITY: Final = {"city": "Oslo"}
_TOOL: Final = "get_weather"
_HELLO: Final = [{"role": "user", "content": "Hello"}]
_WEATHER: Final = [{"role": "user", "content": "What is the weather in Oslo?"}]
_SCHEMA: Final = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}
_FUNCTION: Final = {"name": _TOOL, "description": "The weather.", "parameters": _SCHEMA}
_MOST: Final = 200

Ask = Callable[["Clients", str], None]


class Clients:
    def __init__(self, url: str, key: str) -> None:
        self.openai: openai.OpenAI = openai.OpenAI(
            base_url=f"{url}/v1", api_key=key, max_retries=0, timeout=60
        )
        self.anthropic: anthropic.Anthropic = anthropic.Anthropic(
            base_url=url, api_key=key, max_retries=0, timeout=60
        )

    def close(self) -> None:
        self.openai.close()
        self.anthropic.close()


def _same(found: object, wanted: object) -> None:
    assert found == wanted, f"got {str(found)[:120]!r}"


def _chat(clients: Clients, model: str) -> None:
    answer = clients.openai.chat.completions.create(model=model, messages=_HELLO)
    _same(answer.choices[0].message.content, SAID)
    _same(answer.choices[0].finish_reason, "stop")


def _chat_stream(clients: Clients, model: str) -> None:
    with clients.openai.chat.completions.stream(model=model, messages=_HELLO) as stream:
        pieces = [one.delta for one in stream if one.type == "content.delta"]
    _in_pieces(pieces)


def _chat_tool(clients: Clients, model: str) -> None:
    tools = [{"type": "function", "function": _FUNCTION}]
    asked = {"model": model, "messages": _WEATHER, "tools": tools}
    answers = [clients.openai.chat.completions.create(**asked)]
    with clients.openai.chat.completions.stream(**asked) as stream:
        answers.append(stream.get_final_completion())
    for answer in answers:
        (call,) = answer.choices[0].message.tool_calls or ()
        _same((call.function.name, json.loads(call.function.arguments)), (_TOOL, _CITY))
        _same(answer.choices[0].finish_reason, "tool_calls")


def _embed(clients: Clients, model: str) -> None:
    texts = ["Hello", "Good day"]
    answer = clients.openai.embeddings.create(model=model, input=texts)
    _same([one.index for one in answer.data], [0, 1])
    first, second = (one.embedding for one in answer.data)
    assert first, "got no numbers"
    assert first != second, "got the same vector for two texts"


def _response(clients: Clients, model: str) -> None:
    answer = clients.openai.responses.create(model=model, input="Hello", store=False)
    _same((answer.output_text, answer.status), (SAID, "completed"))


def _response_stream(clients: Clients, model: str) -> None:
    with clients.openai.responses.stream(model=model, input="Hello", store=False) as stream:
        pieces = [one.delta for one in stream if one.type == "response.output_text.delta"]
        _same(stream.get_final_response().output_text, SAID)
    _in_pieces(pieces)


def _response_tool(clients: Clients, model: str) -> None:
    tools = [{"type": "function", **_FUNCTION, "strict": False}]
    asked = {"model": model, "input": _WEATHER, "tools": tools, "store": False}
    answers = [clients.openai.responses.create(**asked)]
    with clients.openai.responses.stream(**asked) as stream:
        answers.append(stream.get_final_response())
    for answer in answers:
        (call,) = [item for item in answer.output if item.type == "function_call"]
        _same((call.name, json.loads(call.arguments)), (_TOOL, _CITY))


def _message(clients: Clients, model: str) -> None:
    answer = clients.anthropic.messages.create(model=model, messages=_HELLO, max_tokens=_MOST)
    _same("".join(one.text for one in answer.content if one.type == "text"), SAID)
    _same(answer.stop_reason, "end_turn")


def _message_stream(clients: Clients, model: str) -> None:
    asked = {"model": model, "messages": _HELLO, "max_tokens": _MOST}
    with clients.anthropic.messages.stream(**asked) as stream:
        _in_pieces(list(stream.text_stream))
        _same(stream.get_final_message().stop_reason, "end_turn")


def _message_tool(clients: Clients, model: str) -> None:
    tools = [{"name": _TOOL, "description": "The weather.", "input_schema": _SCHEMA}]
    asked = {"model": model, "messages": _WEATHER, "max_tokens": _MOST, "tools": tools}
    answers = [clients.anthropic.messages.create(**asked)]
    with clients.anthropic.messages.stream(**asked) as stream:
        answers.append(stream.get_final_message())
    for answer in answers:
        (use,) = [one for one in answer.content if one.type == "tool_use"]
        _same((use.name, use.input), (_TOOL, _CITY))
        _same(answer.stop_reason, "tool_use")


def _in_pieces(pieces: list[str]) -> None:
    _same("".join(pieces), SAID)


CALLERS: Final[Mapping[str, tuple[Ask, Ask, Ask]]] = {
    "/v1/chat/completions": (_chat, _chat_stream, _chat_tool),
    "/v1/responses": (_response, _response_stream, _response_tool),
    "/v1/messages": (_message, _message_stream, _message_tool),
}
"""Chat, stream and tool call, by the address that is asked."""


def attempted(ask: Ask, clients: Clients, model: str) -> str:
    """`ok`, or what went wrong."""
    try:
        ask(clients, model)
    except (AssertionError, ValueError, openai.OpenAIError, anthropic.AnthropicError) as wrong:
        return f"{type(wrong).__name__}: {str(wrong)[:160]}"
    return "ok"


def embeds(clients: Clients, model: str) -> str:
    return attempted(_embed, clients, model)
