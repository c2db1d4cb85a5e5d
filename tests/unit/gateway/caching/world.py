"""A small world for the cache: a clock that stands still, and upstreams that are counted."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
from tests.fakes_access import RULE
from tests.pace import HANGS
from tests.unit.gateway.fakes import ANA, FIRST, StillClock

from podium.adapters.caching.memory import MemoryStore
from podium.gateway.caching.control import control
from podium.gateway.caching.keys import Asked
from podium.gateway.caching.rules import CacheMode, CacheRule
from podium.gateway.caching.service import Cache, CacheEdges, Ticket
from podium.gateway.models import Operation, Route, Target, Usage
from podium.gateway.requests import Reply, Request
from podium.identity.principal import Principal
from podium.kernel.json import Json

EXACT = CacheRule(CacheMode.EXACT, ttl=60.0)
USAGE = Usage(input=7, output=3)


def asked(  # noqa: PLR0913 - each is a part of what is asked
    text: str = "Hi",
    *,
    rule: CacheRule = EXACT,
    header: str = "",
    principal: Principal = ANA,
    fields: dict[str, Json] | None = None,
    session: str = "",
    key: str = "",
    team: str = "",
) -> Asked:
    said: dict[str, Json] = {"model": "chat", "messages": [{"role": "user", "content": text}]}
    request = Request("openai_chat", Operation.CHAT, {**said, **(fields or {})}, session=session)
    route = Route("chat", (Target(FIRST),), cache=rule)
    return Asked(request, principal, route, control(header), key=key, team=team)


def reply(text: str = "ok", *reasons: str) -> Reply:
    body = json.dumps({"choices": [{"message": {"content": text}}]}).encode()
    return Reply(body, USAGE, "m", reasons or ("stop",))


@dataclass
class Asking:
    """Asks an upstream that answers `reply`, or raises `error`; `gate` holds it up."""

    reply: Reply = field(default_factory=reply)
    error: Exception | None = None
    gate: anyio.Event | None = None
    drops: bool = False
    times: int = 0
    cancelled: int = 0

    async def __call__(self, ticket: Ticket) -> Reply:
        self.times += 1
        try:
            if self.gate is not None:
                await self.gate.wait()
        except anyio.get_cancelled_exc_class():
            self.cancelled += 1
            raise
        if self.error is not None:
            raise self.error
        if self.drops:
            ticket.drop()
        return self.reply


@dataclass
class Pieces:
    """A `Source` that gives these, waiting where an event stands, failing where an error does."""

    pieces: Sequence[bytes | anyio.Event | Exception]
    usage: Usage | None = None
    given: int = 0
    closed: int = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            match piece:
                case bytes():
                    self.given += 1
                    yield piece
                case Exception():
                    raise piece
                case _:
                    await piece.wait()

    async def aclose(self) -> None:
        self.closed += 1


class Lines:
    """A `Form` in which a stream is one word a line, and ends with a full stop."""

    def events(self, reply: Reply, request: Request) -> Iterable[bytes]:
        words = json.loads(reply.body)["choices"][0]["message"]["content"].split()
        return [*(word.encode() + b"\n" for word in words), b".\n"]

    def whole(self, events: bytes, request: Request, usage: Usage | None) -> Reply | None:
        words = events.decode().split()
        return reply(" ".join(words[:-1])) if words and words[-1] == "." else None


@dataclass
class Place:
    cache: Cache
    store: MemoryStore
    clock: StillClock


@asynccontextmanager
async def caching() -> AsyncGenerator[Place]:
    clock = StillClock()
    store = MemoryStore(clock)
    cache = Cache(CacheEdges(store, clock, RULE, {"openai_chat": Lines()}))
    with anyio.fail_after(HANGS):
        async with cache.serving():
            yield Place(cache, store, clock)
