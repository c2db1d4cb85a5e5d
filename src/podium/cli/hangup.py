"""SIGHUP: the configuration is read again, as servers do; or the terminal has gone."""

import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from signal import Signals
from typing import cast

import anyio
from anyio.abc import TaskStatus


@asynccontextmanager
async def at_hangup(act: Callable[[], Awaitable[None]]) -> AsyncGenerator[None]:
    """A process whose terminal was closed is told by the same signal: it ends, as by SIGTERM."""
    async with anyio.create_task_group() as group:
        _ = cast("None", await group.start(_listen, act, _has_terminal()))
        yield
        group.cancel_scope.cancel()


async def _listen(
    act: Callable[[], Awaitable[None]], had_terminal: bool, *, task_status: TaskStatus[None]
) -> None:
    with anyio.open_signal_receiver(Signals.SIGHUP) as signals:
        task_status.started()
        async for _ in signals:
            if had_terminal and not _has_terminal():
                os.kill(os.getpid(), Signals.SIGTERM)
            else:
                await act()


def _has_terminal() -> bool:
    """Whether there is a terminal whose closing would end this process."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
