"""The last question of a chat, and the chat without it: what semantic look-ups go by.

Only the words of the last turn may differ; everything else has to be the same, tools, the shape of
the answer and all turns before among it. Where the turn holds anything but text there is no such
question. Figures count as the rest does: "2 and 2" and "2 and 3" are near, and not the same.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from podium.gateway.models import Operation
from podium.gateway.requests import Request
from podium.kernel.json import Json, JsonObject

LONGEST = 8_000
"""Characters; longer turns are documents rather than questions."""

_TURNS = {"openai_chat": "messages", "anthropic_messages": "messages", "openai_responses": "input"}
_TEXTS = frozenset({"text", "input_text"})
_FIGURES = re.compile(r"\d+(?:[.,:]\d+)*")


@dataclass(frozen=True, slots=True)
class Question:
    """`rest` is the request with the figures of the question in its place."""

    text: str
    rest: Request


def question_of(request: Request) -> Question | None:
    name = _TURNS.get(request.protocol, "")
    if request.operation is not Operation.CHAT or not name:
        return None
    turns = request.fields.get(name)
    if isinstance(turns, str):
        return _question(request, name, turns, before=())
    if not isinstance(turns, list | tuple) or not turns or not all(map(_is_textual, turns)):
        return None
    last = turns[-1]
    if not isinstance(last, Mapping) or last.get("role") != "user":
        return None
    return _question(request, name, _text(last.get("content")), before=turns[:-1])


def _question(request: Request, name: str, text: str, *, before: Sequence[Json]) -> Question | None:
    text = text.strip()
    if not text or len(text) > LONGEST:
        return None
    figures: list[Json] = [*_FIGURES.findall(text)]
    rest = {**request.fields, name: [*before, {"figures": figures}]}
    return Question(text, replace(request, fields=rest, body=b""))


def _text(content: Json) -> str:
    """Empty where there is anything but text."""
    if isinstance(content, str):
        return content
    return "\n".join(_texts(content)) if _is_text(content) else ""


def _texts(content: Json) -> list[str]:
    parts = content if isinstance(content, list | tuple) else ()
    return [str(part.get("text")) for part in parts if isinstance(part, Mapping)]


def _is_textual(turn: Json) -> bool:
    """Turns without content, as calls of tools, count as they are."""
    content = turn.get("content") if isinstance(turn, Mapping) else None
    return content is None or isinstance(content, str) or _is_text(content)


def _is_text(content: Json) -> bool:
    if not isinstance(content, list | tuple):
        return False
    return all(isinstance(part, Mapping) and _is_plain(part) for part in content)


def _is_plain(part: JsonObject) -> bool:
    """Text, and what belongs to calls of tools, which is no picture either."""
    kind = part.get("type")
    return (kind in _TEXTS and isinstance(part.get("text"), str)) or kind in {
        "output_text",
        "tool_use",
    }
