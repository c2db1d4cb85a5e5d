"""Reads YAML 1.2 or JSON into plain values, within limits that hold while it reads.

libyaml's scanner (PyYAML's C events) finds the tokens; which value a plain word has is decided
here by the core schema of YAML 1.2, so that `on` and `1.0.3` stay strings. Nothing recurses, and
each limit is checked at each event, so that a hostile text costs no more than an honest one.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Final, NoReturn

from podium.kernel.errors import Invalid, Problem
from podium.kernel.json import Json
from podium.workflows.documents.events import Event, Kind, MarkedYamlError, YamlError, events
from podium.workflows.documents.scalars import resolve
from podium.workflows.documents.source import Place, Source

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_DEPTH: Final = 64
MAX_NODES: Final = 100_000
MAX_ALIASES: Final = 100
MAX_EXPANDED: Final = 4 * MAX_BYTES

_SURROGATES: Final = re.compile(
    r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
)


_BREAKS: Final = "\x85\u2028\u2029"
"""Line breaks for YAML 1.1 and libyaml, ordinary characters for YAML 1.2."""
_HIDE: Final = str.maketrans(_BREAKS, "\ufdd0\ufdd1\ufdd2")
_SHOW: Final = str.maketrans("\ufdd0\ufdd1\ufdd2", _BREAKS)


def load(text: str | bytes, *, name: str) -> Source:
    """Raises Invalid with one problem: the first that was met."""
    plain = _decoded(text, name)
    reader = _Reader(name)
    try:
        for kind, event in events(_prepared(plain)):
            reader.take(kind, event)
    except MarkedYamlError as error:
        _fail(name, "yaml", _sentence(error), place=_mark(error))
    except YamlError as error:
        reason = str(error).splitlines()[0]
        _fail(name, "yaml", f"{name} holds a character that YAML does not allow: {reason}.")
    if not isinstance(reader.value, dict):
        _fail(name, "object", _no_object(name, reader.value), place=reader.root)
    return Source(name, plain, reader.value, reader.root)


def _fail(name: str, rule: str, message: str, *, place: Place | None = None) -> NoReturn:
    here = place or Place(1, 1)
    problem = Problem(message, f"document/{rule}", "", here.line, here.column)
    raise Invalid(f"{name} cannot be read: {message}", problems=[problem])


def _no_object(name: str, value: Json) -> str:
    kind = "nothing" if value is None else f"a {type(value).__name__}"
    return f"{name} holds {kind}, expected a mapping. Begin with a key and a colon."


def _decoded(text: str | bytes, name: str) -> str:
    if len(text) > MAX_BYTES:
        _too_big(name)
    try:
        data = text if isinstance(text, bytes) else text.encode()
        if len(data) > MAX_BYTES:
            _too_big(name)
        return data.decode().removeprefix("\ufeff")
    except UnicodeError as error:
        _fail(name, "utf-8", f"{name} is no valid UTF-8 ({error}). Save it as UTF-8.")


def _too_big(name: str) -> NoReturn:
    size = f"{MAX_BYTES // 1024 // 1024} MiB"
    _fail(name, "size", f"{name} is larger than {size}. Split it.")


def _prepared(text: str) -> str:
    """The text as libyaml has to see it.

    JSON writes one character above U+FFFF as two escapes, YAML as one. The breaks are hidden
    behind characters that Unicode keeps for such inner use.
    """
    text = text.translate(_HIDE) if any(each in text for each in _BREAKS) else text
    if not text.lstrip().startswith("{"):
        return text
    return _SURROGATES.sub(_joined, text)


def _joined(found: re.Match[str]) -> str:
    high, low = int(found.group(2), 16), int(found.group(3), 16)
    return f"{found.group(1)}\\U{0x10000 + ((high - 0xD800) << 10) + low - 0xDC00:08x}"


def _sentence(error: MarkedYamlError) -> str:
    reason = " ".join(part for part in (error.context, error.problem) if part)
    return f"YAML cannot be read here: {reason}. Check the indentation and the quotes around it."


def _mark(error: MarkedYamlError) -> Place | None:
    mark = error.problem_mark
    return None if mark is None else Place(mark.line + 1, mark.column + 1)


@dataclass(slots=True)
class _Node:
    """A value with its place and its cost: nodes, characters and levels when written out."""

    value: Json
    place: Place
    nodes: int = 1
    characters: int = 0
    height: int = 0


@dataclass(slots=True)
class _Open:
    """A mapping or sequence that has not ended."""

    place: Place
    anchor: str | None
    keys: list[_Node] | None
    items: list[_Node] = field(default_factory=list[_Node])
    names: set[str] = field(default_factory=set[str])

    @property
    def wants_key(self) -> bool:
        return self.keys is not None and len(self.keys) == len(self.items)


class _Reader:
    def __init__(self, name: str) -> None:
        self._name: str = name
        self._open: list[_Open] = []
        self._anchors: dict[str, _Node] = {}
        self._aliases: int = 0
        self._nodes: int = 0
        self._characters: int = 0
        self._documents: int = 0
        self.value: Json = None
        self.root: Place = Place(1, 1)

    def take(self, kind: Kind, event: Event) -> None:
        place = Place(event.start_mark.line + 1, event.start_mark.column + 1)
        match kind:
            case "document":
                self._documents += 1
                if self._documents > 1:
                    self._fail("documents", "holds several documents. Split it at '---'.", place)
            case "mapping" | "sequence":
                self._enter(event, place, mapping=kind == "mapping")
            case "end":
                self._leave()
            case "alias":
                self._alias(str(event.anchor), place)
            case "scalar":
                self._scalar(event, place)

    def _fail(self, rule: str, what: str, place: Place) -> NoReturn:
        _fail(self._name, rule, f"{self._name} {what}", place=place)

    def _enter(self, event: Event, place: Place, *, mapping: bool) -> None:
        self._no_tag(event.tag, place)
        if self._open and self._open[-1].wants_key:
            self._fail("key", "has a list or mapping as a key. Use a string.", place)
        if len(self._open) >= MAX_DEPTH:
            self._too_deep(place)
        keys: list[_Node] | None = [] if mapping else None
        self._open.append(_Open(place, event.anchor, keys))

    def _leave(self) -> None:
        done = self._open.pop()
        nodes = _Node(None, done.place)
        value, inside = _closed(done)
        nodes.value, nodes.place = value, Place(done.place.line, done.place.column, inside)
        for item in done.items:
            nodes.nodes += item.nodes
            nodes.characters += item.characters
            nodes.height = max(nodes.height, item.height + 1)
        self._name_it(done.anchor, nodes)
        self._put(nodes, new=1)

    def _alias(self, anchor: str, place: Place) -> None:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            self._fail(
                "aliases", f"has more than {MAX_ALIASES} aliases. Write the values out.", place
            )
        node = self._anchors.get(anchor)
        if node is None:
            what = f"has the alias *{anchor} without a finished &{anchor} above it."
            self._fail("alias", what, place)
        if len(self._open) + node.height > MAX_DEPTH:
            self._too_deep(place)
        copy = _Node(node.value, node.place, node.nodes, node.characters, node.height)
        self._characters += node.characters
        self._put(copy, new=node.nodes)

    def _too_deep(self, place: Place) -> NoReturn:
        self._fail("depth", f"is nested deeper than {MAX_DEPTH} levels.", place)

    def _no_tag(self, tag: str | None, place: Place) -> None:
        if tag is not None:
            self._fail("tag", f"has the tag {tag}. Leave it out: values are plain JSON.", place)

    def _scalar(self, event: Event, place: Place) -> None:
        self._no_tag(event.tag, place)
        text = event.value if event.value.isascii() else event.value.translate(_SHOW)
        value: Json = text
        if not event.style:
            value, trouble = resolve(text)
            if trouble:
                self._fail("number", f"has {trouble}", place)
        node = _Node(value, place, characters=len(text))
        self._characters += len(text)
        self._name_it(event.anchor, node)
        if self._open and self._open[-1].wants_key:
            self._key(node, merge=text == "<<" and not event.style)
        else:
            self._put(node, new=1)

    def _name_it(self, anchor: str | None, node: _Node) -> None:
        if anchor is not None:
            self._anchors[anchor] = node

    def _key(self, node: _Node, *, merge: bool) -> None:
        here, key = self._open[-1], node.value
        if merge:
            self._fail("merge", "has a merge key '<<'. Write the members out.", node.place)
        if not isinstance(key, str):
            shown = json.dumps(key)
            what = f"has the key {shown}, which is no string. Write it in quotes: '{shown}'."
            self._fail("key", what, node.place)
        if key in here.names:
            self._fail("duplicate", f"has the key '{key}' twice in one mapping.", node.place)
        here.names.add(key)
        if here.keys is not None:
            here.keys.append(node)

    def _put(self, node: _Node, *, new: int) -> None:
        self._nodes += new
        if self._nodes > MAX_NODES or self._characters > MAX_EXPANDED:
            what = f"has more than {MAX_NODES:,} values, or aliases that make it too large."
            self._fail("nodes", what, node.place)
        if not self._open:
            self.value, self.root = node.value, node.place
        elif self._open[-1].wants_key:
            self._key(node, merge=False)
        else:
            self._open[-1].items.append(node)


def _closed(done: _Open) -> tuple[Json, dict[str, Place] | list[Place]]:
    if done.keys is None:
        return [item.value for item in done.items], [item.place for item in done.items]
    value: dict[str, Json] = {}
    inside: dict[str, Place] = {}
    for key, item in zip(done.keys, done.items, strict=True):
        name = str(key.value)
        value[name] = item.value
        inside[name] = item.place.at(key.place.line, key.place.column)
    return value, inside
