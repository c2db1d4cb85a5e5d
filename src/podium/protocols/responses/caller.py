"""OpenAI's Responses towards a caller."""

from podium.kernel.clock import Clock
from podium.kernel.errors import PodiumError
from podium.kernel.json import Json, JsonObject
from podium.protocols.formats import EventWriter, Noted, Relay
from podium.protocols.openai.errors import error_body
from podium.protocols.responses.answers import response
from podium.protocols.responses.relay import ResponseRelay, noted
from podium.protocols.responses.requests import chat_of
from podium.protocols.responses.writing import ResponseWriter
from podium.protocols.shapes import Misshapen


class OpenAIResponsesCaller:
    """The port CallerFormat."""

    def __init__(self, clock: Clock) -> None:
        self._clock: Clock = clock

    def chat(self, request: JsonObject) -> dict[str, Json]:
        try:
            return chat_of(request)
        except Misshapen as bad:
            raise bad.in_request() from None

    def answer(self, completion: JsonObject, request: JsonObject) -> dict[str, Json]:
        try:
            return response(completion, request, self._clock)
        except Misshapen as bad:
            raise bad.in_answer() from None

    def writer(self, request: JsonObject) -> EventWriter:
        return ResponseWriter(request, self._clock)

    def note(self, body: bytes) -> Noted:
        return noted(body)

    def relay(self, request: JsonObject) -> Relay:
        del request
        return ResponseRelay()

    def error(self, error: PodiumError) -> dict[str, Json]:
        return error_body(error)
