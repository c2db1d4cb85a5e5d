"""Answers kept in Redis, for several processes.

A request never fails for it: a Redis that is away, slow or full has nothing.
"""

from dataclasses import dataclass
from functools import partial
from typing import Final

from podium.adapters.caching.coding import decoded, encoded
from podium.adapters.caching.redis_line import RedisLine
from podium.gateway.caching.entries import Entry, Key, Part
from podium.kernel.errors import Unavailable

_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class RedisStore:
    """A `CacheStore`."""

    line: RedisLine

    async def get(self, key: Key) -> Entry | None:
        line = self.line
        data = await line.tried(partial(line.commands.get, line.name(key)))
        return None if data is None else decoded(data)

    async def put(self, key: Key, entry: Entry, *, seconds: float) -> None:
        line, millis = self.line, max(1, int(seconds * 1000))
        command = partial(line.commands.set, line.name(key), encoded(entry), px=millis)
        _ = await line.tried(command)

    @property
    def size(self) -> None:
        """Redis may hold what is nobody's business here, and counts keys alone."""

    async def purge(self, part: Part) -> int:
        """Walks over all keys of the database, as Redis has no other way."""
        from redis.exceptions import RedisError  # noqa: PLC0415 - loaded with the client

        gone, names = 0, list[bytes]()
        pattern = f"{self.line.prefix}:{part.pattern}:*"
        try:
            async for name in self.line.commands.scan_iter(match=pattern, count=_BATCH):
                names.append(name)
                if len(names) == _BATCH:
                    gone += await self._forget(names)
                    names.clear()
            return gone + await self._forget(names)
        except (RedisError, OSError) as error:
            raise Unavailable(
                f"The cache in Redis cannot be purged: {error}. Try again when Redis is back."
            ) from error

    async def _forget(self, names: list[bytes]) -> int:
        """Questions that go with their answers are not counted."""
        if not names:
            return 0
        _ = await self.line.commands.unlink(*names)
        return sum(not name.endswith(b":questions") for name in names)
