"""Ctrl-C and SIGTERM: work ends where it is, and what was opened around it closes in peace."""

import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
from anyio.abc import TaskStatus

from podium.kernel.errors import PodiumError


class Interrupted(PodiumError):
    """A person or the system asked the command to stop; the message says how to go on."""


@dataclass(slots=True)
class Stop:
    signal: signal.Signals | None = None

    @property
    def asked(self) -> bool:
        return self.signal is not None


@asynccontextmanager
async def interruptible() -> AsyncGenerator[Stop]:
    """Cancel the body when a signal comes; what follows the block asks `stop.asked`."""
    stop = Stop()
    async with anyio.create_task_group() as group:
        _ = await group.start(_listen, stop, group.cancel_scope)
        yield stop
        group.cancel_scope.cancel()


async def _listen(
    stop: Stop, scope: anyio.CancelScope, *, task_status: TaskStatus[None]
) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for received in signals:
            stop.signal = received
            scope.cancel()
