"""Everything is computed again: entries, leaves, tree, checkpoints; the first bad entry is named.

Signed roots hold what is written below them: an entry that was changed, taken out, put in or moved
does not fit its leaf, or its leaf does not fit the next checkpoint. What was cut off at the end
fits itself: it is found by a checkpoint that is kept elsewhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from podium.governance.audit.events import agrees
from podium.governance.audit.keys import PublicKey
from podium.governance.audit.notes import Checkpoint
from podium.governance.audit.ports import AuditStore, Leaf
from podium.governance.audit.tree import Frontier, Hash, Node, leaf_hash

_CHUNK: Final = 1024


@dataclass(frozen=True, slots=True)
class Defect:
    """`position` is that of the first bad entry, `until` that of the last one it may be: where
    leaves were forged too, a checkpoint tells no more. `rule` names the check.
    """

    rule: str
    message: str
    position: int
    until: int
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """`trusted` is the key from which the signatures were followed; `key` the one that signs now.

    `waiting` counts entries that are stored and not sealed yet.
    """

    entries: int
    checkpoints: int
    root: Hash
    trusted: str
    key: str
    waiting: int
    pinned: int
    defect: Defect | None

    @property
    def ok(self) -> bool:
        return self.defect is None


class _Found(Exception):
    def __init__(self, defect: Defect) -> None:
        super().__init__(defect.message)
        self.defect: Defect = defect


@dataclass(slots=True)
class _Walk:
    """How far the trail is computed again."""

    keys: list[PublicKey]
    """Those that signed, the present one last."""
    tree: Frontier = field(default_factory=Frontier)
    nodes: list[tuple[Node, Hash]] = field(default_factory=list[tuple[Node, Hash]])
    batch_from: int = 0
    serial: int = -1
    at: float = 0.0
    checkpoints: int = 0

    @property
    def name(self) -> str:
        return self.keys[0].name


class Verifier:
    """`trusted` is a public key of the trail that is known to be its first, or the one that signed
    what is pinned.
    """

    def __init__(self, store: AuditStore, trusted: PublicKey) -> None:
        self._store: AuditStore = store
        self._trusted: PublicKey = trusted

    async def verify(self, pinned: Sequence[Checkpoint] = ()) -> Report:
        """`pinned` are checkpoints that were kept elsewhere. Raises Unavailable."""
        waiting, _ = await self._store.waiting()
        walk, defect = _Walk([self._trusted]), None
        heads = sorted(pinned, key=lambda one: one.head.size)
        try:
            await self._walk(walk, heads)
        except _Found as found:
            defect = found.defect
        return Report(
            entries=walk.tree.size,
            checkpoints=walk.checkpoints,
            root=walk.tree.root(),
            trusted=str(self._trusted),
            key=str(walk.keys[-1]),
            waiting=waiting,
            pinned=len(pinned),
            defect=defect,
        )

    async def _walk(self, walk: _Walk, pinned: list[Checkpoint]) -> None:
        after = 0
        while found := await self._store.checkpoints(after=after, limit=_CHUNK):
            for number, each in found:
                await self._to(walk, each, pinned)
                after = number
        await self._end(walk, pinned)

    async def _to(self, walk: _Walk, to: Checkpoint, pinned: list[Checkpoint]) -> None:
        """From the checkpoint before to this one."""
        _hold(_is_signed(walk, to), "signature", "is not signed by the trail's key", walk, to)
        _hold(to.at >= walk.at, "time", "is older than the one before it", walk, to)
        while walk.tree.size < to.head.size:
            start = walk.tree.size
            count = min(_CHUNK, to.head.size - start)
            leaves = await self._store.leaves(start=start, limit=count)
            for expected, leaf in enumerate(leaves, start):
                _check(walk, leaf, expected)
                walk.nodes += walk.tree.append(leaf.hash)
                _fit_pinned(walk, pinned)
            if len(leaves) < count:
                raise _Found(_missing(walk.tree.size, to))
            await self._check_nodes(walk)
        fits = walk.tree.root() == to.head.root
        _hold(fits, "root", "has another root than its entries", walk, to)
        walk.batch_from, walk.serial, walk.at = to.head.size, -1, to.at
        walk.checkpoints += 1
        if to.next_key is not None:
            walk.keys.append(to.next_key)

    async def _check_nodes(self, walk: _Walk) -> None:
        """The subtrees that proofs are made of."""
        stored = await self._store.hashes([node for node, _ in walk.nodes])
        for node, hashed in walk.nodes:
            if stored.get(node) != hashed:
                first = node.position << node.level
                message = f"The hash of entries {first} to {walk.tree.size - 1} was changed."
                raise _Found(Defect("subtree", message, first, walk.tree.size - 1))
        walk.nodes.clear()

    async def _end(self, walk: _Walk, pinned: list[Checkpoint]) -> None:
        size = walk.tree.size
        beyond = await self._store.leaves(start=size, limit=1)
        if beyond:
            message = f"Entry {size} is in the tree, and no checkpoint covers it: it was put in."
            raise _Found(Defect("inserted", message, size, size, _id(beyond[0])))
        _fit_pinned(walk, pinned)
        if pinned:
            raise _Found(_missing(size, pinned[0]))


def _is_signed(walk: _Walk, to: Checkpoint) -> bool:
    """By the key that signs now; at a rotation also by the one that signs next."""
    by_next = to.next_key is None or to.is_signed_by(to.next_key)
    return to.origin == walk.name and by_next and to.is_signed_by(walk.keys[-1])


def _hold(holds: bool, rule: str, what: str, walk: _Walk, to: Checkpoint) -> None:  # noqa: PLR0917
    if holds:
        return
    first, last = walk.batch_from, max(to.head.size - 1, walk.batch_from)
    message = f"The checkpoint of {to.head.size} entries {what}: entries {first} to {last}."
    raise _Found(Defect(rule, message, first, last))


def _missing(size: int, to: Checkpoint) -> Defect:
    last = to.head.size - 1
    message = f"Entry {size} is missing: a checkpoint was signed over {to.head.size} entries."
    return Defect("missing", message, size, max(last, size))


def _check(walk: _Walk, leaf: Leaf, expected: int) -> None:
    """One entry and its leaf."""
    for rule, message in _wrongs(walk, leaf, expected):
        raise _Found(Defect(rule, message, expected, expected, _id(leaf)))
    walk.serial = leaf.serial


def _wrongs(walk: _Walk, leaf: Leaf, expected: int) -> Iterator[tuple[str, str]]:
    entry = leaf.entry
    if leaf.position != expected:
        yield "missing", f"Entry {expected} is missing: its place in the tree is empty."
    elif entry is None:
        yield "missing", f"Entry {expected} is missing: it was deleted after it was sealed."
    elif leaf_hash(entry.body.encode()) != leaf.hash:
        yield "altered", f"Entry {expected} ({entry.id}) was changed after it was sealed."
    elif not agrees(entry):
        yield "altered", f"Entry {expected} ({entry.id}) says something else in its columns."
    elif leaf.serial <= walk.serial:
        yield "order", f"Entry {expected} ({entry.id}) stands behind one that was stored later."


def _fit_pinned(walk: _Walk, pinned: list[Checkpoint]) -> None:
    """What is pinned is signed by a key of the trail, and was its root at that size."""
    while pinned and pinned[0].head.size <= walk.tree.size:
        one = pinned.pop(0)
        size, last = one.head.size, max(one.head.size - 1, 0)
        if not any(one.is_signed_by(key) for key in walk.keys):
            message = f"The pinned checkpoint of {size} entries is not signed by this trail's keys."
            raise _Found(Defect("pinned", message, 0, last))
        if size == walk.tree.size and one.head.root != walk.tree.root():
            message = f"The pinned checkpoint of {size} entries has another root: one was changed."
            raise _Found(Defect("pinned", message, 0, last))


def _id(leaf: Leaf) -> str:
    return "" if leaf.entry is None else leaf.entry.id
