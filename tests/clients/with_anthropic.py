"""Anthropic's own SDK, which shows its key as `x-api-key`, or as a bearer."""

from collections.abc import Sequence
from functools import partial

from anthropic import Anthropic
from steps import ASKED, MODEL, QUESTION, SAYS, SCHEMA, TOOL, Podium, Steps, Thermometer, tell

TOKENS = 200


def _by_key(podium: Podium) -> Anthropic:
    return Anthropic(base_url=podium.url, api_key=podium.key, max_retries=0)


def _by_bearer(podium: Podium) -> Anthropic:
    return Anthropic(base_url=podium.url, auth_token=podium.key, max_retries=0)


def _chat(client, podium: Podium) -> str:
    hello = [{"role": "user", "content": QUESTION}]
    answer = client(podium).messages.create(model=MODEL, max_tokens=TOKENS, messages=hello)
    return answer.content[0].text


def _stream(client, podium: Podium) -> Sequence[str]:
    hello = [{"role": "user", "content": QUESTION}]
    with client(podium).messages.stream(model=MODEL, max_tokens=TOKENS, messages=hello) as stream:
        return list(stream.text_stream)


def _tool(client, podium: Podium, thermometer: Thermometer) -> str:
    tools = [{"name": TOOL, "description": SAYS, "input_schema": SCHEMA}]
    ask = partial(client(podium).messages.create, model=MODEL, max_tokens=TOKENS, tools=tools)
    said: list[object] = [{"role": "user", "content": ASKED}]
    asked = ask(messages=said)
    (call,) = (block for block in asked.content if block.type == "tool_use")
    result = thermometer.temperature(**call.input)
    block = {"type": "tool_result", "tool_use_id": call.id, "content": result}
    said += [
        {"role": "assistant", "content": asked.content},
        {"role": "user", "content": [block]},
    ]
    return ask(messages=said).content[0].text


def _steps(client) -> Steps:
    return Steps(partial(_chat, client), partial(_stream, client), partial(_tool, client))


if __name__ == "__main__":
    tell(
        ["anthropic"],
        {
            "/v1/messages, `x-api-key`": _steps(_by_key),
            "/v1/messages, bearer": _steps(_by_bearer),
        },
    )
