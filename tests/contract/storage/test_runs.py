from dataclasses import replace

import anyio
import pytest
from tests.contract.storage.world import NASTY, ONE, TWO, Stores, a_run, add, begin, finish, wait

from podium.kernel.errors import Conflict, Invalid, NotFound
from podium.kernel.ids import RunId
from podium.workflows.runs import Run, RunQuery, RunStatus

pytestmark = pytest.mark.anyio

RUN = RunId("run_1")
ALL = RunQuery(ONE)


async def _names(stores: Stores, query: RunQuery) -> str:
    """The ids without their prefix, newest first."""
    page = await stores.runs.list(query, cursor=None, limit=100)
    return " ".join(run.id.removeprefix("run_") for run in page.items)


async def test_a_run_comes_back_as_it_was_added(stores: Stores):
    run = replace(
        a_run(given={"text": NASTY, "n": [1, 2.5, None, True]}, batch="b", key="k"),
        labels={"team": "söles"},
        started_at=100.25,
    )
    assert await add(stores, run) == run
    assert await stores.runs.get(ONE, RUN) == run
    assert await stores.runs.find(RUN) == run


@pytest.mark.parametrize("given", [None, False, 0, "", [], {}, "@" + "a" * 64, 2**80, 1e-300])
async def test_every_kind_of_json_comes_back_as_it_was(stores: Stores, given: object):
    run = a_run(given=given)  # pyright: ignore[reportArgumentType]
    _ = await add(stores, run)
    assert (await stores.runs.get(ONE, RUN)).input == given


async def test_five_megabytes_of_unicode_come_back(stores: Stores):
    text = (NASTY * 200_000)[: 5 * 1024 * 1024]
    _ = await add(stores, a_run(given={"text": text}))
    assert await finish(stores, RUN, 2.0, output=[text])
    run = await stores.runs.get(ONE, RUN)
    assert run.input == {"text": text}
    assert run.output == [text]


@pytest.mark.parametrize("given", [float("nan"), float("inf"), {"a": {1, 2}}])
async def test_what_json_cannot_say_is_refused(stores: Stores, given: object):
    with pytest.raises(Invalid, match="stored as JSON"):
        _ = await add(stores, a_run(given=given))  # pyright: ignore[reportArgumentType]


async def test_nul_in_words_becomes_a_sign_for_it(stores: Stores):
    _ = await add(stores, a_run(batch="a\0b"))
    await wait(stores, RUN, "a letter\0from \ud800 Ann")
    run = await stores.runs.get(ONE, RUN)
    assert (run.batch, run.waiting_on) == ("a␀b", "a letter␀from \ufffd Ann")


async def test_an_id_that_nothing_has_is_not_found(stores: Stores):
    for name in ("run_none", "run_\0", "' OR 1=1 --", ""):
        with pytest.raises(NotFound, match="There is no run"):
            _ = await stores.runs.get(ONE, RunId(name))
        with pytest.raises(NotFound, match="There is no run"):
            _ = await stores.runs.find(RunId(name))


async def test_another_workspace_sees_nothing_of_a_run(stores: Stores):
    _ = await add(stores, a_run(batch="b", key="k"))
    with pytest.raises(NotFound):
        _ = await stores.runs.get(TWO, RUN)
    assert await _names(stores, RunQuery(TWO, batch="b")) == ""
    assert sum((await stores.runs.counts(RunQuery(TWO))).values()) == 0
    same_key = a_run("2", workspace=TWO, key="k")
    assert await add(stores, same_key) == same_key


async def test_the_same_idempotency_key_answers_the_first_run(stores: Stores):
    first = a_run("1", given={"a": "x" * 5000}, key="k")
    _ = await add(stores, first)
    assert await add(stores, a_run("2", given={"other": 1}, key="k")) == first
    assert await _names(stores, ALL) == "1"


async def test_runs_without_a_key_are_all_added(stores: Stores):
    for name in "123":
        _ = await add(stores, a_run(name))
    assert await _names(stores, ALL) == "3 2 1"


async def test_the_same_id_twice_is_a_conflict(stores: Stores):
    _ = await add(stores, a_run())
    with pytest.raises(Conflict):
        _ = await add(stores, a_run())


