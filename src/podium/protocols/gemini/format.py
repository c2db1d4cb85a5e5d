"""The ProviderFormat of Gemini."""

from urllib.parse import quote

from podium.gateway.models import Model
from podium.kernel.json import Json, JsonObject
from podium.protocols.formats import Sent
from podium.protocols.gemini.answers import completion
from podium.protocols.gemini.embeddings import Embedding, StudioEmbedding, VertexEmbedding
from podium.protocols.gemini.requests import generate_content
from podium.protocols.gemini.streams import GeminiChunks
from podium.protocols.shapes import Misshapen


class Gemini:
    """The base URL of its endpoint ends where `/models` begins: with `/v1beta` in AI Studio, with
    `/publishers/google` in Vertex AI.
    """

    def __init__(self, embedding: Embedding) -> None:
        self._embedding: Embedding = embedding

    def chat(self, chat: JsonObject, model: Model) -> Sent:
        try:
            body = generate_content(chat, model.upstream_name)
        except Misshapen as bad:
            raise bad.in_request() from bad
        stream = ":streamGenerateContent?alt=sse" if chat.get("stream") else ":generateContent"
        return Sent(_path(model) + stream, body)

    def completion(self, body: JsonObject) -> dict[str, Json]:
        try:
            return completion(body)
        except Misshapen as bad:
            raise bad.in_answer() from bad

    def reader(self) -> GeminiChunks:
        return GeminiChunks()

    def embeddings(self, request: JsonObject, model: Model) -> Sent:
        try:
            return self._embedding.sent(request, _name(model), _path(model))
        except Misshapen as bad:
            raise bad.in_request() from bad

    def embedded(self, body: JsonObject, request: JsonObject) -> dict[str, Json]:
        try:
            return self._embedding.embedded(body, request)
        except Misshapen as bad:
            raise bad.in_answer() from bad


def studio() -> Gemini:
    return Gemini(StudioEmbedding())


def vertex() -> Gemini:
    return Gemini(VertexEmbedding())


def _name(model: Model) -> str:
    """`models/gemini-…`; a name with a folder, as `tunedModels/x`, is whole already."""
    name = model.upstream_name
    return name if "/" in name else f"models/{name}"


def _path(model: Model) -> str:
    return "/" + quote(_name(model), safe="/@:")
