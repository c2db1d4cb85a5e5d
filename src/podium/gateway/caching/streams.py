"""Streams that the cache hands out: what it had, or a place among those who share one."""

from collections.abc import Iterable, Iterator
from typing import Self

from podium.gateway.caching.broadcast import Broadcast, Reader
from podium.gateway.caching.flights import Flight
from podium.gateway.models import Usage


class Replay:
    """A whole answer as a stream."""

    def __init__(self, events: Iterable[bytes], usage: Usage | None) -> None:
        self._events: Iterator[bytes] = iter(events)
        self.usage: Usage | None = usage

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        for event in self._events:
            return event
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self._events = iter(())


class Passage:
    """One reader of a stream that several may share. Where the last one leaves, it ends."""

    def __init__(self, reader: Reader, flight: Flight[Broadcast]) -> None:
        self._reader: Reader = reader
        self._flight: Flight[Broadcast] = flight
        self._left: bool = False

    @property
    def usage(self) -> Usage | None:
        return self._reader.broadcast.source.usage

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        return await self._reader.broadcast.next(self._reader)

    async def aclose(self) -> None:
        if not self._left:
            self._left = True
            self._reader.broadcast.leave(self._reader)
            self._flight.leave()
