import anyio
import pytest
from tests.pace import HANGS
from tests.unit.cli.fake_server import TOKEN, FakePodium, Plot, served

from podium.cli.batch import Board, Plan, follow_all, key, wish
from podium.cli.client import client
from podium.cli.inputs import Row
from podium.cli.wire import WorkflowRef

pytestmark = pytest.mark.anyio

_TRIAGE = WorkflowRef("support", "triage", "1.0.0")


def _board(rows: int, concurrency: int = 4) -> Board:
    return Board(Plan(_TRIAGE, "b", [Row(place, place) for place in range(rows)], concurrency))


async def _follow(fake: FakePodium, board: Board) -> None:
    async with served(fake) as url, client(url, TOKEN) as api:
        with anyio.fail_after(HANGS):
            await follow_all(api, board)


async def test_every_row_is_one_run_and_results_are_in_the_order_of_the_file():
    board = _board(20)
    await _follow(FakePodium(), board)
    assert [result.run.output for result in board.results] == list(range(20))
    assert (board.started, board.settled, board.earlier) == (20, 20, 0)


async def test_the_same_batch_again_starts_nothing_twice():
    fake, first, second = FakePodium(), _board(3), _board(5)
    await _follow(fake, first)
    await _follow(fake, second)
    assert len(fake.runs) == 5
    assert second.earlier == 3


async def test_never_more_runs_than_allowed_are_unsettled():
    fake, most = FakePodium(lambda given: Plot(output=given, looks=3)), 0
    board = _board(12, concurrency=3)
    async with served(fake) as url, client(url, TOKEN) as api, anyio.create_task_group() as group:

        async def watch() -> None:
            nonlocal most
            while True:
                unsettled = [run for run in fake.runs.values() if run["status"] == "pending"]
                most = max(most, len(unsettled))
                await anyio.sleep(0.001)

        _ = group.start_soon(watch)
        await follow_all(api, board)
        group.cancel_scope.cancel()
    assert most == 3


async def test_it_ends_when_all_that_is_left_waits_for_people():
    def plot(given: object) -> Plot:
        return Plot("waiting", waiting_on="approval: ok?") if given == 1 else Plot()

    board = _board(3)
    await _follow(FakePodium(plot), board)
    assert [result.run.status for result in board.results] == ["completed", "waiting", "completed"]


async def test_a_run_that_a_person_let_go_on_meanwhile_is_followed_to_its_end():
    looks = 0

    def plot(_: object) -> Plot:
        nonlocal looks
        looks += 1
        return Plot("waiting", waiting_on="approval: ok?") if looks < 2 else Plot(output="done")

    board = _board(1)
    await _follow(FakePodium(plot), board)
    assert board.results[0].run.output == "done"


async def test_a_busy_server_is_asked_again():
    fake, board = FakePodium(busy=3), _board(2)
    await _follow(fake, board)
    assert board.settled == 2


def test_a_key_is_the_batch_and_the_place_in_the_file():
    assert key("b", 7) == "b/7"


def test_a_label_goes_along_where_nobody_who_runs_sees_it():
    plan = _board(1).plan
    assert wish(plan, Row(4, {"a": 1}, "x")) == {
        "workflow": {"namespace": "support", "name": "triage", "version": "1.0.0"},
        "input": {"a": 1},
        "batch": "b",
        "labels": {"row": "5", "label": "x"},
    }


def test_a_label_that_is_too_long_for_the_server_stays_here():
    assert wish(_board(1).plan, Row(0, {}, "x" * 300))["labels"] == {"row": "1"}
