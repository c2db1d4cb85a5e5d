"""Reads YAML 1.2 or JSON into plain values, within limits that hold while it reads.

libyaml's scanner (PyYAML's C events) finds the tokens; which value a plain word has is decided
here by the core schema of YAML 1.2, so that `on` and `1.0.3` stay strings. Nothing recurses, and
each limit is checked at each event, so that a hostile text costs no more than an honest one.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn

from podium.kernel.errors import Invalid, Problem
from podium.kernel.json import Json
from podium.workflows.documents.events import Event, Kind, MarkedYamlError, YamlError, events
from podium.workflows.documents.scalars import resolve
from podium.workflows.documents.source import Place, Source, Spot, spot

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_DEPTH: Final = 64
MAX_NODES: Final = 100_000
MAX_ALIASES: Final = 100
MAX_EXPANDED: Final = 4 * MAX_BYTES
MAX_KEY: Final = 1024
MAX_PATH: Final = 4096
"""Of the keys on the way to a value: the check names each value by its path."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a text may hold: its bytes, its values and their characters, aliases written out.

    With `bare_keys` a key that is no string is taken as it is written, as `200` in descriptions
    of interfaces.
    """

    bytes: int = MAX_BYTES
    nodes: int = MAX_NODES
    expanded: int = MAX_EXPANDED
    bare_keys: bool = False


OF_WORKFLOWS: Final = Bounds()

_INDEX: Final = 5
_SHOWN: Final = 60
_TAG_DIRECTIVE: Final = re.compile(r"(?:\A|(?<=[\r\n]))%TAG")
_SURROGATES: Final = re.compile(
    r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
)


_BREAKS: Final = "\x85\u2028\u2029"
"""Line breaks for YAML 1.1 and libyaml, ordinary characters for YAML 1.2."""
_FREE: Final = tuple(map(chr, range(0xFDD0, 0xFDF0)))
"""Characters that Unicode keeps for inner use."""


def load(text: str | bytes, *, name: str, bounds: Bounds = OF_WORKFLOWS) -> Source:
    """Raises Invalid with one problem: the first that was met."""
    plain = _decoded(text, name, bounds)
    _no_directives(plain, name)
    try:
        prepared, shown = _prepared(plain)
        value, root = _Reader(name, bounds, shown).read(prepared)
    except MarkedYamlError as error:
        _fail(name, "yaml", _sentence(error), place=_mark(error))
    except YamlError as error:
        reason = str(error).splitlines()[0]
        _fail(name, "yaml", f"{name} holds a character that YAML does not allow: {reason}.")
    if not isinstance(value, dict):
        _fail(name, "object", _no_object(name, value), place=root)
    return Source(name, plain, value, root)


def _fail(name: str, rule: str, message: str, *, place: Place | None = None) -> NoReturn:
    here = place or Place(1, 1)
    problem = Problem(message, f"document/{rule}", "", here.line, here.column)
    raise Invalid(f"{name} cannot be read: {message}", problems=[problem])


def _no_object(name: str, value: Json) -> str:
    kind = "nothing" if value is None else f"a {type(value).__name__}"
    return f"{name} holds {kind}, expected a mapping. Begin with a key and a colon."


def _decoded(text: str | bytes, name: str, bounds: Bounds) -> str:
    if len(text) > bounds.bytes:
        _too_big(name, bounds)
    try:
        data = text if isinstance(text, bytes) else text.encode()
        if len(data) > bounds.bytes:
            _too_big(name, bounds)
        return data.decode().removeprefix("\ufeff")
    except UnicodeError as error:
        _fail(name, "utf-8", f"{name} is no valid UTF-8 ({error}). Save it as UTF-8.")


def _no_directives(text: str, name: str) -> None:
    """To libyaml each %TAG is compared with all before it: 100,000 of them take minutes."""
    found = _TAG_DIRECTIVE.search(text)
    if found is not None:
        what = f"{name} has a %TAG directive. Leave it out: values are plain JSON."
        _fail(name, "tag", what, place=Place(text.count("\n", 0, found.end()) + 1, 1))


def _too_big(name: str, bounds: Bounds) -> NoReturn:
    size = f"{bounds.bytes // 1024 // 1024} MiB"
    _fail(name, "size", f"{name} is larger than {size}. Split it.")


def _prepared(text: str) -> tuple[str, Mapping[int, str]]:
    """The text as libyaml has to see it, and which characters in it stand for a break.

    JSON writes one character above U+FFFF as two escapes, YAML as one.
    """
    shown: Mapping[int, str] = {}
    if any(each in text for each in _BREAKS):
        free = [each for each in _FREE if each not in text]
        shown = {ord(new): old for new, old in zip(free, _BREAKS, strict=False)}
        text = text.translate({ord(old): chr(new) for new, old in shown.items()})
    if text.lstrip().startswith("{"):
        text = _SURROGATES.sub(_joined, text)
    return text, shown


def _joined(found: re.Match[str]) -> str:
    high, low = int(found.group(2), 16), int(found.group(3), 16)
    return f"{found.group(1)}\\U{0x10000 + ((high - 0xD800) << 10) + low - 0xDC00:08x}"


def _sentence(error: MarkedYamlError) -> str:
    reason = " ".join(part for part in (error.context, error.problem) if part)
    return f"YAML cannot be read here: {reason}. Check the indentation and the quotes around it."


def _mark(error: MarkedYamlError) -> Place | None:
    mark = error.problem_mark
    return None if mark is None else Place(mark.line + 1, mark.column + 1)


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A value that aliases may repeat, and what each of them costs: values and characters when
    written out, levels inside it, and the length of the longest path in it.
    """

    value: Json
    place: Place
    nodes: int = 1
    characters: int = 0
    height: int = 0
    reach: int = 0


