"""The protocols that callers speak, by name."""

from collections.abc import Mapping

from podium.kernel.clock import Clock
from podium.protocols.anthropic.caller import AnthropicCaller
from podium.protocols.formats import CallerFormat
from podium.protocols.openai.chat_caller import OpenAIChatCaller
from podium.protocols.responses.caller import OpenAIResponsesCaller


def callers(clock: Clock) -> Mapping[str, CallerFormat]:
    return {
        "openai_chat": OpenAIChatCaller(clock),
        "openai_responses": OpenAIResponsesCaller(clock),
        "anthropic_messages": AnthropicCaller(),
    }
