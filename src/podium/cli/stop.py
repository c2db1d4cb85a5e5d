"""Ctrl-C and SIGTERM: work ends where it is, and what was opened around it closes in peace."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from signal import Signals
from typing import cast

import anyio
from anyio.abc import TaskStatus


@dataclass(slots=True)
class Stop:
    signal: Signals | None = None

    @property
    def asked(self) -> bool:
        return self.signal is not None


@asynccontextmanager
async def interruptible() -> AsyncGenerator[Stop]:
    """Cancel the body when a signal comes; what follows the block asks `stop.asked`."""
    stop = Stop()
    async with anyio.create_task_group() as group:
        _ = cast("None", await group.start(_listen, stop, group.cancel_scope))
        yield stop
        group.cancel_scope.cancel()


async def _listen(stop: Stop, scope: anyio.CancelScope, *, task_status: TaskStatus[None]) -> None:
    with anyio.open_signal_receiver(Signals.SIGINT, Signals.SIGTERM) as signals:
        task_status.started()
        async for received in signals:
            stop.signal = received
            scope.cancel()