async def test_of_twenty_adds_with_one_key_at_once_one_is_stored(pair: tuple[Stores, Stores]):
    answers: list[Run] = []

    async def one(stores: Stores, name: str) -> None:
        answers.append(await add(stores, a_run(name, key="k")))

    async with anyio.create_task_group() as group:
        for number in range(20):
            _ = group.start_soon(one, pair[number % 2], str(number))
    assert len({run.id for run in answers}) == 1
    assert (await pair[1].runs.counts(ALL))[RunStatus.PENDING] == 1


async def test_runs_are_listed_newest_first_and_filtered(stores: Stores):
    other = "other/triage:2.0.0"
    _ = await add(stores, a_run("a", at=1.0, batch="b1"))
    _ = await add(stores, a_run("b", at=2.0, batch="b1", workflow=other))
    _ = await add(stores, a_run("c", at=3.0, batch="b2", workflow="acme/mail:1.0.0"))
    _ = await add(stores, a_run("d", at=4.0))
    await begin(stores, "run_d")
    for query, expected in [
        (ALL, "d c b a"),
        (RunQuery(ONE, batch="b1"), "b a"),
        (RunQuery(ONE, status=RunStatus.RUNNING), "d"),
        (RunQuery(ONE, status=RunStatus.PENDING, batch="b1"), "b a"),
        (RunQuery(ONE, workflow="triage"), "d b a"),
        (RunQuery(ONE, workflow="acme/triage"), "d a"),
        (RunQuery(ONE, workflow="other/triage:2.0.0"), "b"),
        (RunQuery(ONE, workflow="other/triage:1.0.0"), ""),
        (RunQuery(ONE, created_after=2.0), "d c"),
        (RunQuery(ONE, created_before=2.0), "a"),
        (RunQuery(ONE, created_after=1.0, created_before=4.0), "c b"),
    ]:
        assert await _names(stores, query) == expected
        counted = await stores.runs.counts(query)
        assert sum(counted.values()) == len(expected.split())


async def test_every_status_is_counted_also_those_that_no_run_has(stores: Stores):
    _ = await add(stores, a_run("1"))
    _ = await add(stores, a_run("2"))
    await begin(stores, RUN)
    expected = dict.fromkeys(RunStatus, 0) | {RunStatus.RUNNING: 1, RunStatus.PENDING: 1}
    assert await stores.runs.counts(ALL) == expected


async def test_pages_join_up_though_runs_are_added_meanwhile(stores: Stores):
    for number in range(10):
        # Pairs of runs of the same moment: the id decides.
        _ = await add(stores, a_run(f"{number:02}", at=float(number // 2)))
    seen: list[str] = []
    cursor = None
    for step in range(10):
        page = await stores.runs.list(ALL, cursor=cursor, limit=3)
        seen += [run.id for run in page.items]
        _ = await add(stores, a_run(f"new{step}", at=100.0 + step))
        cursor = page.next
        if cursor is None:
            break
    assert seen == [f"run_{number:02}" for number in reversed(range(10))]


async def test_the_last_page_has_no_next(stores: Stores):
    for name in "123":
        _ = await add(stores, a_run(name))
    assert (await stores.runs.list(ALL, cursor=None, limit=3)).next is None
    assert (await stores.runs.list(ALL, cursor=None, limit=2)).next is not None


@pytest.mark.parametrize("cursor", ["", "x", "%%%", "\0", "日本", "A" * 40, "e30", "AAAAAAAAAA=="])
async def test_a_cursor_that_is_none_of_ours_is_invalid(stores: Stores, cursor: str):
    with pytest.raises(Invalid, match="no cursor of the list of runs"):
        _ = await stores.runs.list(ALL, cursor=cursor, limit=3)


async def test_a_changed_cursor_is_invalid(stores: Stores):
    for name in "123":
        _ = await add(stores, a_run(name))
    cursor = (await stores.runs.list(ALL, cursor=None, limit=1)).next
    assert cursor is not None
    middle = len(cursor) // 2
    other = "A" if cursor[middle] != "A" else "B"
    with pytest.raises(Invalid, match="Give the one that the page before answered"):
        _ = await stores.runs.list(
            ALL, cursor=cursor[:middle] + other + cursor[middle + 1 :], limit=1
        )
