"""OpenAI's chat completions towards a caller. Its requests are chats already.

Source: OpenAI's API reference, "Chat Completions".
"""

from collections.abc import Mapping

from podium.kernel.clock import Clock
from podium.kernel.errors import PodiumError
from podium.kernel.json import Json, JsonObject
from podium.protocols.formats import EventWriter, Noted, Relay
from podium.protocols.openai.chat_notes import noted
from podium.protocols.openai.chat_relay import ChatRelay
from podium.protocols.openai.chat_writer import ChatWriter, completed
from podium.protocols.openai.errors import error_body
from podium.protocols.shapes import Misshapen, needed, objects, part, shown, truth, whole


class OpenAIChatCaller:
    """The port CallerFormat. It also notes what a list of embeddings says."""

    def __init__(self, clock: Clock) -> None:
        self._clock: Clock = clock

    def chat(self, request: JsonObject) -> dict[str, Json]:
        try:
            _check(request)
        except Misshapen as bad:
            raise bad.in_request() from None
        return dict(request)

    def answer(self, completion: JsonObject, request: JsonObject) -> dict[str, Json]:
        del request
        return completed(completion, self._clock)

    def writer(self, request: JsonObject) -> EventWriter:
        return ChatWriter(request, self._clock)

    def note(self, body: bytes) -> Noted:
        return noted(body)

    def relay(self, request: JsonObject) -> Relay:
        return ChatRelay(request)

    def error(self, error: PodiumError) -> dict[str, Json]:
        return error_body(error)


def _check(request: JsonObject) -> None:
    """What podium itself reads: the rest is its provider's business."""
    _ = needed(request, "model")
    _ = truth(request, "stream")
    _ = truth(part(request, "stream_options"), "include_usage", "/stream_options")
    _ = whole(request, "max_tokens")
    _ = whole(request, "max_completion_tokens")
    if not request.get("messages"):
        raise Misshapen("/messages", "must be a list of at least one message")
    for at, message in objects(request, "messages"):
        _ = needed(message, "role", at)
        _check_content(message.get("content"), at)
        for place, call in objects(message, "tool_calls", at):
            _ = part(call, "function", place)
    for at, tool in objects(request, "tools"):
        _ = needed(tool, "type", at)


def _check_content(content: Json, at: str) -> None:
    if content is None or isinstance(content, str):
        return
    if not isinstance(content, list):
        wanted = "must be text or a list of parts"
        raise Misshapen(f"{at}/content", f"{wanted}, got {shown(content)}")
    for number, one in enumerate(content):
        place = f"{at}/content/{number}"
        if not isinstance(one, Mapping):
            raise Misshapen(place, f"must be an object, got {shown(one)}")
        _ = needed(one, "type", place)
