"""Versions of the configuration in a dictionary, and what brings them into force on paper."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from podium.gateway.configuration.differences import Difference, differences
from podium.gateway.configuration.versions import Version
from podium.kernel.errors import Conflict, Invalid, NotFound, Problem
from podium.kernel.json import JsonObject
from podium.kernel.paging import Page
from tests.fakes_rows import kept, page


@dataclass
class MemoryConfigurations:
    rows: dict[int, Version] = field(default_factory=dict)

    async def count(self) -> int:
        return max(self.rows, default=0)

    async def newest(self) -> Version | None:
        return self.rows[max(self.rows)] if self.rows else None

    async def get(self, number: int) -> Version:
        if number not in self.rows:
            raise NotFound(f"There is no version {number} of the configuration.")
        return self.rows[number]

    async def list(self, *, cursor: str | None, limit: int) -> Page[Version]:
        rows = list(self.rows.values())
        return page("versions", rows, _mark, cursor=cursor, limit=limit, newest_first=True)

    async def add(self, version: Version) -> None:
        if version.number in self.rows:
            raise Conflict(f"Version {version.number} was stored by somebody else just now.")
        self.rows[version.number] = kept(version)


def _mark(version: Version) -> tuple[float | str, ...]:
    return (version.number,)


@dataclass(frozen=True)
class FakePrepared:
    """`document` is what is laid over."""

    machine: "FakeMachine"
    document: JsonObject
    effective: JsonObject
    differences: Sequence[Difference]
    warnings: Sequence[str] = ()
    restart: Sequence[str] = ()

    def take_effect(self) -> None:
        self.machine.effective = self.effective
        self.machine.taken.append(self.document)


@dataclass
class FakeMachine:
    """podium.yaml is `written`; a document that says `bad` is invalid."""

    written: JsonObject = field(default_factory=dict)
    effective: JsonObject = field(default_factory=dict)
    restart: Sequence[str] = ()
    file: str = "/srv/podium.yaml"
    taken: list[JsonObject] = field(default_factory=list)
    read: int = 0
    gone: bool = False

    def file_changed(self) -> bool:
        return False

    async def prepare(self, text: str, *, name: str, afresh: bool = False) -> FakePrepared:
        if afresh and self.gone:
            raise NotFound("There is no file 'podium.yaml'.")
        self.read += afresh
        document = json.loads(text) if text else {}
        if "bad" in document:
            problem = Problem("'bad' is no setting.", "settings/unknown", "/bad", 1, 2)
            raise Invalid(f"{name} has 1 problem:", problems=[problem])
        effective = {**self.written, **document}
        return FakePrepared(self, document, effective, differences(self.effective, effective))
