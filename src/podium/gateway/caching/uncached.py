"""No cache at all: every question goes upstream."""

from podium.gateway.caching.keys import Asked
from podium.gateway.caching.ports import Source
from podium.gateway.caching.rules import CacheStatus
from podium.gateway.caching.service import Ask, Open, Served, Ticket
from podium.gateway.requests import Reply


class Uncached:
    async def answer(self, asked: Asked, ask: Ask) -> Served[Reply]:
        del asked
        return Served(await ask(Ticket()), CacheStatus.BYPASS)

    async def stream(self, asked: Asked, open_: Open) -> Served[Source]:
        del asked
        return Served(await open_(Ticket()), CacheStatus.BYPASS)
