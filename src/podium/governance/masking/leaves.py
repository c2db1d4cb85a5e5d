"""The texts in a JSON value: walked, and put back changed.

What only machines read (ids, signatures, names of models and roles) is left out: a change there
would break the message and could hide nothing that people wrote. JSON within a text (`arguments` of
a tool) is walked as the JSON that it is.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import msgspec

from podium.kernel.json import Json

MACHINES: Final = frozenset(
    {
        *("model", "role", "type", "id", "object", "name", "status", "detail", "media_type"),
        *("tool_call_id", "tool_use_id", "call_id", "item_id", "file_id", "response_id"),
        *("previous_response_id", "signature", "encrypted_content", "finish_reason"),
        *("stop_reason", "system_fingerprint", "service_tier", "reasoning_effort"),
    }
)
"""Keys of an object of a protocol whose text means something to machines alone."""
JSON_TEXTS: Final = frozenset({"arguments", "partial_json"})
"""Keys whose text is JSON."""
_FREE: Final = frozenset({"metadata", "input", "arguments", "parameters", "schema", "properties"})
"""Keys below which the names are the caller's own: `name` there is not a machine's."""
_WORD: Final = re.compile(r"[A-Za-z_]{0,64}")
_SHORTEST_NUMBER: Final = 10**7
_DEEPEST: Final = 200


@dataclass(frozen=True, slots=True)
class Leaf:
    """A text with the key that it stands under. `json`: its text is part of JSON."""

    text: str
    key: str = ""
    json: bool = False


_FILES: Final = frozenset({"data", "file_data"})
_NO_TEXT: Final = re.compile(r"data:(?:image|audio|video|font)/|data:application/(?!json|xml|yaml)")


def _is_file(value: Mapping[str, Json]) -> bool:
    """A picture, sound or PDF as base64, in the words of Anthropic and OpenAI: no text to read."""
    match value:
        case {"media_type": str(kind), "data": str()}:
            return _NO_TEXT.match(f"data:{kind}") is not None
        case {"format": str(), "data": str()}:
            return True
        case _:
            return False


Change: TypeAlias = Callable[[Leaf], str]


class TooDeep(Exception):
    """A value is nested deeper than it is looked at."""


def rewritten(value: Json, change: Change, *, key: str = "", free: bool = False) -> Json:
    """The same with every text changed; the same object where nothing was.

    Numbers of eight digits and more are read as texts, and become texts where they change; keys
    that are no plain words are changed too. Raises TooDeep.
    """
    return _Walk(change).value(value, key, free=free, depth=0)


@dataclass(frozen=True, slots=True)
class _Walk:
    change: Change

    def value(self, value: Json, key: str, *, free: bool, depth: int) -> Json:
        if depth > _DEEPEST:
            raise TooDeep
        match value:
            case str():
                return self._text(value, key, free=free, depth=depth)
            case Mapping():
                return self._object(value, key, free=free, depth=depth)
            case Sequence():
                new = [self._item(item, key, free=free, depth=depth + 1) for item in value]
                same = all(one is other for one, other in zip(new, value, strict=True))
                return value if same else new
            case bool() | None | float():
                return value
            case int():
                return self._number(value, key)

    def _item(self, item: Json, key: str, *, free: bool, depth: int) -> Json:
        """The key of a list is that of its texts, not of the objects in it."""
        key = "" if isinstance(item, Mapping) else key
        return self.value(item, key, free=free, depth=depth)

    def _object(self, value: Mapping[str, Json], key: str, *, free: bool, depth: int) -> Json:
        free = free or key in _FREE
        left = _FILES if not free and _is_file(value) else frozenset[str]()
        new: dict[str, Json] = {}
        same = True
        for name, item in value.items():
            if isinstance(item, str) and (name in left or (name in MACHINES and not free)):
                new[name] = item
                continue
            shown = name if _WORD.fullmatch(name) else self.change(Leaf(name))
            new[shown] = self.value(item, name, free=free, depth=depth + 1)
            same = same and shown is name and new[shown] is item
        return value if same else new

    def _text(self, text: str, key: str, *, free: bool, depth: int) -> str:
        if text.startswith("data:") and _NO_TEXT.match(text):
            return text
        if key in JSON_TEXTS and not free:
            return self._json(text, key, depth)
        said = self.change(Leaf(text, key))
        return text if said == text else said

    def _json(self, text: str, key: str, depth: int) -> str:
        """Of a tool's arguments: parsed where it is JSON, else as the text that it is."""
        try:
            parsed = cast("Json", msgspec.json.decode(text))
        except msgspec.DecodeError:
            return self.change(Leaf(text, key, json=True))
        new = self.value(parsed, key, free=True, depth=depth + 1)
        return text if new is parsed else msgspec.json.encode(new).decode()

    def _number(self, value: int, key: str) -> Json:
        if -_SHORTEST_NUMBER < value < _SHORTEST_NUMBER:
            return value
        text = str(value)
        said = self.change(Leaf(text, key))
        return value if said == text else said
