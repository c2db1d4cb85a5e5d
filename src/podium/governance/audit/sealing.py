"""Entries become leaves of the tree, and its new root is signed: one process at a time."""

from collections.abc import Sequence
from typing import Final

from podium.governance.audit.events import Stored
from podium.governance.audit.keys import SigningKey
from podium.governance.audit.notes import Checkpoint, checkpoint
from podium.governance.audit.ports import AuditStore, KeyRing, Outlet, Seal, Sealed
from podium.governance.audit.tree import Frontier, Hash, Node, leaf_hash
from podium.kernel.clock import Clock
from podium.kernel.errors import Invalid, PodiumError, Unavailable

BATCH: Final = 1024
"""Entries of one transaction, which holds up who writes for ten milliseconds."""


class Batch:
    """A `Sealing`: at this moment, with this key; with a successor it seals also nothing."""

    def __init__(self, keys: KeyRing, now: float, *, rotates: bool = False) -> None:
        self._keys: KeyRing = keys
        self._now: float = now
        self._rotates: bool = rotates

    def __call__(self, before: Sealed | None, waiting: Sequence[Stored]) -> Seal | None:
        """Raises Invalid where the key is not the trail's."""
        if not waiting and not self._rotates:
            return None
        tree = Frontier() if before is None else Frontier(before.checkpoint.head.size, before.peaks)
        leaves: list[tuple[int, int, Hash]] = []
        nodes: list[tuple[Node, Hash]] = []
        for stored in waiting:
            hashed = leaf_hash(stored.entry.body.encode())
            leaves.append((tree.size, stored.serial, hashed))
            nodes += tree.append(hashed)
        key = self._key(before)
        signed = self._signed(tree, key, before)
        return Seal(leaves, nodes, Sealed(signed, tree.peaks))

    def _key(self, before: Sealed | None) -> SigningKey:
        """The one that signs now: a process that died while it rotated has not put it in place."""
        if before is None:
            return self._keys.keys(None)[0]
        last = before.checkpoint
        for key in self._keys.keys(last.origin):
            if key.public == last.next_key or (not last.next_key and last.is_signed_by(key.public)):
                return key
        raise Invalid(
            f"The audit trail {last.origin} is signed with another key than this podium has. Give "
            "it the same `audit.key` as the others, or restore audit.key from a backup."
        )

    def _signed(self, tree: Frontier, key: SigningKey, before: Sealed | None) -> Checkpoint:
        # A clock that was set back does not make the trail go back in time.
        at = max(self._now, before.checkpoint.at if before else 0.0)
        successor = self._keys.successor(key.public.name) if self._rotates else None
        head = tree.head()
        return checkpoint(head, at, key, successor=successor)


class Sealer:
    """Seals every `seconds` what is there, and hands each checkpoint to the outlets.

    `problem` is why it cannot, "" while it can.
    """

    def __init__(
        self, store: AuditStore, keys: KeyRing, clock: Clock, *, outlets: Sequence[Outlet] = ()
    ) -> None:
        self._store: AuditStore = store
        self._keys: KeyRing = keys
        self._clock: Clock = clock
        self._outlets: Sequence[Outlet] = outlets
        self._owed: list[tuple[Outlet, str]] = []
        self.problem: str = ""

    async def run(self, seconds: float) -> None:
        while True:
            try:
                _ = await self.seal()
                self.problem = ""
            except PodiumError as error:
                self.problem = error.message
            await self._clock.sleep(seconds)

    async def seal(self) -> int:
        """All that is there; how many entries that were. Raises Unavailable, Invalid."""
        count = 0
        while True:
            seal = await self._store.seal(Batch(self._keys, self._clock.now()), most=BATCH)
            if seal is not None:
                count += len(seal.leaves)
                self._owe(seal.sealed.checkpoint)
            if seal is None or len(seal.leaves) < BATCH:
                await self._pay()
                return count

    async def rotate(self) -> Checkpoint:
        """Another key signs from now on; the checkpoint says so, signed by both.

        Raises Invalid where keys come from elsewhere.
        """
        batch = Batch(self._keys, self._clock.now(), rotates=True)
        seal = await self._store.seal(batch, most=BATCH)
        if seal is None:
            raise Unavailable("The trail was not sealed. Repeat the command.")
        self._keys.promote()
        self._owe(seal.sealed.checkpoint)
        await self._pay()
        return seal.sealed.checkpoint

    def _owe(self, made: Checkpoint) -> None:
        """Of an outlet that does not answer only the newest is kept: it covers those before."""
        waiting = {id(outlet): (outlet, note) for outlet, note in self._owed}
        waiting |= {id(outlet): (outlet, made.note) for outlet in self._outlets}
        self._owed = list(waiting.values())

    async def _pay(self) -> None:
        """Raises Unavailable for the first that does not take it; they are asked again later."""
        owed, self._owed = self._owed, []
        failed: PodiumError | None = None
        for outlet, note in owed:
            try:
                await outlet.put(note)
            except PodiumError as error:
                self._owed.append((outlet, note))
                failed = failed or error
        if failed is not None:
            raise failed
