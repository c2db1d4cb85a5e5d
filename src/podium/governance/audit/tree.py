"""Merkle trees, as RFC 6962 (section 2.1) has them: hashes, growing, and proofs.

A tree is known by the hashes of its leaves and of its perfect subtrees of 256, 65536 … leaves
(`LEVELS`), so that a proof in a tree of millions reads some hundred hashes.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

Hash: TypeAlias = bytes

EMPTY: Final = hashlib.sha256().digest()
STEP: Final = 8
LEVELS: Final = (24, 16, 8, 0)
"""Logarithms of how many leaves the subtrees have whose hashes are kept, the largest first."""


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """The perfect subtree of 2^level leaves that is the `position`th of its kind."""

    level: int
    position: int


Known: TypeAlias = Mapping[Node, Hash]


def leaf_hash(leaf: bytes) -> Hash:
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left: Hash, right: Hash) -> Hash:
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Head:
    """A tree by its size and root."""

    size: int
    root: Hash


class Frontier:
    """A tree that only grows: the roots of its perfect subtrees, the largest first."""

    def __init__(self, size: int = 0, peaks: Sequence[Hash] = ()) -> None:
        self.size: int = size
        self._peaks: list[Hash] = list(peaks)

    @property
    def peaks(self) -> tuple[Hash, ...]:
        return tuple(self._peaks)

    def append(self, leaf: Hash) -> Iterator[tuple[Node, Hash]]:
        """Yields the subtrees that this leaf completes and whose hashes are kept: exhaust it."""
        position, level, grown = self.size, 0, leaf
        self.size += 1
        while position & 1:
            grown = node_hash(self._peaks.pop(), grown)
            position, level = position >> 1, level + 1
            if level % STEP == 0 and level in LEVELS:
                yield Node(level, position), grown
        self._peaks.append(grown)

    def root(self) -> Hash:
        if not self._peaks:
            return EMPTY
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def head(self) -> Head:
        return Head(self.size, self.root())


def _split(count: int) -> int:
    """The largest power of two that is less than `count`."""
    return 1 << (count - 1).bit_length() - 1


def cover(start: int, end: int) -> Iterator[Node]:
    """The fewest kept subtrees that make up the leaves from `start` to before `end`."""
    while start < end:
        for level in LEVELS:
            if start % (1 << level) == 0 and start + (1 << level) <= end:
                yield Node(level, start >> level)
                start += 1 << level
                break


def _range(known: Known, start: int, end: int) -> Hash:
    count = end - start
    level = count.bit_length() - 1
    if count == 1 << level and level in LEVELS and start % count == 0:
        return known[Node(level, start >> level)]
    middle = start + _split(count)
    return node_hash(_range(known, start, middle), _range(known, middle, end))


def _inclusion(position: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Ranges of leaves whose hashes prove that one is in the tree, the nearest first."""
    if end - start <= 1:
        return
    middle = start + _split(end - start)
    if position < middle:
        yield from _inclusion(position, start, middle)
        yield middle, end
    else:
        yield from _inclusion(position, middle, end)
        yield start, middle


def _consistency(old: int, start: int, end: int, *, whole: bool) -> Iterator[tuple[int, int]]:
    if old == end - start:
        if not whole:
            yield start, end
        return
    cut = _split(end - start)
    middle = start + cut
    if old <= cut:
        yield from _consistency(old, start, middle, whole=whole)
        yield middle, end
    else:
        yield from _consistency(old - cut, middle, end, whole=False)
        yield start, middle


def inclusion_ranges(position: int, size: int) -> tuple[tuple[int, int], ...]:
    return tuple(_inclusion(position, 0, size))


def consistency_ranges(old: int, size: int) -> tuple[tuple[int, int], ...]:
    return tuple(_consistency(old, 0, size, whole=True)) if 0 < old < size else ()


def needed(ranges: Sequence[tuple[int, int]]) -> frozenset[Node]:
    """Which hashes to fetch for a proof of these ranges."""
    return frozenset(node for start, end in ranges for node in cover(start, end))


def path(known: Known, ranges: Sequence[tuple[int, int]]) -> tuple[Hash, ...]:
    """Raises KeyError for a hash that was not fetched."""
    return tuple(_range(known, start, end) for start, end in ranges)


def root_of(known: Known, size: int) -> Hash:
    """Of the tree as it was with `size` leaves; `known` has what `cover(0, size)` needs."""
    return _range(known, 0, size) if size else EMPTY


@dataclass(frozen=True, slots=True)
class Place:
    """Of a leaf in a tree of so many."""

    position: int
    size: int


def root_by_inclusion(leaf: Hash, place: Place, proof: Sequence[Hash]) -> Hash | None:
    """The root of which this proof proves that it has the leaf there; None where it is no proof.

    RFC 9162, section 2.1.3.2.
    """
    if not 0 <= place.position < place.size:
        return None
    first, last, found = place.position, place.size - 1, leaf
    for each in proof:
        if last == 0:
            return None
        if first & 1 or first == last:
            found = node_hash(each, found)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            found = node_hash(found, each)
        first, last = first >> 1, last >> 1
    return found if last == 0 else None


def is_consistent(old: Head, new: Head, proof: Sequence[Hash]) -> bool:
    """Whether the proof shows that `new` begins with all of `old`. RFC 9162, section 2.1.4.2."""
    if not 0 < old.size < new.size:
        plain = old.size == 0 or old == new
        return plain and not proof
    steps = list(proof) if old.size & (old.size - 1) else [old.root, *proof]
    if not steps:
        return False
    first, last = old.size - 1, new.size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = steps[0]
    for each in steps[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            before, after = node_hash(each, before), node_hash(each, after)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            after = node_hash(after, each)
        first, last = first >> 1, last >> 1
    return last == 0 and before == old.root and after == new.root
