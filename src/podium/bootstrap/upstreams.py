"""Each provider behind the gateway's port, by the wire format it speaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from podium.gateway.models import Operation
from podium.gateway.ports import Upstream
from podium.kernel.clock import Chance, Clock
from podium.kernel.json import Json, JsonObject, canonical, pointer
from podium.protocols.anthropic.provider import VERSION, AnthropicProvider
from podium.protocols.azure import AzureDeployments
from podium.protocols.bedrock.format import BedrockConverse
from podium.protocols.calls import Http, ProviderCalls
from podium.protocols.credentials.means import Means as CredentialMeans
from podium.protocols.embedded import Embedded, LocalHost
from podium.protocols.endpoints import Endpoint
from podium.protocols.formats import CallerFormat, ProviderFormat
from podium.protocols.gemini import format as gemini
from podium.protocols.openai.chat_provider import OpenAIChatProvider
from podium.protocols.responses.provider import OpenAIResponsesProvider
from podium.protocols.supplied import Means, SuppliedSource
from podium.protocols.translation import Translated
from podium.protocols.upstreams import Native, Relayed, WireSource
from podium.settings import Settings
from podium.settings.wiring import embedded, endpoints, protocol_of
from podium.workflows.schemas import compiled

_FORMATS: Final[Mapping[str, ProviderFormat]] = {
    "openai_chat": OpenAIChatProvider(),
    "openai_responses": OpenAIResponsesProvider(),
    "anthropic_messages": AnthropicProvider(),
    "azure_openai": AzureDeployments(OpenAIChatProvider()),
    "gemini": gemini.studio(),
    "gemini_vertex": gemini.vertex(),
    "bedrock_converse": BedrockConverse(),
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
    "openai_responses": {
        Operation.CHAT: "/responses",
    },
    "anthropic_messages": {
        Operation.CHAT: "/messages",
        Operation.COUNT_TOKENS: "/messages/count_tokens",
    },
}
"""Formats that callers speak too, and where providers take them."""


@dataclass(frozen=True, slots=True)
class Speech:
    """What answers are made with: the callers' formats, and the means of what models lack."""

    callers: Mapping[str, CallerFormat]
    means: Means


def means(clock: Clock, chance: Chance) -> Means:
    return Means(clock, mismatches, lambda: f"call_{chance.token(12).hex()}")


def mismatches(schema: JsonObject, value: Json) -> Sequence[str]:
    """Where a value does not fit, and why. Raises Invalid for what is no schema."""
    found = compiled(canonical(schema)).mismatches(value)
    return [f"{pointer(*one.path) or 'it'}: {one.message}" for one in found]


@dataclass(frozen=True, slots=True)
class Made:
    """The upstreams of some settings, by name of the provider."""

    settings: Settings
    upstreams: Mapping[str, Upstream]


@dataclass(frozen=True, slots=True)
class Makers:
    http: Http
    host: LocalHost
    speech: Speech
    lent: CredentialMeans
    """What credentials are fetched with."""

    def upstreams(self, settings: Settings, before: Made | None = None) -> Made:
        """Of the providers that models use. Where nothing of a provider has changed, it is the one
        of before, with the tokens that it holds.

        Raises Invalid where a header refers to a secret that is not set.
        """
        local = Translated(SuppliedSource(Embedded(self.host), self.speech.means), self.callers)
        made: dict[str, Upstream] = dict.fromkeys(embedded(settings), local)
        for name, endpoint in endpoints(settings, self.lent).items():
            protocol = protocol_of(settings, name)
            made[name] = upstream(protocol, endpoint, self.http, speech=self.speech)
        same = _unchanged(settings, before) if before else dict[str, Upstream]()
        return Made(settings, {name: same.get(name, one) for name, one in made.items()})

    @property
    def callers(self) -> Mapping[str, CallerFormat]:
        return self.speech.callers


def _unchanged(settings: Settings, before: Made) -> Mapping[str, Upstream]:
    return {
        name: one
        for name, one in before.upstreams.items()
        if _said(settings, name) == _said(before.settings, name)
    }


def _said(settings: Settings, name: str) -> tuple[object, ...]:
    """All that makes a provider; files may hold other secrets than they did. What other variables
    hold does not change while a process runs.
    """
    entry = settings.providers.get(name)
    headers = entry.headers.values() if entry else ()
    return entry, settings.provider_key(name), *map(settings.reveal, headers)


def upstream(protocol: str, endpoint: Endpoint, http: Http, *, speech: Speech) -> Upstream:
    calls = ProviderCalls(endpoint, http)
    source = SuppliedSource(WireSource(_FORMATS[protocol], calls), speech.means)
    translated = Translated(source, speech.callers)
    paths = _NATIVE.get(protocol)
    if paths is None:
        return translated
    native = Native(protocol, speech.callers[protocol], paths, _HEADERS.get(protocol, {}))
    return Relayed(native, calls, translated)
