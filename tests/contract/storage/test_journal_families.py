"""Runs that were started by others, in the journal: in memory, on SQLite and on PostgreSQL."""

from dataclasses import replace

import anyio
import pytest
from tests.contract.storage.world import Stores, a_run, add, hold

from podium.kernel.errors import Conflict
from podium.kernel.ids import RunId
from podium.kernel.json import JsonObject
from podium.workflows.engine.journal import Added, Ended, Entry, Recorded
from podium.workflows.ports import End

pytestmark = pytest.mark.anyio


async def test_a_run_that_has_ended_starts_no_other(stores: Stores):
    _ = await add(stores, a_run("parent"))
    assert await stores.journal.cancel(RunId("run_parent"), now=1000.0)
    with pytest.raises(Conflict, match="run_parent has ended"):
        _ = await add(stores, replace(a_run("child"), parent=RunId("run_parent")))


async def test_two_processes_never_wait_for_each_others_runs(pair: tuple[Stores, Stores]):
    """Each ends children of runs that the other one holds, and both store the same values."""
    turns, many = 5, 40
    for number in range(many):
        parent, child = a_run(f"a{number:02}"), a_run(f"b{number:02}")
        holders = ("one", "two") if number % 2 else ("two", "one")
        _ = await pair[0].journal.commit(
            [
                Added(parent, holders[0]),
                Added(replace(child, parent=parent.id), holders[1]),
            ]
        )

    async def process(stores: Stores, own: int) -> None:
        for turn in range(turns):
            values: list[JsonObject] = [{"ok": f"{turn} {n} " * 500} for n in range(many)]
            values = values[::-1] if own else values
            entries: list[Entry] = [
                Recorded(hold(f"run_a{n:02}", epoch=1), f"step{turn}", turn, values[n])
                for n in range(many)
                if n % 2 == own
            ]
            for n in range(turn * 8, turn * 8 + 8):
                if n % 2 != own:
                    parent = RunId(f"run_a{n:02}")
                    ended = Ended(hold(f"run_b{n:02}", epoch=1), End(1.0), 1.0, parent)
                    entries.append(ended)
            assert all(await stores.journal.commit(entries))

    async with anyio.create_task_group() as group:
        _ = group.start_soon(process, pair[0], 0)
        _ = group.start_soon(process, pair[1], 1)
