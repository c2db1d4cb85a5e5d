"""Settings of guardrails, read; and the schemas that many have in common."""

from collections.abc import Mapping, Sequence
from typing import Final

from podium.governance.guardrails import Effect
from podium.kernel.json import Json, JsonObject

REDACTABLE: Final[JsonObject] = {
    "enum": ["block", "redact", "ask"],
    "default": "block",
    "title": "What it does",
    "description": "`block` ends the call, `redact` takes out what was found; with `ask` a "
    "person decides.",
}
STOPPING: Final[JsonObject] = {
    "enum": ["block", "ask"],
    "default": "block",
    "title": "What it does",
    "description": "`block` ends the call; with `ask` a person decides.",
}


def schema(
    properties: Mapping[str, Json], *, example: JsonObject, required: Sequence[str] = ()
) -> JsonObject:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        "examples": [example],
    }


def effect(settings: JsonObject) -> Effect:
    return Effect(text(settings, "effect", Effect.BLOCK))


def text(settings: JsonObject, name: str, default: str = "") -> str:
    value = settings.get(name, default)
    return value if isinstance(value, str) else default


def texts(settings: JsonObject, name: str) -> tuple[str, ...]:
    value = settings.get(name)
    if not isinstance(value, list | tuple):
        return ()
    return tuple(one for one in value if isinstance(one, str))


def number(settings: JsonObject, name: str, default: float) -> float:
    value = settings.get(name, default)
    return float(value) if isinstance(value, int | float) else default


def without(text: str, places: Sequence[tuple[int, int]], instead: str) -> str:
    """The text with `instead` in these places, which do not overlap and are in order."""
    parts: list[str] = []
    last = 0
    for start, end in places:
        parts += (text[last:start], instead)
        last = end
    return "".join((*parts, text[last:]))
