"""What the audit trail needs from outside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from podium.governance.audit.events import Entry, Stored
from podium.governance.audit.keys import SigningKey
from podium.governance.audit.notes import Checkpoint
from podium.governance.audit.tree import Hash, Node
from podium.kernel.audit import Deed
from podium.kernel.ids import WorkspaceId


@dataclass(frozen=True, slots=True)
class EntryQuery:
    """`since` and `until` are seconds since 1970, `until` is not within."""

    workspace: WorkspaceId
    action: str | None = None
    actor: str | None = None
    resource: str | None = None
    outcome: str | None = None
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """Where an entry stands in the tree; `entry` is None where its row is gone."""

    position: int
    serial: int
    hash: Hash
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Sealed:
    """The newest checkpoint with the roots of the tree's perfect subtrees."""

    checkpoint: Checkpoint
    peaks: tuple[Hash, ...]


@dataclass(frozen=True, slots=True)
class Seal:
    """What one batch adds: leaves (position, serial, hash), subtrees, and the checkpoint."""

    leaves: Sequence[tuple[int, int, Hash]]
    nodes: Sequence[tuple[Node, Hash]]
    sealed: Sealed


class Sealing(Protocol):
    """Makes a batch out of what is not sealed, within the transaction that stores it."""

    def __call__(self, before: Sealed | None, waiting: Sequence[Stored]) -> Seal | None: ...


class AuditStore(Protocol):
    async def record(self, deeds: Iterable[Deed]) -> None:
        """Store them in a transaction of their own."""
        ...

    async def seal(self, make: Sealing, *, most: int) -> Seal | None:
        """One process at a time: hand `make` at most so many of the oldest that are not sealed, and
        store what it makes.
        """
        ...

    async def newest(self) -> Sealed | None: ...

    async def checkpoints(self, *, after: int, limit: int) -> Sequence[tuple[int, Checkpoint]]:
        """In order, each with its number; `after` is one, 0 for the first."""
        ...

    async def leaves(self, *, start: int, limit: int) -> Sequence[Leaf]:
        """By position, from `start` on."""
        ...

    async def hashes(self, nodes: Iterable[Node]) -> Mapping[Node, Hash]:
        """Those of them that are stored."""
        ...

    async def waiting(self) -> tuple[int, float | None]:
        """How many entries are not sealed, and the time of the oldest."""
        ...

    async def list(self, query: EntryQuery, *, before: int | None, limit: int) -> Sequence[Stored]:
        """Entries that may hold such events, newest first; `before` is a serial."""
        ...

    async def oldest_first(self, query: EntryQuery, *, after: int, limit: int) -> Sequence[Stored]:
        """The same from the oldest on; `after` is a serial."""
        ...

    async def find(self, workspace: WorkspaceId, event: str) -> Stored | None:
        """The entry that holds an event, by the event's id."""
        ...


class KeyRing(Protocol):
    """The private key of this process."""

    def keys(self, name: str | None) -> Sequence[SigningKey]:
        """For the trail of this name, None for one that begins: the key, and behind it a successor
        that was made and not yet promoted.
        """
        ...

    def successor(self, name: str) -> SigningKey:
        """A new key, kept but not yet in use. Raises Invalid where keys come from elsewhere."""
        ...

    def promote(self) -> None:
        """From now on the successor is the key."""
        ...


class Outlet(Protocol):
    """A place elsewhere that keeps checkpoints."""

    async def put(self, note: str) -> None:
        """Raises Unavailable."""
        ...
