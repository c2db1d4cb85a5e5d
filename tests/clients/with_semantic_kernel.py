"""Semantic Kernel: it calls the functions of its plugins by itself."""

import asyncio
from collections.abc import Sequence

from openai import AsyncOpenAI
from semantic_kernel import Kernel
from semantic_kernel.connectors.ai import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.open_ai import (
    OpenAIChatCompletion,
    OpenAIChatPromptExecutionSettings,
)
from semantic_kernel.contents import ChatHistory
from semantic_kernel.functions import KernelFunctionFromMethod, kernel_function
from steps import ASKED, MODEL, QUESTION, Podium, Steps, Thermometer, tell


def _service(podium: Podium) -> OpenAIChatCompletion:
    client = AsyncOpenAI(base_url=podium.v1, api_key=podium.key, max_retries=0)
    return OpenAIChatCompletion(ai_model_id=MODEL, async_client=client)


def _said(text: str) -> ChatHistory:
    history = ChatHistory()
    history.add_user_message(text)
    return history


def _chat(podium: Podium) -> str:
    settings = OpenAIChatPromptExecutionSettings()
    asked = _service(podium).get_chat_message_content(_said(QUESTION), settings)
    return str(asyncio.run(asked))


def _stream(podium: Podium) -> Sequence[str]:
    async def pieces() -> Sequence[str]:
        settings = OpenAIChatPromptExecutionSettings()
        stream = _service(podium).get_streaming_chat_message_content(_said(QUESTION), settings)
        return [str(part) async for part in stream]

    return asyncio.run(pieces())


def _tool(podium: Podium, thermometer: Thermometer) -> str:
    @kernel_function(name="temperature", description="The temperature in a city.")
    def temperature(city: str) -> str:
        return thermometer.temperature(city)

    kernel = Kernel()
    kernel.add_function("weather", KernelFunctionFromMethod(temperature, "weather"))
    choice = FunctionChoiceBehavior.Auto()
    settings = OpenAIChatPromptExecutionSettings(function_choice_behavior=choice)
    asked = _service(podium).get_chat_message_content(_said(ASKED), settings, kernel=kernel)
    return str(asyncio.run(asked))


if __name__ == "__main__":
    tell(["semantic-kernel"], {"/v1/chat/completions": Steps(_chat, _stream, _tool)})
