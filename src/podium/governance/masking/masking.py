"""Replace personal data and secrets in a JSON value by placeholders."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from podium.governance.masking.finding import find
from podium.governance.masking.folding import fold
from podium.governance.masking.pack import PACK, Pack
from podium.kernel.json import Json

_TAKEN = re.compile(r"\[([A-Z_]{2,20})_(\d{1,9})\]")
_PLAIN_TEXT = frozenset({"secret", "url_credentials"})
_SHORTEST_NUMBER = 8


class Naming(Protocol):
    def name(self, kind: str, value: str) -> str:
        """The placeholder of a value; the same for the same value."""
        ...


class Numbered:
    """[EMAIL_1], [EMAIL_2] …, counted from above what the text already holds."""

    def __init__(self, taken: Mapping[str, int]) -> None:
        self._last: dict[str, int] = dict(taken)
        self._names: dict[tuple[str, str], str] = {}

    def name(self, kind: str, value: str) -> str:
        known = self._names.get((kind, value))
        if known is None:
            self._last[kind] = self._last.get(kind, 0) + 1
            known = self._names[kind, value] = f"[{kind.upper()}_{self._last[kind]}]"
        return known


class Keyed:
    """[EMAIL_1f0c…]: the same in all texts masked with one key, and not to be guessed without it.

    HMAC-SHA256, 64 bits of it: a plain hash of a phone number is undone in seconds.
    """

    def __init__(self, key: bytes) -> None:
        self._key: bytes = key

    def name(self, kind: str, value: str) -> str:
        mac = hmac.digest(self._key, f"{kind}\0{value}".encode(), hashlib.sha256)
        return f"[{kind.upper()}_{mac.hex()[:16]}]"


@dataclass(frozen=True, slots=True)
class Entity:
    """`start` and `end` count in the original text at the JSON pointer `path`.

    The path of a value below a masked key names the masked key, so that it shows nothing.
    """

    kind: str
    placeholder: str
    start: int
    end: int
    path: str


@dataclass(frozen=True, slots=True)
class Masked:
    value: Json
    entities: Sequence[Entity]


@dataclass(slots=True)
class _Work:
    pack: Pack
    naming: Naming
    entities: list[Entity] = field(default_factory=list)


def mask(value: Json, naming: Naming, *, pack: Pack = PACK) -> Masked:
    """Texts, keys and long whole numbers at any depth; a number that is masked becomes a text."""
    work = _Work(pack, naming)
    return Masked(_value(work, value, path="", key=""), tuple(work.entities))


def taken(value: Json) -> dict[str, int]:
    """The highest number of each kind of placeholder that a value already holds."""
    highest: dict[str, int] = {}
    for text in _texts(value):
        for match in _TAKEN.finditer(text):
            kind = match[1].lower()
            highest[kind] = max(highest.get(kind, 0), int(match[2]))
    return highest


def _texts(value: Json) -> "list[str]":
    match value:
        case str():
            return [value]
        case Mapping():
            return [text for pair in value.items() for item in pair for text in _texts(item)]
        case Sequence():
            return [text for item in value for text in _texts(item)]
        case _:
            return []


def _value(work: _Work, value: Json, *, path: str, key: str) -> Json:
    match value:
        case str():
            return _text(work, value, path=path, key=key)
        case Mapping():
            return {
                masked: _value(work, item, path=f"{path}/{_pointer(masked)}", key=name)
                for name, item in value.items()
                for masked in (_text(work, name, path=path, key=""),)
            }
        case Sequence():
            return [
                _value(work, item, path=f"{path}/{index}", key=key)
                for index, item in enumerate(value)
            ]
        case int() if abs(value) >= 10 ** (_SHORTEST_NUMBER - 1):
            text = _text(work, str(value), path=path, key=key)
            return value if text == str(value) else text
        case _:
            return value


def _pointer(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _text(work: _Work, text: str, *, path: str, key: str) -> str:
    parts: list[str] = []
    last = 0
    for finding in find(text, key=key, pack=work.pack):
        spelled = _spelled(finding.kind, text[finding.start : finding.end])
        placeholder = work.naming.name(finding.kind, spelled)
        work.entities.append(Entity(finding.kind, placeholder, finding.start, finding.end, path))
        parts += (text[last : finding.start], placeholder)
        last = finding.end
    return "".join((*parts, text[last:])) if parts else text


def _spelled(kind: str, found: str) -> str:
    """One spelling of a value, so that 4111 1111… and 4111-1111… are the same card."""
    if kind in _PLAIN_TEXT:
        return found
    folded = fold(found).text.casefold()
    if kind in {"email", "ip_address"}:
        return folded
    return "".join(char for char in folded if char.isalnum())
