"""podium's HTTP client for providers: one exchange costs a write, a read and little else."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self, final

from podium.adapters.http.egress import Egress
from podium.adapters.http.errors import BrokenOff
from podium.adapters.http.exchange import Timeouts
from podium.adapters.upstream.dial import Dialer, trust
from podium.adapters.upstream.exchange import Exchange, Goal
from podium.adapters.upstream.pool import Keeping, Pool
from podium.adapters.upstream.response import Response, ResponseStream
from podium.adapters.upstream.target import NO_HEADERS, Origin, Target
from podium.kernel.errors import Unavailable


@dataclass(frozen=True, slots=True)
class UpstreamOptions:
    """`ca_file` adds authorities to those of the system. There is no proxy, not even from the
    environment: where one is configured, `adapters.http` is what talks to it.
    """

    ca_file: str = ""
    keeping: Keeping = field(default_factory=Keeping)


@final
class UpstreamClient:
    """`start` before the first request, `close` after the last; or `async with`."""

    def __init__(self, egress: Egress, options: UpstreamOptions | None = None) -> None:
        self._egress: Egress = egress
        self._options: UpstreamOptions = options or UpstreamOptions()
        self._dialer: Dialer | None = None
        self._pools: dict[str, Pool] = {}
        self._retired: list[Pool] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._dialer = Dialer(self._egress, trust(self._options.ca_file))

    async def close(self) -> None:
        self._dialer = None
        pools, self._pools = [*self._pools.values(), *self._retired], {}
        for pool in pools:
            await pool.close()

    def retain(self, urls: Iterable[str]) -> None:
        """Connections to other servers than those of these URLs are needed no longer than their
        exchanges last.
        """
        kept = {Origin.of(url).name for url in urls}
        gone = [self._pools.pop(name) for name in self._pools.keys() - kept]
        for pool in gone:
            pool.retire()
        self._retired = [pool for pool in (*self._retired, *gone) if not pool.empty]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def send(
        self,
        target: Target,
        body: bytes,
        *,
        timeouts: Timeouts,
        max_bytes: int,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Response:
        """The whole response, of any status; `headers` are those of this request alone.

        Raises ConnectFailed, BrokenOff, DeadlinePassed, TooLarge, EgressRefused, Invalid.
        """
        exchange = Exchange(target, timeouts, self._running())
        exchange.head, exchange.body = target.head_for(len(body), headers), body
        exchange.most = max_bytes
        await self._exchange(exchange, Goal.END)
        return Response(exchange)

    async def open(
        self,
        target: Target,
        body: bytes,
        *,
        timeouts: Timeouts,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> ResponseStream:
        """The head of a response, of any status, and its body piece by piece. Raises as `send`."""
        exchange = Exchange(target, timeouts, self._running())
        exchange.head, exchange.body = target.head_for(len(body), headers), body
        await self._exchange(exchange, Goal.HEAD)
        try:
            return ResponseStream(exchange)
        except BrokenOff:
            exchange.close()
            raise

    async def _exchange(self, exchange: Exchange, goal: Goal) -> None:
        """Whoever is cancelled takes the connection with him."""
        pool = self._pool(exchange.target.origin)
        connection = pool.rest() or await pool.connect(exchange)
        may_repeat = connection.used > 0 and exchange.target.repeatable
        while True:
            connection.begin(exchange)
            try:
                if (waiter := exchange.waits(goal)) is not None:
                    await waiter
                return exchange.has(goal)
            except BrokenOff:
                if not may_repeat or exchange.received:
                    raise
            except BaseException:
                exchange.close()
                raise
            # The server closed what it had kept open, while the request was on its way.
            may_repeat = False
            pool.forget()
            exchange.again()
            connection = await pool.connect(exchange)

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise Unavailable("The HTTP client is not started. Call start() first.")
        return self._loop

    def _pool(self, origin: Origin) -> Pool:
        pool = self._pools.get(origin.name)
        if pool is None:
            if self._dialer is None:
                raise Unavailable("The HTTP client is not started. Call start() first.")
            pool = self._pools[origin.name] = Pool(origin, self._dialer, self._options.keeping)
        return pool
