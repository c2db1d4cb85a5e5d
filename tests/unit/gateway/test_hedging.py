import anyio
import pytest
from tests.unit.gateway.fakes import ANA, ASK, Script, World, answer, asked, chunk, status

from podium.gateway.models import Outcome
from podium.kernel.errors import Invalid, Unavailable

pytestmark = pytest.mark.anyio


class Patient(World):
    """Whose waits end when the test says so."""

    def __init__(self, alpha: Script, beta: Script) -> None:
        super().__init__(alpha, beta)
        self.late = anyio.Event()

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await self.late.wait()


def slow(text: str) -> Script:
    return Script([answer(text)], gate=anyio.Event())


async def test_the_next_target_is_asked_too_where_the_first_is_late():
    world = Patient(slow("from alpha"), Script([answer("from beta")]))
    world.late.set()

    body, record = await world.gateway(hedge=1.5).chat(ANA, ASK)

    assert body["choices"][0]["message"]["content"] == "from beta"
    assert world.waits == [1.5]
    assert (record.model, record.provider) == ("second", "beta")
    assert {a.model: a.outcome for a in record.attempts} == {
        "first": Outcome.CANCELLED,
        "second": Outcome.OK,
    }


async def test_no_second_one_is_asked_where_the_first_is_quick():
    world = Patient(Script([answer("from alpha")]), Script([answer("from beta")]))

    _, record = await world.gateway(hedge=1.5).chat(ANA, ASK)

    assert record.model == "first"
    assert world.beta.seen == []


async def test_where_the_first_fails_at_once_the_next_is_not_waited_for():
    world = Patient(Script([status(401)]), Script([answer("from beta")]))

    _, record = await world.gateway(hedge=1.5).chat(ANA, ASK)

    assert [a.outcome for a in record.attempts] == [Outcome.STATUS, Outcome.OK]


async def test_two_lanes_that_fail_are_one_failure():
    world = Patient(Script([status(401)]), Script([status(403)]))

    with pytest.raises(Unavailable):
        _ = await world.gateway(hedge=1.5).chat(ANA, ASK)


async def test_a_refused_request_ends_both():
    world = Patient(Script([status(400)]), slow("from beta"))

    with pytest.raises(Invalid):
        _ = await world.gateway(hedge=1.5).chat(ANA, ASK)


async def test_streams_are_hedged_before_their_first_piece():
    alpha = Script([[chunk("a")]], gate=anyio.Event())
    world = Patient(alpha, Script([[chunk("b")]]))
    world.late.set()

    async with await world.gateway(hedge=0.5).open(ANA, asked()) as stream:
        assert stream.model == "second"


async def test_who_goes_away_ends_both_lanes():
    world = Patient(slow("a"), slow("b"))
    world.late.set()

    async with anyio.create_task_group() as group:
        group.start_soon(world.gateway(hedge=1.0).chat, ANA, ASK)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()

    record = world.book.records[0]
    assert [a.outcome for a in record.attempts] == [Outcome.CANCELLED] * 2
    assert record.error is not None
