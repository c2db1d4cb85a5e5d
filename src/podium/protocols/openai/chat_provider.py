"""OpenAI's chat completions and embeddings towards a provider: most providers speak this."""

from collections.abc import Sequence
from typing import Final

from podium.gateway.models import Model
from podium.kernel.json import Json, JsonObject
from podium.protocols.bodies import json_object
from podium.protocols.event_blocks import Blocks, event_of, plain_data
from podium.protocols.formats import ChunkReader, Sent
from podium.protocols.openai.chat_answers import chunk, completion, reasons
from podium.protocols.openai.chat_requests import body_of
from podium.protocols.openai.embeddings import embedded
from podium.protocols.refusals import broken, malformed
from podium.protocols.shapes import Misshapen

_NOTHING: Final = frozenset[str]()
_DONE = b"[DONE]"
_LAST = b"data: [DONE]"


class OpenAIChatProvider:
    """The port ProviderFormat. `knows` are the fields beyond OpenAI's own that may be sent."""

    def __init__(self, knows: frozenset[str] = _NOTHING) -> None:
        self._knows: frozenset[str] = knows

    def chat(self, chat: JsonObject, model: Model) -> Sent:
        try:
            return Sent("/chat/completions", body_of(chat, model, self._knows))
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
        return CompletionReader()

    def embeddings(self, request: JsonObject, model: Model) -> Sent:
        return Sent("/embeddings", {**request, "model": model.upstream_name})

    def embedded(self, body: JsonObject, request: JsonObject) -> dict[str, Json]:
        if error := body.get("error"):
            raise broken(error)
        try:
            return embedded(body, request)
        except Misshapen as bad:
            raise bad.in_answer() from None


class CompletionReader:
    """The port ChunkReader."""

    def __init__(self) -> None:
        self._blocks: Blocks = Blocks()
        self._done: bool = False
        self._ended: bool = False

    @property
    def finished(self) -> bool:
        return self._done or self._ended

    def feed(self, piece: bytes) -> Sequence[dict[str, Json]]:
        chunks: list[dict[str, Json]] = []
        for block in self._blocks.feed(piece):
            data = _data(block)
            if data is None or self._done:
                continue
            if data.startswith(_DONE):
                self._done = True
            else:
                chunks.append(self._chunk(data))
        self._done = self._done or self._blocks.rest.strip() == _LAST
        return chunks

    def _chunk(self, data: bytes) -> dict[str, Json]:
        body = json_object(data)
        if body is None:
            raise malformed("a chunk of its stream is not a JSON object")
        if error := body.get("error"):
            raise broken(error)
        try:
            told = chunk(body)
            self._ended = self._ended or reasons(told)
        except Misshapen as bad:
            raise bad.in_answer() from None
        return told


def _data(block: bytes) -> bytes | None:
    data = plain_data(block)
    if data is not None:
        return data
    event = event_of(block)
    if event is None:
        return None
    if event.name == "error":
        raise broken(json_object(event.data) or event.data)
    return event.data.encode()
