"""The two forms of an answer, whole and streamed, in each protocol of callers."""

from collections.abc import Mapping

from podium.gateway.caching.ports import Form
from podium.protocols.anthropic.provider import AnthropicProvider
from podium.protocols.formats import CallerFormat
from podium.protocols.openai.chat_provider import OpenAIChatProvider
from podium.protocols.replays import Replays
from podium.protocols.responses.replaying import ResponseReplays


def answer_forms(dialects: Mapping[str, CallerFormat]) -> Mapping[str, Form]:
    return {
        "openai_chat": Replays(dialects["openai_chat"], OpenAIChatProvider()),
        "openai_responses": ResponseReplays(),
        "anthropic_messages": Replays(dialects["anthropic_messages"], AnthropicProvider()),
    }
