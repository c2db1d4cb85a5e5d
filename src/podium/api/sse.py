"""Streams of server-sent events that let go of everything when the client leaves."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final, Generic, TypeVar

import anyio
from anyio import CancelScope
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from podium.api.errors import ClientGone
from podium.kernel.errors import PodiumError

T = TypeVar("T")

_BEAT: Final = b": still here\n\n"


async def gone(receive: Receive) -> None:
    """Returns when the client has left. The body must have been read before."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def unless_gone(receive: Receive, work: Callable[[], Awaitable[T]]) -> T:
    """Do the work; where the client leaves first, cancel it and raise ClientGone."""
    outcome: list[T | PodiumError] = []

    async def watch(scope: CancelScope) -> None:
        await gone(receive)
        scope.cancel()

    async with anyio.create_task_group() as group:
        _ = group.start_soon(watch, group.cancel_scope)
        try:
            outcome.append(await work())
        except PodiumError as error:  # raised below, where no group wraps it
            outcome.append(error)
        group.cancel_scope.cancel()
    if not outcome:
        raise ClientGone("The client left before the answer was complete.")
    if isinstance(outcome[0], PodiumError):
        raise outcome[0]
    return outcome[0]


class EventStream(Response, Generic[T]):
    """Sends what `source` yields, each item spelled by `spell`.

    `ending` is what is sent last; it gets the error where the source failed, else None.
    `heartbeat` is the number of seconds between comments; 0 sends none.
    """

    def __init__(
        self,
        source: AbstractAsyncContextManager[AsyncIterator[T]],
        spell: Callable[[T], bytes],
        ending: Callable[[PodiumError | None], bytes],
        *,
        heartbeat: float = 0.0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(media_type="text/event-stream", headers=headers)
        del self.headers["content-length"]
        self.headers["X-Accel-Buffering"] = "no"
        self._source: AbstractAsyncContextManager[AsyncIterator[T]] = source
        self._spell: Callable[[T], bytes] = spell
        self._ending: Callable[[PodiumError | None], bytes] = ending
        self._heartbeat: float = heartbeat
        self._turn: anyio.Lock = anyio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        start = {"status": self.status_code, "headers": self.raw_headers}
        async with self._source as items, anyio.create_task_group() as group:
            _ = group.start_soon(self._watch, receive, group.cancel_scope)
            await send({"type": "http.response.start", **start})
            if self._heartbeat:
                _ = group.start_soon(self._beat, send)
            last = self._ending(await self._write(items, send))
            async with self._turn:
                await send({"type": "http.response.body", "body": last, "more_body": False})
            group.cancel_scope.cancel()

    async def _write(self, items: AsyncIterator[T], send: Send) -> PodiumError | None:
        try:
            async for item in items:
                await self._piece(send, self._spell(item))
        except PodiumError as error:
            return error
        return None

    async def _piece(self, send: Send, piece: bytes) -> None:
        async with self._turn:
            await send({"type": "http.response.body", "body": piece, "more_body": True})

    async def _beat(self, send: Send) -> None:
        while True:
            await anyio.sleep(self._heartbeat)
            await self._piece(send, _BEAT)

    async def _watch(self, receive: Receive, scope: CancelScope) -> None:
        await gone(receive)
        scope.cancel()
