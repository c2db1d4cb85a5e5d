"""`Effects` for one run or branch, on DBOS steps."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol, TypeAlias, cast

import anyio
from dbos import DBOS, WorkflowHandleAsync

from podium.kernel.json import Json, JsonObject
from podium.workflows.ports import Branch

FOREVER = 100 * 365 * 86_400.0
"""DBOS wants a number of seconds; a person may take a hundred years."""


POLL = 0.05
"""Seconds between looks at whether a branch is done."""

Handle: TypeAlias = WorkflowHandleAsync[JsonObject]


class Children(Protocol):
    """The engine, as a run with branches sees it."""

    async def start(self, id: str, request: JsonObject) -> Handle: ...

    async def stop(self, id: str) -> None: ...


class Slots:
    """How many runs execute at once in this process."""

    def __init__(self, count: int) -> None:
        self.limit: anyio.Semaphore = anyio.Semaphore(count, fast_acquire=True)


class DbosEffects:
    def __init__(self, id: str, children: Children, slots: Slots | None) -> None:
        self._id: str = id
        self._children: Children = children
        # A branch has no slot of its own: its parent, which waits for it, came in on one.
        self._slots: Slots | None = slots
        self._holds: bool = False

    @asynccontextmanager
    async def slot(self) -> AsyncGenerator[None]:
        await self._take()
        try:
            yield
        finally:
            self._give()

    @asynccontextmanager
    async def _without_slot(self) -> AsyncGenerator[None]:
        """Give the slot to another run while this one waits."""
        self._give()
        yield
        await self._take()

    async def _take(self) -> None:
        if self._slots is not None:
            await self._slots.limit.acquire()
            self._holds = True

    def _give(self) -> None:
        if self._slots is not None and self._holds:
            self._holds = False
            self._slots.limit.release()

    async def call(self, name: str, action: Callable[[], Awaitable[JsonObject]]) -> JsonObject:
        async def perform() -> JsonObject:
            return await action()

        return await DBOS.run_step_async({"name": name}, perform)

    async def all(
        self, calls: Sequence[tuple[str, Callable[[], Awaitable[JsonObject]]]], *, parallel: int
    ) -> Sequence[JsonObject]:
        answers: list[JsonObject] = [{} for _ in calls]
        limiter = anyio.CapacityLimiter(max(parallel, 1))
        # Step ids are drawn in order before anything runs: which call ends first must not matter.
        reserved = [DBOS.reserve_step() for _ in calls]

        async def one(index: int) -> None:
            name, action = calls[index]

            async def perform() -> JsonObject:
                return await action()

            async with limiter:
                answers[index] = await reserved[index].run_async({"name": name}, perform)

        async with anyio.create_task_group() as group:
            for index in range(len(calls)):
                _ = group.start_soon(one, index)
        return answers

    async def sleep(self, seconds: float) -> None:
        async with self._without_slot():
            await DBOS.sleep_async(seconds)

    async def receive(self, topic: str, *, seconds: float | None) -> Json:
        async with self._without_slot():
            limit = FOREVER if seconds is None else seconds
            return cast("Json", await DBOS.recv_async(topic, timeout_seconds=limit))

    async def fork(self, branches: Sequence[Branch], *, compete: bool) -> Sequence[JsonObject]:
        handles = [
            await self._children.start(f"{self._id}{branch.path}", branch.request)
            for branch in branches
        ]
        if compete:
            return [await self._first(handles)]
        return [_object(await handle.get_result(polling_interval_sec=POLL)) for handle in handles]

    async def _first(self, handles: Sequence[Handle]) -> JsonObject:
        won = await DBOS.wait_first_async(list(handles), polling_interval_sec=POLL)
        answer = _object(cast("object", await won.get_result(polling_interval_sec=POLL)))
        for handle in handles:
            if handle.workflow_id != won.workflow_id:
                await self._children.stop(handle.workflow_id)
        return answer


def _object(value: object) -> JsonObject:
    return cast("JsonObject", value) if isinstance(value, Mapping) else {}
