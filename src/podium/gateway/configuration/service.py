"""The use cases of the configuration: show, check, change, roll back, reload, follow.

A change is prepared first, then stored, then comes into force: what cannot come into force is not
stored, and what was not stored is not in force. Other processes on the same database follow.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import anyio

from podium.gateway.configuration.differences import Difference, differences
from podium.gateway.configuration.ports import Machine, Prepared, VersionStore
from podium.gateway.configuration.versions import Version, Wish
from podium.governance.access import Action, Authorizer, Resource, require
from podium.identity.principal import Principal
from podium.kernel.clock import Clock
from podium.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from podium.kernel.ids import WorkspaceId
from podium.kernel.json import JsonObject, digest
from podium.kernel.paging import Page

FOLLOW_SECONDS: Final = 2.0
KIND: Final = "configuration"
_LONGEST_COMMENT: Final = 1000
_NAME: Final = "configuration"


@dataclass(frozen=True, slots=True)
class Edges:
    """`home` is the workspace of the installation, whose admins change it. Where stored versions
    are `ignored`, podium.yaml alone is in force.
    """

    store: VersionStore
    machine: Machine
    authorizer: Authorizer
    clock: Clock
    home: WorkspaceId
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force in this process: podium.yaml, with a version over it (0: none).

    `newest` is the number of the version that was stored last. `problem` says why this process has
    not taken it, or why its file could not be read again.
    """

    version: int
    newest: int
    document: JsonObject
    text: str
    effective: JsonObject
    restart: Sequence[str]
    file: str
    file_changed: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a change; `version` is the number that is stored now."""

    version: int
    in_force: bool
    differences: Sequence[Difference]
    restart: Sequence[str]
    warnings: Sequence[str]


def _nobody(_: str) -> None:
    """Nobody wants to know."""


@dataclass(slots=True)
class Configuration:
    """`current` is the version in force. `told` hears in a sentence what happens by itself."""

    edges: Edges
    current: Version | None = None
    told: Callable[[str], None] = _nobody
    problem: str = ""
    _refused: int = 0
    """The number of a version that could not come into force here."""
    _changing: anyio.Lock = field(default_factory=anyio.Lock)

    async def standing(self, principal: Principal) -> Standing:
        """Raises Refused for all but admins, as all of these do."""
        self._require(principal)
        machine, current = self.edges.machine, self.current
        return Standing(
            version=current.number if current else 0,
            newest=await self.edges.store.count(),
            document=current.document if current else {},
            text=current.text if current else "",
            effective=machine.effective,
            restart=machine.restart,
            file=machine.file,
            file_changed=machine.file_changed(),
            problem=self.problem,
        )

    async def check(self, principal: Principal, text: str) -> Prepared:
        """What would come of it; nothing is changed. Raises Invalid with every problem."""
        self._require(principal)
        return await self.edges.machine.prepare(text, name=_NAME)

    async def change(self, principal: Principal, wish: Wish) -> Outcome:
        """Raises Invalid; Conflict where another version was stored since."""
        self._require(principal)
        return await self._change(principal, wish, restores=0)

    async def roll_back(self, principal: Principal, number: int, wish: Wish) -> Outcome:
        """To the document of an older version, 0 is podium.yaml alone, as a new version.

        The wish has no text. Raises NotFound, and as `change`.
        """
        self._require(principal)
        text = (await self.edges.store.get(number)).text if number else ""
        return await self._change(
            principal, Wish(text, wish.expected, wish.comment), restores=number
        )

    async def versions(
        self, principal: Principal, *, cursor: str | None, limit: int
    ) -> Page[Version]:
        self._require(principal)
        return await self.edges.store.list(cursor=cursor, limit=limit)

    async def version(self, principal: Principal, number: int) -> Version:
        self._require(principal)
        return await self.edges.store.get(number)

    async def diff(self, principal: Principal, older: int, newer: int) -> Sequence[Difference]:
        """Between the documents of two versions; 0 is no document. Raises NotFound."""
        self._require(principal)
        one, other = [
            (await self.edges.store.get(number)).document if number else dict[str, str]()
            for number in (older, newer)
        ]
        return differences(one, other)

    async def reload(self, principal: Principal) -> Outcome:
        """Read podium.yaml again, and the newest version. What is invalid changes nothing.

        Raises Invalid with every problem, NotFound where the file is gone.
        """
        self._require(principal)
        async with self._changing:
            newest = await self._newest()
            try:
                prepared = await self.edges.machine.prepare(
                    newest.text if newest else "", name=_name(newest), afresh=True
                )
            except (Invalid, NotFound) as refused:
                self.problem = _said(refused)
                raise
            self._take(prepared, newest)
        return _outcome(newest.number if newest else 0, prepared, in_force=True)

    async def follow(self) -> None:
        """For ever: take what other processes have stored. Cancel it to stop."""
        while True:
            await self.edges.clock.sleep(FOLLOW_SECONDS)
            with suppress(Unavailable):
                await self.look()

    async def look(self) -> None:
        """Take the newest version, if it is another. One that cannot come into force here changes
        nothing, and is told of once. Raises Unavailable.
        """
        async with self._changing:
            number = 0 if self.edges.ignored else await self.edges.store.count()
            if number in {self.current.number if self.current else 0, self._refused}:
                return
            newest = await self._newest()
            number = newest.number if newest else 0
            text = newest.text if newest else ""
            try:
                prepared = await self.edges.machine.prepare(text, name=_name(newest))
            except (Invalid, NotFound) as refused:
                self._refused = number
                self.problem = f"Version {number} cannot be taken: {_said(refused)}"
                self.told(self.problem)
                return
            self._take(prepared, newest)
            self.told(f"Version {number} of the configuration is in force.")

    async def _change(self, principal: Principal, wish: Wish, *, restores: int) -> Outcome:
        if len(wish.comment) > _LONGEST_COMMENT:
            raise Invalid(f"A comment has at most {_LONGEST_COMMENT} characters. Shorten it.")
        async with self._changing:
            number = await self.edges.store.count()
            if wish.expected != number:
                raise _overtaken(wish.expected, number)
            prepared = await self.edges.machine.prepare(wish.text, name=_NAME)
            version = Version(
                number=number + 1,
                workspace=self.edges.home,
                owner=principal.user,
                created_at=self.edges.clock.now(),
                digest=digest(prepared.document),
                comment=wish.comment,
                restores=restores,
                document=prepared.document,
                text=wish.text,
            )
            await self._keep(version, prepared)
        return _outcome(version.number, prepared, in_force=not self.edges.ignored)

    async def _keep(self, version: Version, prepared: Prepared) -> None:
        """Who goes away meanwhile must not leave it stored and not in force."""
        with anyio.CancelScope(shield=True):
            await self.edges.store.add(version)
            if not self.edges.ignored:
                self._take(prepared, version)

    def _take(self, prepared: Prepared, version: Version | None) -> None:
        prepared.take_effect()
        self.current, self.problem, self._refused = version, "", 0

    async def _newest(self) -> Version | None:
        """Of what may be in force."""
        return None if self.edges.ignored else await self.edges.store.newest()

    def _require(self, principal: Principal) -> None:
        resource = Resource(KIND, self.edges.home)
        require(self.edges.authorizer, principal, Action.CHANGE, resource)


def _outcome(number: int, prepared: Prepared, *, in_force: bool) -> Outcome:
    return Outcome(number, in_force, prepared.differences, prepared.restart, prepared.warnings)


def _name(version: Version | None) -> str:
    return f"version {version.number} of the configuration" if version else _NAME


def _overtaken(expected: int, number: int) -> Conflict:
    return Conflict(
        f"The newest version is {number}, and you have seen {expected}. Look at what has changed "
        f"since, and send the change again with {number}."
    )


def _said(refused: Invalid | NotFound) -> str:
    found = refused.problems if isinstance(refused, Invalid) else ()
    return " ".join([refused.message, *(str(problem) for problem in found)])
