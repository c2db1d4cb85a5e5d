"""What an exchange makes of bytes, without a network."""

import asyncio
import math
from dataclasses import dataclass, field

from podium.adapters.http.exchange import Timeouts
from podium.adapters.upstream.exchange import Exchange
from podium.adapters.upstream.target import target

MOST = 5_000
TARGETS = {method: target(method, "http://a.example/") for method in ("POST", "HEAD")}
FOREVER = Timeouts(math.inf, math.inf, math.inf, math.inf)


@dataclass
class FakeLine:
    dropped: int = 0
    deadlines: list[float] = field(default_factory=list)

    def move_deadline(self, at: float) -> None:
        self.deadlines.append(at)

    def resume(self) -> None: ...

    def drop(self) -> None:
        self.dropped += 1


class FakeLoop:
    """What an exchange takes of a loop while nobody waits for it."""

    now: float = 0.0

    def time(self) -> float:
        return self.now

    def create_future(self) -> "asyncio.Future[None]":
        raise AssertionError("nobody waits")


def received(pieces: list[bytes], method: str = "POST") -> Exchange:
    """What comes of these pieces and the end of the connection behind them."""
    exchange = Exchange(TARGETS[method], FOREVER, FakeLoop())
    exchange.most = MOST
    exchange.begun(FakeLine())
    for piece in filter(None, pieces):
        if exchange.over:
            break
        exchange.feed(piece)
    exchange.lost(None)
    return exchange


def outcome(exchange: Exchange) -> object:
    if exchange.error is not None:
        return type(exchange.error)
    return exchange.status, exchange.headers, b"".join(exchange.pieces), exchange.reusable
