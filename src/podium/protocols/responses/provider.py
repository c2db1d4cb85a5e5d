"""OpenAI's Responses towards a provider, and its embeddings."""

from podium.gateway.models import Model
from podium.kernel.json import Json, JsonObject
from podium.protocols.formats import ChunkReader, Sent
from podium.protocols.openai.chat_provider import OpenAIChatProvider
from podium.protocols.refusals import broken
from podium.protocols.responses.completions import completion
from podium.protocols.responses.questions import question
from podium.protocols.responses.streams import ResponseReader
from podium.protocols.shapes import Misshapen


class OpenAIResponsesProvider:
    """The port ProviderFormat."""

    def __init__(self) -> None:
        self._vectors: OpenAIChatProvider = OpenAIChatProvider()

    def chat(self, chat: JsonObject, model: Model) -> Sent:
        try:
            return Sent("/responses", question(chat, model))
        except Misshapen as bad:
            raise bad.in_request() from None

    def completion(self, body: JsonObject) -> dict[str, Json]:
        if error := body.get("error"):
            raise broken(error)
        try:
            return completion(body)
        except Misshapen as bad:
            raise bad.in_answer() from None

    def reader(self) -> ChunkReader:
        return ResponseReader()

    def embeddings(self, request: JsonObject, model: Model) -> Sent:
        return self._vectors.embeddings(request, model)

    def embedded(self, body: JsonObject, request: JsonObject) -> dict[str, Json]:
        return self._vectors.embedded(body, request)