@dataclass(slots=True)
class _Open:
    """A mapping or sequence that has not ended. `key` is the one whose value comes next.

    `nodes` and `characters` are the reader's counts when it began, `path` the length of the keys
    around it; `height` and `reach` are what its members have so far.
    """

    line: int
    column: int
    members: dict[str, Json] | None
    anchor: str | None = None
    nodes: int = 0
    characters: int = 0
    path: int = 0
    items: list[Json] = field(default_factory=list[Json])
    inside: dict[str, Place | Spot] = field(default_factory=dict[str, Place | Spot])
    places: list[Place | Spot] = field(default_factory=list[Place | Spot])
    key: str | None = None
    key_line: int = 1
    key_column: int = 1
    height: int = 0
    reach: int = 0


class _Reader:
    """Takes the events one by one. What is read stands in a list of its own, as its one item."""

    def __init__(self, name: str, bounds: Bounds, shown: Mapping[int, str]) -> None:
        self._name: str = name
        self._shown: Mapping[int, str] = shown
        self._bounds: Bounds = bounds
        self._here: _Open = _Open(1, 1, None)
        self._around: list[_Open] = []
        self._anchors: dict[str, _Anchored] = {}
        self._aliases: int = 0
        self._nodes: int = 0
        self._characters: int = 0
        self._documents: int = 0
        self._take: Final[Mapping[Kind, Callable[[Event], None]]] = {
            "document": self._document,
            "mapping": self._mapping,
            "sequence": self._sequence,
            "end": self._leave,
            "alias": self._alias,
            "scalar": self._scalar,
        }

    def read(self, text: str) -> tuple[Json, Place]:
        """The value and its place. Raises Invalid and YamlError."""
        take = self._take
        for kind, event in events(text):
            take[kind](event)
        root = self._here.places[0] if self._here.places else None
        value = self._here.items[0] if self._here.items else None
        return value, root if isinstance(root, Place) else Place(1, 1)

    def _fail(self, rule: str, what: str, event: Event) -> NoReturn:
        mark = event.start_mark
        place = Place(mark.line + 1, mark.column + 1)
        _fail(self._name, rule, f"{self._name} {what}", place=place)

    def _document(self, event: Event) -> None:
        self._documents += 1
        if self._documents > 1:
            self._fail("documents", "holds several documents. Split it at '---'.", event)

    def _mapping(self, event: Event) -> None:
        self._enter(event, {})

    def _sequence(self, event: Event) -> None:
        self._enter(event, None)

    def _enter(self, event: Event, members: dict[str, Json] | None) -> None:
        here, mark = self._here, event.start_mark
        if event.tag is not None:
            self._tagged(event)
        if here.members is not None and here.key is None:
            self._fail("key", "has a list or mapping as a key. Use a string.", event)
        if len(self._around) >= MAX_DEPTH:
            self._too_deep(event)
        self._around.append(here)
        self._here = _Open(
            mark.line + 1, mark.column + 1, members, event.anchor, self._nodes, self._characters
        )
        self._here.path = here.path + _step(here)

    def _leave(self, event: Event) -> None:
        done = self._here
        here = self._here = self._around.pop()
        filled = done.items if done.members is None else done.members
        inside = done.places if done.members is None else done.inside
        height = max(done.height, 1 if filled else 0)
        here.height = max(here.height, height + 1)
        here.reach = max(here.reach, done.reach + _step(here))
        place = Place(done.line, done.column, inside)
        if done.anchor is not None:
            nodes = self._nodes - done.nodes + 1
            characters = self._characters - done.characters
            self._anchors[done.anchor] = _Anchored(
                filled, place, nodes, characters, height, done.reach
            )
        self._put(filled, place, event)

    def _alias(self, event: Event) -> None:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            what = f"has more than {MAX_ALIASES} aliases. Write the values out."
            self._fail("aliases", what, event)
        here, anchor = self._here, str(event.anchor)
        found = self._anchors.get(anchor)
        if found is None:
            shown = _cut(anchor)
            what = f"has the alias *{shown} without a finished &{shown} above it."
            self._fail("alias", what, event)
        if here.members is not None and here.key is None:
            self._key(found.value, event)
            return
        if len(self._around) + found.height > MAX_DEPTH:
            self._too_deep(event)
        here.height = max(here.height, found.height + 1)
        here.reach = max(here.reach, found.reach + _step(here))
        if here.path + here.reach > MAX_PATH:
            self._too_long(event)
        self._characters += found.characters
        self._nodes += found.nodes - 1
        self._put(found.value, found.place, event)

    def _too_deep(self, event: Event) -> NoReturn:
        self._fail("depth", f"is nested deeper than {MAX_DEPTH} levels.", event)

    def _too_long(self, event: Event) -> NoReturn:
        what = f"has keys inside keys of more than {MAX_PATH:,} characters. Shorten them."
        self._fail("key", what, event)

    def _tagged(self, event: Event) -> NoReturn:
        what = f"has the tag {_cut(str(event.tag))}. Leave it out: values are plain JSON."
        self._fail("tag", what, event)

    def _scalar(self, event: Event) -> None:
        if event.tag is not None:
            self._tagged(event)
        text = event.value.translate(self._shown) if self._shown else event.value
        value: Json = text
        if not event.style:
            value = self._plain(text, event)
        self._characters += len(text)
        here = self._here
        if event.anchor is not None:
            mark = event.start_mark
            place = Place(mark.line + 1, mark.column + 1)
            self._anchors[event.anchor] = _Anchored(value, place, characters=len(text))
        if here.members is not None and here.key is None:
            self._key(value, event)
        else:
            self._put(value, None, event)

    def _plain(self, text: str, event: Event) -> Json:
        here = self._here
        if text == "<<" and here.members is not None and here.key is None:
            self._fail("merge", "has a merge key '<<'. Write the members out.", event)
        if self._bounds.bare_keys and here.members is not None and here.key is None:
            return text
        value, trouble = resolve(text)
        if trouble:
            self._fail("number", f"has {trouble}", event)
        return value

    def _key(self, key: Json, event: Event) -> None:
        here, mark = self._here, event.start_mark
        if isinstance(key, int) and not isinstance(key, bool) and event.value == str(key):
            key = event.value  # a port such as 8080: JSON, too, has it as a text
        if not isinstance(key, str):
            shown = _cut(json.dumps(key))
            what = f"has the key {shown}, which is no string. Write it in quotes: '{shown}'."
            self._fail("key", what, event)
        if len(key) > MAX_KEY:
            what = f"has a key of {len(key):,} characters, over {MAX_KEY:,}. Shorten it."
            self._fail("key", what, event)
        if here.members is not None and key in here.members:
            self._fail("duplicate", f"has the key '{_cut(key)}' twice in one mapping.", event)
        here.key, here.key_line, here.key_column = key, mark.line + 1, mark.column + 1
        here.reach = max(here.reach, _step(here))
        if here.path + len(key) > MAX_PATH:
            self._too_long(event)

    def _put(self, value: Json, place: Place | None, event: Event) -> None:
        """`place` None takes that of the event; a member has that of its key."""
        self._nodes += 1
        bounds = self._bounds
        if self._nodes > bounds.nodes or self._characters > bounds.expanded:
            what = f"has more than {bounds.nodes:,} values, or aliases that make it too large."
            self._fail("nodes", what, event)
        here = self._here
        if here.members is not None and here.key is not None:
            at = spot(here.key_line, here.key_column)
            if place is not None and place.inside is not None:
                at = Place(here.key_line, here.key_column, place.inside)
            here.members[here.key], here.inside[here.key] = value, at
            here.key = None
        else:
            mark = event.start_mark
            here.items.append(value)
            here.places.append(place or spot(mark.line + 1, mark.column + 1))


def _step(here: _Open) -> int:
    """How much longer the path of the member to come is."""
    return 1 + (len(here.key) if here.key is not None else _INDEX)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
