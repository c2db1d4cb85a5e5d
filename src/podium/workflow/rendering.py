"""From parts to plain JSON, with the place in the Python text of everything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

from podium.kernel.errors import Invalid
from podium.kernel.json import Json
from podium.workflow.parts import Named, Part
from podium.workflow.places import Written
from podium.workflows.documents.source import Place, pointer


@dataclass
class Rendering:
    """`files` has the file of each pointer at which another one begins."""

    files: dict[str, str] = field(default_factory=dict[str, str])

    def of(self, value: object, here: Written, path: str = "") -> tuple[Json, Place]:
        """Raises Invalid for what JSON cannot write."""
        match value:
            case Named(body=body, place=place):
                return self.of(body, self._at(place, here, path), path)
            case Part(value=inner, place=place):
                return self.of(inner, self._at(place, here, path), path)
            case timedelta():
                return iso(value), _plain(here)
            case str() | bool() | int() | float() | None:
                return value, _plain(here)
            case Mapping():
                return self._mapping(cast("Mapping[object, object]", value), here, path)
            case Sequence() if not isinstance(value, bytes | bytearray):
                return self._sequence(value, here, path)
            case _:
                raise _no_json(value, here, path)

    def _at(self, place: Written, here: Written, path: str) -> Written:
        if not place.line:
            return here
        if place.file != here.file:
            self.files[path] = place.file
        return place

    def _mapping(
        self, value: Mapping[object, object], here: Written, path: str
    ) -> tuple[Json, Place]:
        members: dict[str, Json] = {}
        inside: dict[str, Place] = {}
        for key, each in value.items():
            if not isinstance(key, str):
                raise _no_json(key, here, path)
            members[key], inside[key] = self.of(each, here, f"{path}{pointer(key)}")
        return members, Place(here.line, here.column, inside)

    def _sequence(self, value: Sequence[object], here: Written, path: str) -> tuple[Json, Place]:
        items: list[Json] = []
        inside: list[Place] = []
        for index, each in enumerate(value):
            entry = {each.name: each} if isinstance(each, Named) else each
            place = each.place if isinstance(each, Named) and each.place.line else here
            item, at = self.of(entry, here, f"{path}/{index}")
            items.append(item)
            inside.append(Place(place.line, place.column, at.inside))
        return items, Place(here.line, here.column, inside)


def iso(value: timedelta) -> str:
    """To the millisecond."""
    seconds, thousandths = divmod(round(value.total_seconds() * 1000), 1000)
    fraction = f".{thousandths:03d}".rstrip("0") if thousandths else ""
    return f"PT{seconds}{fraction}S"


def _plain(here: Written) -> Place:
    return Place(here.line, here.column)


def _no_json(value: object, here: Written, path: str) -> Invalid:
    where = f"{here.file}:{here.line}: {path or 'the document'}"
    return Invalid(
        f"{where} has {value!r}, a {type(value).__name__}, and a document holds plain JSON. "
        "Write a text, number, list or mapping with texts as keys."
    )
