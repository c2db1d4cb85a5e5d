"""A Redis that may be away: asked within a deadline, left alone for a moment after a failure."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, Self, TypeVar, cast

import anyio

from podium.gateway.caching.entries import Key
from podium.kernel.clock import Clock
from podium.kernel.errors import Invalid

if TYPE_CHECKING:
    from redis.asyncio import Redis

T = TypeVar("T")

VERSION: Final = 1
"""Of keys and of what is under them: another one leaves all that is kept behind."""


class Commands(Protocol):
    """What is used of redis-py."""

    async def get(self, name: str) -> bytes | None: ...
    async def set(self, name: str, value: bytes, *, px: int) -> object: ...
    async def unlink(self, *names: bytes) -> int: ...
    def scan_iter(self, *, match: str, count: int) -> AsyncIterator[bytes]: ...
    async def lrange(self, name: str, start: int, end: int) -> Sequence[bytes]: ...
    async def lpush(self, name: str, value: bytes) -> object: ...
    async def ltrim(self, name: str, start: int, end: int) -> object: ...
    async def pexpire(self, name: str, time: int) -> object: ...


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
class RedisLine:
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

    @property
    def commands(self) -> Commands:
        return cast("Commands", cast("object", self.redis))

    @property
    def prefix(self) -> str:
        return f"{self.options.namespace}:cache:{VERSION}"

    def name(self, key: Key) -> str:
        return f"{self.prefix}:{key.place}:{key.digest}"

    async def tried(self, command: Callable[[], Awaitable[T]]) -> T | None:
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
