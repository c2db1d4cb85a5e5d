"""What is committed together, and what is told of it."""

import pytest
from tests.contract.storage.world import NASTY, Stores, a_run, add, hold

from podium.kernel.ids import RunId
from podium.workflows.engine.journal import Added, Ended, Recorded
from podium.workflows.ports import End
from podium.workflows.runs import Run

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("end", [End(7.0, output={"said": NASTY}), End(7.0, error={"status": 500})])
async def test_who_waits_for_an_end_is_told_what_is_stored(stores: Stores, end: End):
    run = a_run(given=[1], batch="b", labels={"a": "b"})
    _ = await stores.journal.commit([Added(run, "one")])
    ended = Ended(hold(epoch=1), end, 8.0)
    assert await stores.journal.commit([ended]) == [True]
    assert ended.of(run) == await stores.runs.find(RunId("run_1"))


@pytest.mark.parametrize("size", [1, 10_000])
async def test_entries_of_one_moment_are_answered_in_their_order(stores: Stores, size: int):
    """The larger ones are no single statements: their values are stored elsewhere."""
    _ = await add(stores, a_run("b", key="same"))
    _ = await add(stores, a_run("d"))
    entries = [
        Recorded(hold("run_b"), "/do/x", 1, {"ok": 1}),
        Added(a_run("c", key="same"), "one"),
        Recorded(hold("run_d", epoch=7), "/do/x", 1, {"ok": 1}),
        Added(a_run("a"), None),
        Recorded(hold("run_d"), "/do/x", 1, {"ok": "x" * size}),
    ]
    answers = await stores.journal.commit(entries)
    known = [each.id if isinstance(each, Run) else each for each in answers]
    assert known == [True, "run_b", False, "run_a", True]
