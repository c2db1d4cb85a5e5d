"""The audit port in lists; see `fakes_storage`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from podium.governance.access import Authorizer
from podium.governance.audit.decisions import AuditedAuthorizer
from podium.governance.audit.events import Stored, entry_of, event_of, events_in
from podium.governance.audit.keys import SigningKey, name_of, signing_key
from podium.governance.audit.notes import Checkpoint
from podium.governance.audit.ports import EntryQuery, Leaf, Seal, Sealed, Sealing
from podium.governance.audit.sealing import Sealer
from podium.governance.audit.service import Audit, Edges
from podium.governance.audit.trail import Trail
from podium.governance.audit.tree import Hash, Node
from podium.kernel.audit import Deed
from podium.kernel.clock import Clock
from podium.kernel.errors import Unavailable
from podium.kernel.ids import WorkspaceId
from tests.fakes_access import RULE


@dataclass
class MemoryKeys:
    """Keys out of a number: the same ones in every test."""

    number: int = 1
    fresh: list[SigningKey] = field(default_factory=list)

    def keys(self, name: str | None) -> Sequence[SigningKey]:
        private = _private(self.number)
        return [signing_key(private, name or name_of(private)), *self.fresh]

    def successor(self, name: str) -> SigningKey:
        self.fresh = [signing_key(_private(self.number + 1), name)]
        return self.fresh[0]

    def promote(self) -> None:
        self.number, self.fresh = self.number + 1, []


def _private(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))


@dataclass
class MemoryAudit:
    """`full` is a disk that takes nothing."""

    rows: list[Stored] = field(default_factory=list)
    tree: list[Leaf] = field(default_factory=list)
    nodes: dict[Node, Hash] = field(default_factory=dict)
    sealed: list[Sealed] = field(default_factory=list)
    full: bool = False

    async def record(self, deeds: Iterable[Deed]) -> None:
        if self.full:
            raise Unavailable("The disk is full.")
        for deed in deeds:
            serial = len(self.rows) + 1
            event = event_of(deed, f"aud_{serial:04}", float(serial))
            self.rows.append(Stored(serial, entry_of(event)))

    async def seal(self, make: Sealing, *, most: int) -> Seal | None:
        seal = make(self._newest(), self.rows[len(self.tree) :][:most])
        if seal is None:
            return None
        for position, serial, hashed in seal.leaves:
            entry = self.rows[serial - 1].entry
            self.rows[serial - 1] = Stored(serial, entry, position)
            self.tree.append(Leaf(position, serial, hashed, entry))
        self.nodes |= dict(seal.nodes)
        self.sealed.append(seal.sealed)
        return seal

    def _newest(self) -> Sealed | None:
        return self.sealed[-1] if self.sealed else None

    async def newest(self) -> Sealed | None:
        return self._newest()

    async def checkpoints(self, *, after: int, limit: int) -> Sequence[tuple[int, Checkpoint]]:
        numbered = [(number, one.checkpoint) for number, one in enumerate(self.sealed, 1)]
        return numbered[after : after + limit]

    async def leaves(self, *, start: int, limit: int) -> Sequence[Leaf]:
        return self.tree[start : start + limit]

    async def hashes(self, nodes: Iterable[Node]) -> Mapping[Node, Hash]:
        known = {Node(0, leaf.position): leaf.hash for leaf in self.tree} | self.nodes
        return {node: known[node] for node in nodes if node in known}

    async def waiting(self) -> tuple[int, float | None]:
        left = self.rows[len(self.tree) :]
        return len(left), left[0].entry.at if left else None

    async def list(self, query: EntryQuery, *, before: int | None, limit: int) -> Sequence[Stored]:
        found = [row for row in self.rows if before is None or row.serial < before]
        return [row for row in found[::-1] if _fits(row, query)][:limit]

    async def oldest_first(self, query: EntryQuery, *, after: int, limit: int) -> Sequence[Stored]:
        return [row for row in self.rows if row.serial > after and _fits(row, query)][:limit]

    async def find(self, workspace: WorkspaceId, event: str) -> Stored | None:
        for row in self.rows:
            ids = {one.id for one in events_in(row.entry.body)}
            if row.entry.workspace in {workspace, ""} and event in ids:
                return row
        return None


def _fits(row: Stored, query: EntryQuery) -> bool:
    entry = row.entry
    wanted = (
        (query.workspace, entry.workspace or query.workspace),
        (query.action, entry.action),
        (query.actor, entry.actor),
        (query.resource, entry.resource),
        (query.outcome, entry.outcome),
    )
    return all(value is None or value == has for value, has in wanted)


def audit_over(store: MemoryAudit, clock: Clock) -> Audit:
    """The use cases, with keys out of a number."""
    trail, keys = Trail(store, clock), MemoryKeys()
    rule = told_by(trail, clock)
    first = keys.keys(None)[0].public
    return Audit(Edges(store, trail, Sealer(store, keys, clock), rule, first, "1"))


def told_by(trail: Trail, clock: Clock, rule: Authorizer = RULE) -> Authorizer:
    return AuditedAuthorizer(rule, trail, clock)
