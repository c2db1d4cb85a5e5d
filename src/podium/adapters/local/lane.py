"""One thread and one model, started on first use; requests take turns."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Generic, TypeVar

import anyio.to_thread

from podium.kernel.errors import LimitReached, Unavailable

Model = TypeVar("Model")
Result = TypeVar("Result")
Item = TypeVar("Item")

Emit = Callable[[Item], bool]
"""Hands an item on; answers whether nobody wants another."""

_WAIT_SECONDS = 2.0


class _End:
    """After the last item of a stream."""


class Lane(Generic[Model]):
    """The model lives in a thread of its own: its code computes for long and lets go of the GIL.

    At most `waiting` requests take turns; one more raises LimitReached. A cancelled request
    that has not begun never begins; a stream that has begun ends with its next item.
    Lanes that share `cores` compute one at a time.
    """

    def __init__(
        self,
        name: str,
        start: Callable[[], Model],
        *,
        waiting: int,
        cores: "threading.Lock | None" = None,
    ) -> None:
        self._name: str = name
        self._start: Callable[[], Model] = start
        self._model: list[Model] = []  # filled and emptied in the thread
        self._places: threading.BoundedSemaphore = threading.BoundedSemaphore(waiting)
        self._thread: ThreadPoolExecutor = ThreadPoolExecutor(1, f"podium-{name}")
        self._closing: threading.Event = threading.Event()
        self._cores: threading.Lock = cores or threading.Lock()

    async def run(self, work: Callable[[Model], Result]) -> Result:
        """Raises what `work` raises, LimitReached, Unavailable."""
        return await asyncio.wrap_future(self._submitted(work))

    async def stream(self, work: Callable[[Model, Emit[Item]], None]) -> AsyncGenerator[Item, None]:
        """The items that `work` emits. Raises what `work` raises, LimitReached, Unavailable."""
        loop = asyncio.get_running_loop()
        items: asyncio.Queue[Item | _End] = asyncio.Queue()
        unwanted = threading.Event()

        def hand_on(item: Item | _End) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody reads any more
                _ = loop.call_soon_threadsafe(items.put_nowait, item)

        def emit(item: Item) -> bool:
            hand_on(item)
            return unwanted.is_set() or self._closing.is_set() or loop.is_closed()

        done = self._submitted(partial(_streamed, work=work, emit=emit))
        done.add_done_callback(lambda _: hand_on(_End()))
        try:
            while not isinstance(item := await items.get(), _End):
                yield item
            await asyncio.wrap_future(done)
        finally:
            unwanted.set()
            _ = done.cancel()

    async def close(self) -> None:
        """Ends what runs at its next item, refuses what waits, and frees the model."""
        if self._closing.is_set():
            return
        self._closing.set()
        _ = self._thread.submit(self._model.clear)
        await anyio.to_thread.run_sync(self._thread.shutdown)

    def _submitted(self, work: Callable[[Model], Result]) -> Future[Result]:
        self._check_open()
        if not self._places.acquire(blocking=False):
            said = (
                f"The local model '{self._name}' has as many requests as may wait for it. "
                "Try again, or route this work to another model."
            )
            raise LimitReached(said, retry_after=_WAIT_SECONDS)
        future = self._thread.submit(self._turn, work)
        future.add_done_callback(lambda _: self._places.release())
        return future

    def _turn(self, work: Callable[[Model], Result]) -> Result:
        self._check_open()
        with self._cores:
            if not self._model:
                self._model.append(self._start())
            return work(self._model[0])

    def _check_open(self) -> None:
        if self._closing.is_set():
            raise Unavailable(f"The local model '{self._name}' is closed: podium is stopping.")


def _streamed(model: Model, *, work: Callable[[Model, Emit[Item]], None], emit: Emit[Item]) -> None:
    work(model, emit)
