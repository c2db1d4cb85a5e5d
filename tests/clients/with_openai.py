"""OpenAI's own SDK."""

import json
from collections.abc import Sequence

from openai import OpenAI
from steps import ASKED, MODEL, QUESTION, SAYS, SCHEMA, TOOL, Podium, Steps, Thermometer, tell

FUNCTION = {"name": TOOL, "description": SAYS, "parameters": SCHEMA, "strict": True}


def _client(podium: Podium) -> OpenAI:
    return OpenAI(base_url=podium.v1, api_key=podium.key, max_retries=0)


def _chat(podium: Podium) -> str:
    hello = [{"role": "user", "content": QUESTION}]
    answer = _client(podium).chat.completions.create(model=MODEL, messages=hello)
    return answer.choices[0].message.content


def _stream(podium: Podium) -> Sequence[str]:
    hello = [{"role": "user", "content": QUESTION}]
    with _client(podium).chat.completions.stream(model=MODEL, messages=hello) as stream:
        return [event.delta for event in stream if event.type == "content.delta"]


def _tool(podium: Podium, thermometer: Thermometer) -> str:
    client, tools = _client(podium), [{"type": "function", "function": FUNCTION}]
    said: list[object] = [{"role": "user", "content": ASKED}]
    asked = client.chat.completions.create(model=MODEL, messages=said, tools=tools)
    (call,) = asked.choices[0].message.tool_calls
    result = thermometer.temperature(**json.loads(call.function.arguments))
    said += [
        asked.choices[0].message,
        {"role": "tool", "tool_call_id": call.id, "content": result},
    ]
    answer = client.chat.completions.create(model=MODEL, messages=said, tools=tools)
    return answer.choices[0].message.content


def _respond(podium: Podium) -> str:
    return _client(podium).responses.create(model=MODEL, input=QUESTION).output_text


def _respond_in_pieces(podium: Podium) -> Sequence[str]:
    with _client(podium).responses.stream(model=MODEL, input=QUESTION) as stream:
        return [event.delta for event in stream if event.type == "response.output_text.delta"]


def _respond_with_tool(podium: Podium, thermometer: Thermometer) -> str:
    client, tools = _client(podium), [{"type": "function", **FUNCTION}]
    said: list[object] = [{"role": "user", "content": ASKED}]
    asked = client.responses.create(model=MODEL, input=said, tools=tools)
    (call,) = (item for item in asked.output if item.type == "function_call")
    result = thermometer.temperature(**json.loads(call.arguments))
    said += [
        *asked.output,
        {"type": "function_call_output", "call_id": call.call_id, "output": result},
    ]
    return client.responses.create(model=MODEL, input=said, tools=tools).output_text


if __name__ == "__main__":
    tell(
        ["openai"],
        {
            "/v1/chat/completions": Steps(_chat, _stream, _tool),
            "/v1/responses": Steps(_respond, _respond_in_pieces, _respond_with_tool),
        },
    )
