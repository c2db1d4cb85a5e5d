"""Anthropic's Messages towards a provider."""

from collections.abc import Mapping
from typing import Final

from podium.gateway.models import Model
from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.protocols.anthropic.answers import completion
from podium.protocols.anthropic.questions import question
from podium.protocols.anthropic.streams import MessageReader
from podium.protocols.formats import ChunkReader, Sent
from podium.protocols.refusals import broken
from podium.protocols.shapes import Misshapen

VERSION: Final[Mapping[str, str]] = {"anthropic-version": "2023-06-01"}


class AnthropicProvider:
    """The port ProviderFormat."""

    def chat(self, chat: JsonObject, model: Model) -> Sent:
        try:
            return Sent("/messages", question(chat, model), VERSION)
        except Misshapen as bad:
            raise bad.in_request() from None

    def completion(self, body: JsonObject) -> dict[str, Json]:
        if body.get("type") == "error":
            raise broken(body.get("error"))
        try:
            return completion(body)
        except Misshapen as bad:
            raise bad.in_answer() from None

    def reader(self) -> ChunkReader:
        return MessageReader()

    def embeddings(self, request: JsonObject, model: Model) -> Sent:
        del request
        raise Invalid(
            f"'{model.name}' makes no embeddings: Anthropic has no models for them. "
            "Ask a model that does."
        )

    def embedded(self, body: JsonObject, request: JsonObject) -> dict[str, Json]:
        del request
        raise Misshapen("", f"has no embeddings: {sorted(body)[:3]}").in_answer()
