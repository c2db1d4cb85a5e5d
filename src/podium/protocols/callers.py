"""The protocols that callers speak, by name."""

from collections.abc import Mapping

from podium.kernel.clock import Clock
from podium.protocols.anthropic.caller import AnthropicCaller
from podium.protocols.formats import CallerFormat
from podium.protocols.openai.chat_caller import OpenAIChatCaller


def callers(clock: Clock) -> Mapping[str, CallerFormat]:
    return {"openai_chat": OpenAIChatCaller(clock), "anthropic_messages": AnthropicCaller()}
