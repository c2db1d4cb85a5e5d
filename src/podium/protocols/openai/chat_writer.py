"""A chat towards a caller of chat completions: whatever a provider's format left out is there."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from podium.gateway.usage import asks_for_usage
from podium.kernel.clock import Clock
from podium.kernel.errors import PodiumError
from podium.kernel.json import Json, JsonObject
from podium.protocols.openai.errors import error_body

_MESSAGE: Final[JsonObject] = {"role": "assistant", "content": None, "refusal": None}
_CHOICE: Final[JsonObject] = {"index": 0, "logprobs": None, "finish_reason": None}


def completed(completion: JsonObject, clock: Clock) -> dict[str, Json]:
    """A whole answer."""
    return {
        "id": "chatcmpl-podium",
        "object": "chat.completion",
        "created": completion.get("created") or int(clock.now()),
        "model": "",
        **completion,
        "choices": [
            {**_CHOICE, **choice, "message": {**_MESSAGE, **_object(choice, "message")}}
            for choice in _choices(completion)
        ],
    }


class ChatWriter:
    """The port EventWriter. Usage comes last and alone, to a caller who asked for it."""

    def __init__(self, request: JsonObject, clock: Clock) -> None:
        self._asked: bool = asks_for_usage(request)
        self._clock: Clock = clock
        self._head: dict[str, Json] = {}
        self._usage: Json = None

    def chunk(self, chunk: JsonObject) -> bytes:
        said: dict[str, Json] = {**(self._head or self._begin(chunk)), **chunk}
        self._usage = said.pop("usage", None) or self._usage
        if not said.get("choices"):
            return b""
        said["choices"] = [{**_CHOICE, **choice} for choice in _choices(chunk)]
        if self._asked:
            said["usage"] = None
        return _event(said)

    def end(self) -> bytes:
        last = b"data: [DONE]\n\n"
        if self._asked and self._usage:
            return _event({**self._head, "choices": [], "usage": self._usage}) + last
        return last

    def error(self, error: PodiumError) -> bytes:
        return _event(error_body(error))

    def _begin(self, chunk: JsonObject) -> dict[str, Json]:
        self._head = {
            "id": chunk.get("id") or "chatcmpl-podium",
            "object": "chat.completion.chunk",
            "created": chunk.get("created") or int(self._clock.now()),
            "model": chunk.get("model") or "",
        }
        return self._head


def _event(content: JsonObject) -> bytes:
    return b"data: " + msgspec.json.encode(content) + b"\n\n"


def _choices(body: JsonObject) -> Iterable[JsonObject]:
    choices = body.get("choices")
    return (c for c in choices if isinstance(c, Mapping)) if isinstance(choices, list) else ()


def _object(body: JsonObject, key: str) -> JsonObject:
    value = body.get(key)
    return value if isinstance(value, Mapping) else {}
