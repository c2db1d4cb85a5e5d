"""pydantic-ai: its agent calls the tool by itself."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from pydantic_ai import Agent
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from steps import ASKED, MODEL, QUESTION, Podium, Steps, Thermometer, tell

Made = Callable[[Podium], Model]


def _openai(podium: Podium) -> OpenAIProvider:
    return OpenAIProvider(base_url=podium.v1, api_key=podium.key)


def _completions(podium: Podium) -> Model:
    return OpenAIChatModel(MODEL, provider=_openai(podium))


def _responses(podium: Podium) -> Model:
    return OpenAIResponsesModel(MODEL, provider=_openai(podium))


def _messages(podium: Podium) -> Model:
    provider = AnthropicProvider(base_url=podium.url, api_key=podium.key)
    return AnthropicModel(MODEL, provider=provider)


def _chat(made: Made, podium: Podium) -> str:
    return Agent(made(podium)).run_sync(QUESTION).output


def _stream(made: Made, podium: Podium) -> Sequence[str]:
    async def pieces() -> Sequence[str]:
        async with Agent(made(podium)).run_stream(QUESTION) as answer:
            return [text async for text in answer.stream_text(delta=True, debounce_by=None)]

    return asyncio.run(pieces())


def _tool(made: Made, podium: Podium, thermometer: Thermometer) -> str:
    return Agent(made(podium), tools=[thermometer.temperature]).run_sync(ASKED).output


def _steps(made: Made) -> Steps:
    return Steps(partial(_chat, made), partial(_stream, made), partial(_tool, made))


if __name__ == "__main__":
    tell(
        ["pydantic-ai-slim"],
        {
            "/v1/chat/completions": _steps(_completions),
            "/v1/responses": _steps(_responses),
            "/v1/messages": _steps(_messages),
        },
    )
