"""Spans on their way: to the store in batches behind the work, and live to whoever watches."""

import math
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from podium.kernel.errors import Unavailable
from podium.kernel.ids import RunId
from podium.observability.ports import SpanStore
from podium.observability.spans import Span

FLUSH_SECONDS = 0.2
MOST_KEPT = 200_000
BATCH = 64
"""Spans of one transaction: more would keep the writer, and the interpreter's lock, from runs."""
MOST_BATCHES = 10
"""In one interval: where there are more spans the batches are larger, as a commit costs what it
costs.
"""


class SpanWriter:
    """A `Tracer` that keeps what is recorded until the store has taken it.

    A span that is opened and closed within one interval is written once. When the store does not
    answer (a full disk), spans wait; beyond `MOST_KEPT` new ones are dropped and counted.
    """

    def __init__(self, store: SpanStore) -> None:
        self._store: SpanStore = store
        self._waiting: dict[tuple[str, str], Span] = {}
        self._watchers: defaultdict[str, list[MemoryObjectSendStream[Span]]] = defaultdict(list)
        self.dropped: int = 0

    def record(self, span: Span) -> None:
        key = (span.run, span.id)
        if len(self._waiting) >= MOST_KEPT and key not in self._waiting:
            self.dropped += 1
            return
        self._waiting[key] = span
        for watcher in self._watchers.get(span.run, ()):
            watcher.send_nowait(span)

    async def run(self) -> None:
        """Write for ever; cancel it to stop, then call `flush` once more.

        What waits is spread over the interval: written in one go it would hold up the runs of that
        moment.
        """
        while True:
            batches = min(max(math.ceil(len(self._waiting) / BATCH), 1), MOST_BATCHES)
            size = max(math.ceil(len(self._waiting) / batches), BATCH)
            try:
                for _ in range(batches):
                    await anyio.sleep(FLUSH_SECONDS / batches)
                    _ = await self._write(size)
            except Unavailable:
                await anyio.sleep(FLUSH_SECONDS)

    async def flush(self) -> None:
        """Write all that waits now. Raises Unavailable; what was not written stays."""
        while await self._write(BATCH) == BATCH:
            pass

    async def _write(self, size: int) -> int:
        """So many of the oldest; answers how many that were."""
        oldest = dict(islice(self._waiting.items(), size))
        if oldest:
            await self._store.write(list(oldest.values()))
        for key, span in oldest.items():
            # It may have been closed while the open one was being written.
            if self._waiting.get(key) is span:
                del self._waiting[key]
        return len(oldest)

    @asynccontextmanager
    async def watch(self, run: RunId) -> AsyncGenerator[AsyncIterator[Span]]:
        """Spans of a run as they are opened and closed, from now on."""
        send, receive = anyio.create_memory_object_stream[Span](math.inf)
        self._watchers[run].append(send)
        try:
            async with receive:
                yield receive
        finally:
            self._watchers[run].remove(send)
            send.close()
            if not self._watchers[run]:
                del self._watchers[run]
