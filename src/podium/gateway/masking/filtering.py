"""The texts of one answer as they come: placeholders become values again, and what the model itself
says that nobody may see is hidden, however the pieces are cut.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from podium.governance.masking.finding import find
from podium.governance.masking.pack import Pack
from podium.governance.masking.spans import Finding
from podium.governance.masking.vault import BEGUN, Vault
from podium.kernel.json import JsonObject

MOST_HELD: Final = 16_384
"""Characters of one channel: a value that has begun and does not end is no value."""
_CONTEXT: Final = 160
"""Characters that have gone on already and are read again, as words before a value count."""
_CHAIN: Final = 256
_LONGEST_LINK: Final = 3
_MONTHS: Final = frozenset(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
)
_JSON_ANSWERS: Final = frozenset({"json_object", "json_schema"})
_TOKEN: Final = re.compile(r"\S+")


class NeverEnding(Exception):
    """Something has begun that may not go on, and it does not end."""


@dataclass(frozen=True, slots=True)
class Looking:
    """What is looked for in an answer: `hidden` are the kinds that are replaced, `stops` those that
    end it.
    """

    pack: Pack
    hidden: Mapping[str, bool]
    stops: frozenset[str] = frozenset()

    @property
    def idle(self) -> bool:
        return not self.hidden and not self.stops


@dataclass(slots=True)
class Stopped(Exception):
    """The answer holds what must not be seen. `kinds` are its names."""

    kinds: tuple[str, ...]


@dataclass(slots=True)
class _Channel:
    held: str = ""
    context: str = ""
    json: bool = False


@dataclass(slots=True)
class AnswerFilter:
    """The port TextFilter. Raises Stopped and NeverEnding."""

    vault: Vault
    looking: Looking
    counts: dict[str, int] = field(default_factory=dict[str, int])
    """How often each kind was hidden."""
    _channels: dict[str, _Channel] = field(default_factory=dict[str, _Channel])

    def piece(self, channel: str, text: str, *, json: bool = False) -> str:
        one = self._channels.setdefault(channel, _Channel(json=json))
        one.held += text
        if len(one.held) > MOST_HELD:
            raise NeverEnding
        if self.looking.idle:
            return self._let_go(one, _placeholder_begins(one.held), ())
        findings = self._findings(one)
        return self._let_go(one, _safe(one.held, findings), findings)

    def end(self, channel: str) -> str:
        one = self._channels.pop(channel, None)
        if one is None or not one.held:
            return ""
        findings = () if self.looking.idle else self._findings(one)
        return self._let_go(one, len(one.held), findings)

    def whole(self, text: str, *, json: bool = False) -> str:
        one = _Channel(held=text, json=json)
        findings = () if self.looking.idle else self._findings(one)
        return self._let_go(one, len(text), findings)

    def tool(self, name: str) -> None:
        """Names of tools are the caller's own."""
        del name

    def _findings(self, one: _Channel) -> Sequence[Finding]:
        """In what is held; what began in the context counts from the first character held."""
        shift = len(one.context)
        return [
            Finding(found.kind, max(found.start - shift, 0), found.end - shift)
            for found in find(one.context + one.held, pack=self.looking.pack)
            if found.end > shift
        ]

    def _let_go(self, one: _Channel, upto: int, findings: Sequence[Finding]) -> str:
        gone, one.held = one.held[:upto], one.held[upto:]
        one.context = (one.context + gone)[-_CONTEXT:]
        within = [found for found in findings if found.end <= upto]
        stops = tuple(found.kind for found in within if found.kind in self.looking.stops)
        if stops:
            raise Stopped(tuple(dict.fromkeys(stops)))
        for found in within:
            if found.kind in self.looking.hidden:
                self.counts[found.kind] = self.counts.get(found.kind, 0) + 1
        hidden = self.vault.hide(gone, within, self.looking.hidden)
        return self.vault.restored(hidden, json=one.json)


def wants_json(fields: JsonObject) -> bool:
    """Whether the text of the answer is to be JSON."""
    text = fields.get("text")
    form = text.get("format") if isinstance(text, Mapping) else None
    for place in (fields.get("response_format"), form):
        if isinstance(place, Mapping) and place.get("type") in _JSON_ANSWERS:
            return True
    return False


def _placeholder_begins(text: str) -> int:
    found = BEGUN.search(text, max(len(text) - 80, 0))
    return found.start() if found else len(text)


def _safe(text: str, findings: Sequence[Finding]) -> int:
    """Up to where nothing can become part of a value by what comes next.

    The last word is open; words with digits, capitals or of a few letters before it may be the
    beginning of a card, a date or an address, up to 256 characters.
    """
    upto = min(_chain(text), _placeholder_begins(text))
    for found in sorted(findings, key=lambda one: -one.start):
        if found.start < upto < found.end or found.end == len(text):
            upto = min(upto, found.start)
    return upto


def _chain(text: str) -> int:
    begin = max(len(text) - _CHAIN, 0)
    tokens = list(_TOKEN.finditer(text, begin))
    if not tokens:
        return len(text)
    upto = tokens[-1].start()
    for token in reversed(tokens[:-1]):
        if not _may_go_on(token[0]):
            break
        upto = token.start()
    return upto


def _may_go_on(word: str) -> bool:
    return (
        len(word) <= _LONGEST_LINK
        or any(char.isdecimal() for char in word)
        or word[0].isupper()
        or word[-1] in ":=(,"
        or word[:3].lower() in _MONTHS
    )
