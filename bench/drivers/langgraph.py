"""LangGraph with a checkpointer, once for each run a thread of its own.

`style` of the options is `graph`, five nodes in a row with a checkpoint that is awaited after each
of them, or `functional`, an entrypoint whose two effects are tasks.
"""

import asyncio
import operator
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypedDict
from uuid import uuid4

import aiosqlite
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.func import entrypoint, task
from langgraph.graph import END, START, StateGraph
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from bench.drivers.contract import WIDTH, About, Opening, Tally
from bench.drivers.driving import main

RUNS_AT_ONCE = 50
CONNECTIONS = 10


class Number(TypedDict):
    n: int


class Fan(TypedDict):
    n: int
    answers: Annotated[list[int], operator.add]


Run = Callable[[int], Coroutine[Any, Any, int]]


class Driver:
    def __init__(self, opening: Opening, saver: BaseCheckpointSaver[Any], tally: Tally) -> None:
        self._opening: Opening = opening
        self._functional: bool = opening["options"].get("style") == "functional"
        made = _functional if self._functional else _graphs
        self._five, self._fan = made(saver, tally)
        self._gate: asyncio.Semaphore = asyncio.Semaphore(RUNS_AT_ONCE)

    @property
    def about(self) -> About:
        return About(
            engine="LangGraph",
            packages=["langgraph", "langgraph-checkpoint-sqlite", "langgraph-checkpoint-postgres"],
            records=(
                "the input and the end; an effect's outcome beside the run, not awaited before "
                "the next one"
                if self._functional
                else "a checkpoint of the state after each of the five nodes, awaited"
            )
            + ". Who continues a run after a crash is the caller's business",
            durability=(
                "PostgreSQL's defaults"
                if self._opening["database"]
                else f"SQLite, WAL, synchronous={self._opening['synchronous'].upper()}"
            ),
            queue=f"it has none: {RUNS_AT_ONCE} at once by a semaphore in the process",
        )

    async def five(self, n: int) -> int:
        return await self._five(n)

    async def fan(self, n: int) -> int:
        return await self._fan(n)

    async def start(self, n: int) -> Awaitable[int]:
        return asyncio.ensure_future(self._gated(n))

    queue = start

    async def _gated(self, n: int) -> int:
        async with self._gate:
            return await self._five(n)


def _thread() -> dict[str, Any]:
    return {"configurable": {"thread_id": str(uuid4())}}


def _graphs(saver: BaseCheckpointSaver[Any], tally: Tally) -> tuple[Run, Run]:
    line, star = _line(tally).compile(checkpointer=saver), _star(tally).compile(checkpointer=saver)

    async def five(n: int) -> int:
        return (await line.ainvoke({"n": n}, _thread(), durability="sync"))["n"]

    async def fan(n: int) -> int:
        start = {"n": n, "answers": []}
        return len((await star.ainvoke(start, _thread(), durability="sync"))["answers"])

    return five, fan


def _line(tally: Tally) -> StateGraph[Number]:
    async def pure(state: Number) -> Number:
        return {"n": state["n"] + 1}

    async def effect(state: Number) -> Number:
        return {"n": tally(state["n"])}

    graph = StateGraph(Number)
    names = ["first", "second", "third", "fourth", "fifth"]
    for name, node in zip(names, (pure, effect, pure, effect, pure), strict=True):
        _ = graph.add_node(name, node)
    for before, after in zip([START, *names], [*names, END], strict=True):
        _ = graph.add_edge(before, after)
    return graph


def _star(tally: Tally) -> StateGraph[Fan]:
    async def branch(state: Fan) -> dict[str, list[int]]:
        return {"answers": [tally(state["n"])]}

    graph = StateGraph(Fan)
    for i in range(WIDTH):
        _ = graph.add_node(f"b{i}", branch)
        _ = graph.add_edge(START, f"b{i}")
        _ = graph.add_edge(f"b{i}", END)
    return graph


def _functional(saver: BaseCheckpointSaver[Any], tally: Tally) -> tuple[Run, Run]:
    @task
    async def effect(n: int) -> int:
        return tally(n)

    @entrypoint(checkpointer=saver)
    async def five_entry(n: int) -> int:
        return await effect(await effect(n + 1) + 1) + 1

    @entrypoint(checkpointer=saver)
    async def fan_entry(n: int) -> int:
        # What its documentation shows.
        return len(await asyncio.gather(*(effect(n + i) for i in range(WIDTH))))

    async def five(n: int) -> int:
        return await five_entry.ainvoke(n, _thread(), durability="sync")

    async def fan(n: int) -> int:
        return await fan_entry.ainvoke(n, _thread(), durability="sync")

    return five, fan


@asynccontextmanager
async def open_driver(opening: Opening, tally: Tally) -> AsyncGenerator[Driver]:
    if opening["database"]:
        kwargs = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
        async with AsyncConnectionPool(
            opening["database"], min_size=CONNECTIONS, max_size=CONNECTIONS, kwargs=kwargs
        ) as pool:
            saver = AsyncPostgresSaver(pool)  # type: ignore[arg-type]
            await saver.setup()
            yield Driver(opening, saver, tally)
        return
    async with aiosqlite.connect(Path(opening["folder"]) / "checkpoints.db") as connection:
        for pragma in ("journal_mode=WAL", f"synchronous={opening['synchronous']}"):
            _ = await connection.execute(f"PRAGMA {pragma}")
        yield Driver(opening, AsyncSqliteSaver(connection), tally)


if __name__ == "__main__":
    main(open_driver)
