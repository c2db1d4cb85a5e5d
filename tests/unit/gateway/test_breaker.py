import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.gateway.fakes import ANA, ASK, EvenChance, Script, StillClock, World, answer, status

from podium.gateway.breaker import Breaker, BreakerRules
from podium.gateway.models import Outcome


def _open(clock: StillClock) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(5):
        permit = breaker.enter()
        assert permit is not None
        permit.failed()
    return breaker


def test_it_opens_after_five_failures_and_lets_nobody_through():
    breaker = _open(StillClock())

    assert breaker.enter() is None
    assert breaker.wait() == 5.0


def test_half_as_many_successes_keep_it_closed():
    breaker = Breaker(StillClock())
    for ok in [False, True, True] * 20:
        permit = breaker.enter()
        assert permit is not None
        permit.succeeded() if ok else permit.failed()
    assert breaker.enter() is not None


def test_failures_that_are_long_ago_do_not_count():
    clock = StillClock()
    breaker = Breaker(clock)
    for _ in range(20):
        permit = breaker.enter()
        assert permit is not None
        permit.failed()
        clock.at += 10.0


def test_after_the_pause_exactly_one_probe_passes():
    clock = StillClock()
    breaker = _open(clock)
    clock.at += 5.0

    permits = [breaker.enter() for _ in range(50)]

    assert sum(permit is not None for permit in permits) == 1


def test_a_probe_that_succeeds_closes_it():
    clock = StillClock()
    breaker = _open(clock)
    clock.at += 5.0
    probe = breaker.enter()
    assert probe is not None
    probe.succeeded()
    assert all(breaker.enter() for _ in range(10))


def test_each_failed_probe_doubles_the_pause_up_to_a_limit():
    clock = StillClock()
    breaker = _open(clock)
    pauses = []
    for _ in range(6):
        clock.at += breaker.wait()
        probe = breaker.enter()
        assert probe is not None
        probe.failed()
        pauses.append(breaker.wait())
    assert pauses == [10.0, 20.0, 40.0, 80.0, 120.0, 120.0]


def test_a_probe_that_says_nothing_makes_way_for_another():
    clock = StillClock()
    breaker = _open(clock)
    clock.at += 5.0
    probe = breaker.enter()
    assert probe is not None
    probe.dropped()
    assert breaker.enter() is not None
    assert breaker.enter() is None


def test_a_late_success_from_before_it_opened_does_not_close_it():
    clock = StillClock()
    breaker = Breaker(clock)
    late = breaker.enter()
    assert late is not None
    for _ in range(5):
        permit = breaker.enter()
        assert permit is not None
        permit.failed()
    clock.at += 5.0
    probe = breaker.enter()
    assert probe is not None
    late.succeeded()
    assert breaker.enter() is None


@given(st.lists(st.sampled_from(["enter", "ok", "fail", "drop", "wait"]), max_size=200))
def test_whatever_happens_at_most_one_probe_is_out_while_it_is_not_closed(steps):
    clock = StillClock()
    breaker = Breaker(clock, BreakerRules(failures=2))
    out = []
    for step in steps:
        if step == "wait":
            clock.at += 3.0
        elif step == "enter":
            was_closed = not breaker.open
            permit = breaker.enter()
            if permit is not None:
                assert was_closed or not any(not each[1] for each in out)
                out.append((permit, was_closed))
        elif out:
            permit, _ = out.pop()
            {"ok": permit.succeeded, "fail": permit.failed, "drop": permit.dropped}[step]()


@pytest.mark.anyio
async def test_of_fifty_calls_at_half_open_one_reaches_the_provider():
    world = World(Script([status(500)]), chance=EvenChance(0.0))
    gateway = world.gateway()
    for _ in range(5):
        _ = await gateway.chat(ANA, ASK)
    world.clock.at += 60.0
    world.alpha.steps = [answer("back")]
    world.alpha.gate = anyio.Event()
    seen_before = len(world.alpha.seen)

    async with anyio.create_task_group() as tasks:
        for _ in range(50):
            tasks.start_soon(gateway.chat, ANA, ASK)
        await anyio.wait_all_tasks_blocked()
        assert len(world.alpha.seen) == seen_before + 1
        world.alpha.gate.set()

    assert len(world.alpha.seen) == seen_before + 1
    outcomes = [r.attempts[0].outcome for r in world.book.records[-50:]]
    assert outcomes.count(Outcome.SHUT_OUT) == 49
    _, record = await gateway.chat(ANA, ASK)
    assert record.provider == "alpha"
