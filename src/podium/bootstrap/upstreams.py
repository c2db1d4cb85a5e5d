"""Each provider behind the gateway's port, by the wire format it speaks."""

from collections.abc import Mapping
from typing import Final

from podium.gateway.models import Operation
from podium.gateway.ports import Upstream
from podium.protocols.anthropic.provider import VERSION, AnthropicProvider
from podium.protocols.calls import Http, ProviderCalls
from podium.protocols.embedded import Embedded, LocalHost
from podium.protocols.endpoints import Endpoint
from podium.protocols.formats import CallerFormat, ProviderFormat
from podium.protocols.openai.chat_provider import OpenAIChatProvider
from podium.protocols.translation import Translated
from podium.protocols.upstreams import Native, Relayed, WireSource
from podium.settings import Settings
from podium.settings.wiring import embedded, endpoints

_FORMATS: Final[Mapping[str, ProviderFormat]] = {
    "openai_chat": OpenAIChatProvider(),
    "anthropic_messages": AnthropicProvider(),
}
_HEADERS: Final[Mapping[str, Mapping[str, str]]] = {"anthropic_messages": VERSION}
_NATIVE: Final[Mapping[str, Mapping[Operation, str]]] = {
    "openai_chat": {
        Operation.CHAT: "/chat/completions",
        Operation.EMBEDDINGS: "/embeddings",
        Operation.MODERATION: "/moderations",
        Operation.IMAGE_GENERATION: "/images/generations",
        Operation.IMAGE_EDIT: "/images/edits",
        Operation.TRANSCRIPTION: "/audio/transcriptions",
        Operation.TRANSLATION: "/audio/translations",
        Operation.SPEECH: "/audio/speech",
    },
    "anthropic_messages": {
        Operation.CHAT: "/messages",
        Operation.COUNT_TOKENS: "/messages/count_tokens",
    },
}
"""Formats that callers speak too, and where providers take them."""


def upstreams(
    settings: Settings, http: Http, host: LocalHost, *, callers: Mapping[str, CallerFormat]
) -> Mapping[str, Upstream]:
    """By name of the provider, of those that models use."""
    local = Translated(Embedded(host), callers)
    return {
        name: upstream("openai_chat", endpoint, http, callers=callers)
        for name, endpoint in endpoints(settings).items()
    } | dict.fromkeys(embedded(settings), local)


def upstream(
    protocol: str, endpoint: Endpoint, http: Http, *, callers: Mapping[str, CallerFormat]
) -> Upstream:
    calls = ProviderCalls(endpoint, http)
    translated = Translated(WireSource(_FORMATS[protocol], calls), callers)
    paths = _NATIVE.get(protocol)
    if paths is None:
        return translated
    native = Native(protocol, callers[protocol], paths, _HEADERS.get(protocol, {}))
    return Relayed(native, calls, translated)
