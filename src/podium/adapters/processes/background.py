"""What starts programs: in turns, with a task group for those that nobody waits for."""

from types import TracebackType
from typing import Self

import anyio
from anyio.abc import TaskGroup


class Background:
    """Ends what still runs in its group when it is left."""

    def __init__(self, at_once: int) -> None:
        self._turns: anyio.Semaphore = anyio.Semaphore(at_once)
        self._group: TaskGroup = anyio.create_task_group()

    async def __aenter__(self) -> Self:
        _ = await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # The group is not told of the error: it would wrap it.
        self._group.cancel_scope.cancel()
        _ = await self._group.__aexit__(None, None, None)
