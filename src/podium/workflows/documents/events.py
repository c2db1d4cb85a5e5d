"""libyaml's events, with types."""

from collections.abc import Callable, Iterator
from typing import Final, Literal, Protocol, TypeAlias, cast

import yaml

Kind: TypeAlias = Literal["document", "mapping", "sequence", "end", "alias", "scalar"]

_LOADER: Final = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_KINDS: Final[dict[type, Kind]] = {
    yaml.DocumentStartEvent: "document",
    yaml.MappingStartEvent: "mapping",
    yaml.SequenceStartEvent: "sequence",
    yaml.MappingEndEvent: "end",
    yaml.SequenceEndEvent: "end",
    yaml.AliasEvent: "alias",
    yaml.ScalarEvent: "scalar",
}

YamlError: TypeAlias = yaml.YAMLError
MarkedYamlError: TypeAlias = yaml.MarkedYAMLError


class Mark(Protocol):
    """Counts from 0."""

    line: int
    column: int


class Event(Protocol):
    """`anchor` and `tag` stand on nodes; `value` and `style` ('' or None: plain) on scalars."""

    start_mark: Mark
    anchor: str | None
    tag: str | None
    value: str
    style: str | None


def events(text: str) -> Iterator[tuple[Kind, Event]]:
    """Those that carry something. Raises YamlError."""
    following = cast("Callable[[], Event | None]", _LOADER(text).get_event)
    while (event := following()) is not None:
        kind = _KINDS.get(type(event))
        if kind is not None:
            yield kind, event
