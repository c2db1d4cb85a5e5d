"""Two documents beside each other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from podium.kernel.json import Json, pointer

Op: TypeAlias = Literal["add", "remove", "replace"]


@dataclass(frozen=True, slots=True)
class Difference:
    """An operation of JSON Patch (RFC 6902), with what was there before. An array is one value."""

    op: Op
    path: str
    before: Json = None
    after: Json = None


def differences(before: Json, after: Json) -> tuple[Difference, ...]:
    """What makes the one of the other, in the order of names."""
    return tuple(_differences(before, after, ()))


def _differences(before: Json, after: Json, at: tuple[str, ...]) -> Iterator[Difference]:
    if before == after:
        return
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        yield Difference("replace", pointer(*at), before, after)
        return
    for name in sorted({*before, *after}):
        path = pointer(*at, name)
        if name not in before:
            yield Difference("add", path, after=after[name])
        elif name not in after:
            yield Difference("remove", path, before=before[name])
        else:
            yield from _differences(before[name], after[name], (*at, name))
