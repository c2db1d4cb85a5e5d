"""What the configuration needs from outside."""

from collections.abc import Sequence
from typing import Protocol

from podium.gateway.configuration.differences import Difference
from podium.gateway.configuration.versions import Version
from podium.kernel.json import JsonObject
from podium.kernel.paging import Page


class VersionStore(Protocol):
    """Of one installation. Raises Unavailable."""

    async def count(self) -> int:
        """The number of the newest one; 0 where there is none."""
        ...

    async def newest(self) -> Version | None: ...

    async def get(self, number: int) -> Version:
        """Raises NotFound."""
        ...

    async def list(self, *, cursor: str | None, limit: int) -> Page[Version]:
        """Newest first. Raises Invalid for a cursor that is none."""
        ...

    async def add(self, version: Version) -> None:
        """Raises Conflict where there is one with this number."""
        ...


class Prepared(Protocol):
    """A configuration that can come into force: nothing of it can fail any more."""

    @property
    def document(self) -> JsonObject:
        """What is laid over podium.yaml."""
        ...

    @property
    def differences(self) -> Sequence[Difference]:
        """Between what is in force now and this."""
        ...

    @property
    def restart(self) -> Sequence[str]:
        """Settings that differ from those that podium was started with, and wait for a restart."""
        ...

    @property
    def warnings(self) -> Sequence[str]: ...

    def take_effect(self) -> None:
        """At once, for all calls that begin from here on."""
        ...


class Machine(Protocol):
    """What brings a configuration into force in this process."""

    @property
    def effective(self) -> JsonObject:
        """The sections that can change while podium runs, as they are in force."""
        ...

    @property
    def restart(self) -> Sequence[str]:
        """As of what is in force."""
        ...

    @property
    def file(self) -> str:
        """Where podium.yaml is; empty where there is none."""
        ...

    def file_changed(self) -> bool:
        """Whether it is not what is in force."""
        ...

    async def prepare(self, text: str, *, name: str, afresh: bool = False) -> Prepared:
        """Of podium.yaml, read `afresh` or as it was read before, and a document over it.

        Raises Invalid with every problem, NotFound where podium.yaml is gone.
        """
        ...
