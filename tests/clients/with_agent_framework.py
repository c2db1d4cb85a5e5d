"""Microsoft Agent Framework: its agent calls the tool by itself."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from agent_framework import Agent
from agent_framework.openai import OpenAIChatClient, OpenAIChatCompletionClient
from steps import ASKED, MODEL, QUESTION, Podium, Steps, Thermometer, tell

Made = Callable[..., object]


def _agent(made: Made, podium: Podium, **more: object) -> Agent:
    """podium stores no responses, so that what was said goes along each time."""
    client = made(MODEL, base_url=podium.v1, api_key=podium.key)
    return Agent(client, default_options={"store": False}, **more)


def _chat(made: Made, podium: Podium) -> str:
    return asyncio.run(_asked(_agent(made, podium), QUESTION))


async def _asked(agent: Agent, question: str) -> str:
    return (await agent.run(question)).text


def _stream(made: Made, podium: Podium) -> Sequence[str]:
    async def pieces() -> Sequence[str]:
        parts = [part async for part in _agent(made, podium).run(QUESTION, stream=True)]
        said = [content for part in parts for content in part.contents if content.type == "text"]
        # The end of a text comes once more as a whole, in place of its pieces.
        return [content.text for content in said if content.merge_mode != "replace"]

    return asyncio.run(pieces())


def _tool(made: Made, podium: Podium, thermometer: Thermometer) -> str:
    agent = _agent(made, podium, tools=[thermometer.temperature])
    return asyncio.run(_asked(agent, ASKED))


def _steps(made: Made) -> Steps:
    return Steps(partial(_chat, made), partial(_stream, made), partial(_tool, made))


if __name__ == "__main__":
    tell(
        ["agent-framework-core", "agent-framework-openai"],
        {
            "/v1/chat/completions": _steps(OpenAIChatCompletionClient),
            "/v1/responses": _steps(OpenAIChatClient),
        },
    )
