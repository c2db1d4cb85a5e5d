"""Answers kept in Redis, for several processes.

A request never fails for it: a Redis that is away, slow or full has nothing, and after it has
failed once it is left alone for a moment, so that not every request waits for it.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, Self, TypeVar, cast

import anyio

from podium.adapters.caching.coding import decoded, encoded
from podium.gateway.caching.entries import Entry, Key, Part
from podium.kernel.clock import Clock
from podium.kernel.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from redis.asyncio import Redis

T = TypeVar("T")

VERSION: Final = 1
"""Of keys and of what is under them: another one leaves all that is kept behind."""
_BATCH: Final = 500


class _Commands(Protocol):
    """What is used of redis-py."""

    async def get(self, name: str) -> bytes | None: ...
    async def set(self, name: str, value: bytes, *, px: int) -> object: ...
    async def unlink(self, *names: bytes) -> int: ...
    def scan_iter(self, match: str, count: int) -> AsyncIterator[bytes]: ...


class _Class(Protocol):
    def from_url(self, url: str, **options: object) -> "Redis": ...


@dataclass(frozen=True, slots=True)
class RedisOptions:
    """Seconds. `pause` is how long Redis is left alone after it has failed."""

    url: str = field(repr=False)
    namespace: str = "podium"
    deadline: float = 0.1
    pause: float = 1.0
    connections: int = 32


@dataclass(slots=True)
class RedisStore:
    """A `CacheStore`; `async with RedisStore.opened(…)`."""

    redis: "Redis"
    options: RedisOptions
    clock: Clock
    _away_until: float = float("-inf")

    @classmethod
    @asynccontextmanager
    async def opened(cls, options: RedisOptions, clock: Clock) -> AsyncGenerator[Self]:
        """Connects when it is first asked. Raises Invalid for a URL that is none of Redis."""
        from redis.asyncio import Redis  # noqa: PLC0415 - loaded where a cache is in Redis
        from redis.asyncio.retry import Retry  # noqa: PLC0415 - loaded with it
        from redis.backoff import NoBackoff  # noqa: PLC0415 - loaded with it

        try:
            redis = cast("_Class", cast("object", Redis)).from_url(
                options.url,
                protocol=2,
                max_connections=options.connections,
                socket_timeout=options.deadline,
                socket_connect_timeout=options.deadline,
                retry=Retry(NoBackoff(), 0),
            )
        except ValueError as error:
            raise Invalid(
                "The URL of the cache is no URL of Redis. Write it as redis://127.0.0.1:6379/0, "
                f"with rediss:// for TLS: {error}"
            ) from error
        try:
            yield cls(redis, options, clock)
        finally:
            await redis.aclose()

    @property
    def away(self) -> bool:
        """Whether it has just failed."""
        return self.clock.monotonic() < self._away_until

    async def get(self, key: Key) -> Entry | None:
        data = await self._tried(partial(self._commands.get, self._name(key)))
        return None if data is None else decoded(data)

    async def put(self, key: Key, entry: Entry, *, seconds: float) -> None:
        millis = max(1, int(seconds * 1000))
        _ = await self._tried(partial(self._set, self._name(key), encoded(entry), millis))

    async def purge(self, part: Part) -> int:
        """Walks over all keys of the database, as Redis has no other way."""
        from redis.exceptions import RedisError  # noqa: PLC0415 - loaded with the client

        pattern = f"{self._prefix}:{part.pattern}:*"
        gone, names = 0, list[bytes]()
        try:
            async for name in self._commands.scan_iter(match=pattern, count=_BATCH):
                names.append(name)
                if len(names) == _BATCH:
                    gone += await self._commands.unlink(*names)
                    names.clear()
            return gone + (await self._commands.unlink(*names) if names else 0)
        except (RedisError, OSError) as error:
            raise Unavailable(
                f"The cache in Redis cannot be purged: {error}. Try again when Redis is back."
            ) from error

    async def _set(self, name: str, value: bytes, millis: int) -> object:
        return await self._commands.set(name, value, px=millis)

    @property
    def _commands(self) -> _Commands:
        return cast("_Commands", cast("object", self.redis))

    @property
    def _prefix(self) -> str:
        return f"{self.options.namespace}:cache:{VERSION}"

    def _name(self, key: Key) -> str:
        return f"{self._prefix}:{key.place}:{key.digest}"

    async def _tried(self, command: Callable[[], Awaitable[T]]) -> T | None:
        """None where Redis does not answer in time, or not at all."""
        from redis.exceptions import RedisError  # noqa: PLC0415 - loaded with the client

        if self.away:
            return None
        try:
            with anyio.fail_after(self.options.deadline * 2):
                return await command()
        except (RedisError, OSError, TimeoutError):
            self._away_until = self.clock.monotonic() + self.options.pause
            return None
