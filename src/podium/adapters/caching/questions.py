"""Vectors of questions in this process: bounded, the oldest forgotten first."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, cast

import numpy as np
import numpy.typing as npt

from podium.gateway.caching.entries import Key
from podium.gateway.caching.ports import Near

Vector: TypeAlias = npt.NDArray[np.float32]
_FIRST = 8
"""Rows that a partition begins with."""


def unit(values: Sequence[float]) -> Vector | None:
    """Of length 1; None where it has no direction."""
    vector: Vector = np.asarray(values, dtype=np.float32)
    length = float(np.linalg.norm(vector)) if vector.ndim == 1 else 0.0
    return vector / np.float32(length) if np.isfinite(length) and length > 0 else None


def nearest(
    vectors: Vector, vector: Vector, digests: Sequence[str], *, most: int
) -> list[tuple[str, float]]:
    """Digests and cosines, best first, of rows (n, d) of length 1."""
    if not len(vectors) or vectors.shape[1:] != vector.shape:
        return []
    scores: Vector = vectors @ vector
    best = cast("list[int]", np.argsort(-scores, kind="stable")[:most].tolist())
    cosines = cast("list[float]", scores.tolist())
    return [(digests[at], cosines[at]) for at in best]


@dataclass(slots=True)
class _Partition:
    """As many rows are taken as there are digests; when all are, the oldest is written over."""

    vectors: Vector
    digests: list[str] = field(default_factory=list[str])
    oldest: int = 0

    def add(self, vector: Vector, digest: str, most: int) -> int:
        """How many questions more there are now."""
        if vector.shape != self.vectors.shape[1:]:
            return 0
        if digest in self.digests:
            self.vectors[self.digests.index(digest)] = vector
            return 0
        if len(self.digests) == most:
            self.vectors[self.oldest], self.digests[self.oldest] = vector, digest
            self.oldest = (self.oldest + 1) % most
            return 0
        if len(self.digests) == len(self.vectors):
            self.vectors = np.vstack((self.vectors, np.zeros_like(self.vectors)))
        self.vectors[len(self.digests)] = vector
        self.digests.append(digest)
        return 1


@dataclass(slots=True)
class MemoryQuestions:
    """A `Questions` of at most `most_each` in a partition and `most` in all.

    An answer whose time is over is not found in the store: its question stays until it is the
    oldest.
    """

    most: int = 20_000
    most_each: int = 256
    _partitions: OrderedDict[str, _Partition] = field(default_factory=OrderedDict[str, _Partition])
    _count: int = 0

    async def near(self, partition: Key, vector: Sequence[float], *, most: int) -> Sequence[Near]:
        found, direction = self._partitions.get(partition.digest), unit(vector)
        if found is None or direction is None:
            return ()
        self._partitions.move_to_end(partition.digest)
        taken = found.vectors[: len(found.digests)]
        return [
            Near(Key(partition.place, digest), score)
            for digest, score in nearest(taken, direction, found.digests, most=most)
        ]

    async def add(
        self, partition: Key, vector: Sequence[float], digest: str, *, seconds: float
    ) -> None:
        del seconds
        direction = unit(vector)
        if direction is None:
            return
        found = self._partitions.get(partition.digest)
        if found is None:
            found = _Partition(np.zeros((_FIRST, len(direction)), dtype=np.float32))
            self._partitions[partition.digest] = found
        self._count += found.add(direction, digest, self.most_each)
        while self._count > self.most:
            _, gone = self._partitions.popitem(last=False)
            self._count -= len(gone.digests)

    def __len__(self) -> int:
        return self._count
