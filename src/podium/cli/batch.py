"""Many runs at once: start them, follow each until it settles, find them all again later.

Each row has an idempotency key made of the batch's name and its place in the file. So the same
command with the same batch after a crash starts what is missing and follows the rest.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import anyio

from podium.cli.client import Client
from podium.cli.inputs import Row
from podium.cli.summary import Result
from podium.cli.wire import Batch, Run, WorkflowRef
from podium.kernel.errors import LimitReached, Unavailable
from podium.kernel.json import Json, JsonObject

T = TypeVar("T")

_FIRST_LOOK: Final = 0.05
_LAST_LOOK: Final = 0.5
"""Seconds between two looks at a run: from the first to the last, doubling."""

_LONGEST_LABEL: Final = 256
_TRIES: Final = 6
_FIRST_PAUSE: Final = 0.25
"""Seconds until a call that failed is tried again; each further time twice as long."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be run. `concurrency`: how many of the runs may be unsettled at a time."""

    workflow: WorkflowRef
    batch: str
    rows: Sequence[Row]
    concurrency: int


@dataclass(slots=True)
class Board:
    """Where everything stands; written by the followers, read by whoever shows it."""

    plan: Plan
    started: int = 0
    earlier: int = 0
    runs: dict[int, Run] = field(default_factory=dict)
    report: Batch = field(default_factory=Batch)

    @property
    def total(self) -> int:
        return len(self.plan.rows)

    @property
    def settled(self) -> int:
        return sum(run.is_settled for run in self.runs.values())

    @property
    def results(self) -> Sequence[Result]:
        """In the order of the file."""
        return [
            Result(row, self.runs[row.index]) for row in self.plan.rows if row.index in self.runs
        ]


async def follow_all(client: Client, board: Board) -> None:
    """Return when every run is final or waits for a person.

    A person may answer while other runs go on, so whoever waited is looked at again at the end.
    """
    await _in_parallel(board.plan.rows, board.plan.concurrency, _starter(client, board))
    while waiting := [result.row for result in board.results if result.run.waits_for_person]:
        before = [board.runs[row.index].status for row in waiting]
        await _in_parallel(waiting, board.plan.concurrency, _looker(client, board))
        if before == [board.runs[row.index].status for row in waiting]:
            return


async def settle(client: Client, run: Run, see: Callable[[Run], None] = lambda _: None) -> Run:
    """Look at a run until it is final or waits for a person; `see` is told each look."""
    pause = _FIRST_LOOK
    while not run.is_settled:
        await anyio.sleep(pause)
        pause = min(pause * 2, _LAST_LOOK)
        run = await _patiently(lambda: client.run(run.id))  # noqa: B023 - awaited at once
        see(run)
    return run


def key(batch: str, index: int) -> str:
    return f"{batch}/{index}"


def wish(plan: Plan, row: Row) -> JsonObject:
    reference = plan.workflow
    workflow: Mapping[str, Json] = {
        "namespace": reference.namespace,
        "name": reference.name,
        "version": reference.version,
    }
    known = row.label is not None and len(row.label) <= _LONGEST_LABEL
    labels = {"row": str(row.index + 1)} | ({"label": row.label} if known else {})
    return {"workflow": workflow, "input": row.input, "batch": plan.batch, "labels": labels}


def _starter(client: Client, board: Board) -> Callable[[Row], Awaitable[None]]:
    async def start(row: Row) -> None:
        plan = board.plan
        begun = await _patiently(
            lambda: client.start_run(wish(plan, row), key=key(plan.batch, row.index))
        )
        board.started += 1
        board.earlier += begun.is_settled
        await _follow(client, board, row=row, run=begun)

    return start


def _looker(client: Client, board: Board) -> Callable[[Row], Awaitable[None]]:
    async def look(row: Row) -> None:
        now = await _patiently(lambda: client.run(board.runs[row.index].id))
        await _follow(client, board, row=row, run=now)

    return look


async def _follow(client: Client, board: Board, *, row: Row, run: Run) -> None:
    def see(seen: Run) -> None:
        board.runs[row.index] = seen

    see(run)
    _ = await settle(client, run, see)


async def _in_parallel(
    rows: Sequence[Row], concurrency: int, work: Callable[[Row], Awaitable[None]]
) -> None:
    left = iter(rows)

    async def worker() -> None:
        for row in left:
            await work(row)

    async with anyio.create_task_group() as group:
        for _ in range(min(concurrency, len(rows))):
            _ = group.start_soon(worker)


async def _patiently(call: Callable[[], Awaitable[T]]) -> T:
    """Ask again where the server is busy or restarts: every call here may be repeated."""
    for attempt in range(_TRIES):
        try:
            return await call()
        except LimitReached as error:
            await anyio.sleep(error.retry_after or _FIRST_PAUSE * (1 << attempt))
        except Unavailable:
            await anyio.sleep(_FIRST_PAUSE * (1 << attempt))
    return await call()
