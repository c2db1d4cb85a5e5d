"""Anthropic's Messages towards a caller."""

from podium.kernel.errors import PodiumError
from podium.kernel.json import Json, JsonObject
from podium.protocols.anthropic.errors import error_body
from podium.protocols.anthropic.messages import message
from podium.protocols.anthropic.relay import MessageRelay, noted
from podium.protocols.anthropic.requests import chat_of
from podium.protocols.anthropic.writing import MessageWriter
from podium.protocols.formats import EventWriter, Noted, Relay
from podium.protocols.shapes import Misshapen


class AnthropicCaller:
    """The port CallerFormat."""

    def chat(self, request: JsonObject) -> dict[str, Json]:
        try:
            return chat_of(request)
        except Misshapen as bad:
            raise bad.in_request() from None

    def answer(self, completion: JsonObject, request: JsonObject) -> dict[str, Json]:
        del request
        try:
            return message(completion)
        except Misshapen as bad:
            raise bad.in_answer() from None

    def writer(self, request: JsonObject) -> EventWriter:
        del request
        return MessageWriter()

    def note(self, body: bytes) -> Noted:
        return noted(body)

    def relay(self, request: JsonObject) -> Relay:
        del request
        return MessageRelay()

    def error(self, error: PodiumError) -> dict[str, Json]:
        return error_body(error)
