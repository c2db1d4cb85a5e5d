"""OpenAI-shaped answers, and what requests are read with."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject, digest


@dataclass(frozen=True, slots=True)
class Usage:
    prompt: int
    completion: int = 0

    def json(self) -> dict[str, Json]:
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """One choice, whole. `notes` are fields of our own, beside those of OpenAI."""

    message: JsonObject
    finish_reason: str
    usage: Usage
    notes: JsonObject

    def completion(self, request: JsonObject, created: int) -> dict[str, Json]:
        choice = {
            "index": 0,
            "message": {"role": "assistant", **self.message},
            "finish_reason": self.finish_reason,
        }
        return {
            **_head(request, "chat.completion", created),
            "choices": [choice],
            "usage": self.usage.json(),
            **self.notes,
        }

    def chunks(self, request: JsonObject, created: int) -> list[dict[str, Json]]:
        """Two chunks and, when the request asks for it, one with the usage."""
        head = _head(request, "chat.completion.chunk", created)
        delta = {"role": "assistant", **self.message}
        ending: JsonObject = {"index": 0, "delta": {}, "finish_reason": self.finish_reason}
        said: list[dict[str, Json]] = [
            {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
            {**head, "choices": [ending], **self.notes},
        ]
        if usage_wanted(request):
            said.append({**head, "choices": [], "usage": self.usage.json()})
        return said


def usage_wanted(request: JsonObject) -> bool:
    options = request.get("stream_options")
    return isinstance(options, Mapping) and options.get("include_usage") is True


def spelled(value: Json) -> bytes:
    """JSON in the order it is given: a model writes fields in the order of the schema.

    Raises ValueError for what is not JSON, such as half a character.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def text_of(content: Json) -> str:
    """The text of a message: a string, or parts of type text. Raises Invalid."""
    match content:
        case str():
            return content
        case None:
            return ""
        case Sequence():
            return "\n".join(_part(part) for part in content)
        case _:
            raise Invalid(f"A message's content is text or a list of parts, got {content!r}.")


def integer(request: JsonObject, names: Sequence[str], otherwise: int) -> int:
    """The first of the fields that is given, at least 1. Raises Invalid."""
    for name in names:
        value = request.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise Invalid(f"'{name}' needs a whole number above 0, got {value!r}.")
        return value
    return otherwise


def messages_of(request: JsonObject) -> list[JsonObject]:
    """At least one. Raises Invalid."""
    given = request.get("messages")
    if isinstance(given, str) or not isinstance(given, Sequence) or not given:
        raise Invalid('The request has no messages. Give [{"role": "user", "content": "…"}].')
    found = [message for message in given if isinstance(message, Mapping)]
    if len(found) != len(given):
        raise Invalid("Each message is an object with a role and a content.")
    return found


def _part(part: Json) -> str:
    match part:
        case {"type": "text", "text": str(text)}:
            return text
        case _:
            raise Invalid("Local models read text only. Leave out the parts of other types.")


def _head(request: JsonObject, kind: str, created: int) -> dict[str, Json]:
    return {
        "id": f"chatcmpl-{digest({'request': request, 'created': created})[:24]}",
        "object": kind,
        "created": created,
        "model": request.get("model"),
    }
