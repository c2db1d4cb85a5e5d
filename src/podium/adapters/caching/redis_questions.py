"""Vectors of questions in Redis: a list for each partition, the newest first.

A look-up reads the whole list, which is bounded, and computes here: plain Redis knows no vectors.
Half precision moves a cosine by less than 0.001.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import numpy.typing as npt

from podium.adapters.caching.questions import Vector, nearest, unit
from podium.adapters.caching.redis_line import RedisLine
from podium.gateway.caching.entries import Key
from podium.gateway.caching.ports import Near

_DIGEST: Final = 32
_KEPT_AS: Final = "<f2"


@dataclass(frozen=True, slots=True)
class RedisQuestions:
    """A `Questions` of at most `most_each` in a partition."""

    line: RedisLine
    most_each: int = 256

    async def near(self, partition: Key, vector: Sequence[float], *, most: int) -> Sequence[Near]:
        direction = unit(vector)
        if direction is None:
            return ()
        name = self._name(partition)
        rows = await self.line.tried(lambda: self.line.commands.lrange(name, 0, -1))
        size = _DIGEST + 2 * len(direction)
        kept = [row for row in rows or () if len(row) == size]
        if not kept:
            return ()
        halves = cast(
            "npt.NDArray[np.float16]",
            np.frombuffer(b"".join(row[_DIGEST:] for row in kept), dtype=_KEPT_AS),
        )
        vectors: Vector = halves.reshape(len(kept), -1).astype(np.float32)
        digests = [row[:_DIGEST].hex() for row in kept]
        return [
            Near(Key(partition.place, digest), score)
            for digest, score in nearest(vectors, direction, digests, most=most)
        ]

    async def add(
        self, partition: Key, vector: Sequence[float], digest: str, *, seconds: float
    ) -> None:
        direction = unit(vector)
        if direction is None:
            return
        name, millis = self._name(partition), max(1, int(seconds * 1000))
        row = bytes.fromhex(digest) + direction.astype(_KEPT_AS).tobytes()

        async def push() -> None:
            commands = self.line.commands
            _ = await commands.lpush(name, row)
            _ = await commands.ltrim(name, 0, self.most_each - 1)
            _ = await commands.pexpire(name, millis)

        await self.line.tried(push)

    def _name(self, partition: Key) -> str:
        return f"{self.line.name(partition)}:questions"
