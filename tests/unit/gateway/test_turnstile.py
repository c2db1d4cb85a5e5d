from collections import Counter

import anyio
import pytest
from anyio.lowlevel import checkpoint
from tests.pace import HANGS

from podium.gateway.turnstile import TurnRules, Turnstile
from podium.kernel.errors import LimitReached

pytestmark = pytest.mark.anyio


async def _settled() -> None:
    for _ in range(20):
        await checkpoint()


async def test_so_many_pass_and_the_next_one_waits_for_a_turn():
    gate = Turnstile(TurnRules(most=2))
    passed = []

    async def come(name: str) -> None:
        await gate.enter(name)
        passed.append(name)

    async with anyio.create_task_group() as group:
        for name in "abc":
            group.start_soon(come, name)
        await _settled()
        assert passed == ["a", "b"]
        gate.leave()
    assert passed == ["a", "b", "c"]
    assert (gate.under_way, gate.waiting) == (2, 0)


async def test_turns_go_round_the_keys():
    gate = Turnstile(TurnRules(most=1))
    order = []

    async def come(key: str) -> None:
        await gate.enter(key)
        order.append(key)
        gate.leave()

    await gate.enter("first")
    async with anyio.create_task_group() as group:
        for key in "aaaab":
            group.start_soon(come, key)
            await _settled()
        gate.leave()
    assert order.index("b") == 1
    assert Counter(order) == {"a": 4, "b": 1}
    assert (gate.under_way, gate.waiting) == (0, 0)


async def test_where_nobody_more_may_wait_who_waits_most_often_gives_way():
    gate = Turnstile(TurnRules(most=1, waiting=3))
    sent_away, passed = [], []

    async def come(key: str) -> None:
        try:
            await gate.enter(key)
        except LimitReached as busy:
            sent_away.append((key, busy.retry_after))
        else:
            passed.append(key)
            gate.leave()

    await gate.enter("first")
    async with anyio.create_task_group() as group:
        for key in ["greedy", "greedy", "greedy", "modest", "greedy"]:
            group.start_soon(come, key)
            await _settled()
        gate.leave()
    assert sent_away == [("greedy", 1.0), ("greedy", 1.0)]
    assert sorted(passed) == ["greedy", "greedy", "modest"]


async def test_patience_ends():
    gate = Turnstile(TurnRules(most=1, patience=0.01))
    await gate.enter("a")
    with pytest.raises(LimitReached, match=r"gateway\.concurrency"):
        await gate.enter("b")
    assert gate.waiting == 0
    gate.leave()
    await gate.enter("c")


async def test_who_is_cancelled_while_waiting_stands_in_line_no_more():
    gate = Turnstile(TurnRules(most=1))
    await gate.enter("a")
    async with anyio.create_task_group() as group:
        group.start_soon(gate.enter, "b")
        await _settled()
        group.cancel_scope.cancel()
    assert gate.waiting == 0
    gate.leave()
    assert gate.under_way == 0


async def test_who_is_cancelled_as_its_turn_comes_gives_the_turn_on():
    gate = Turnstile(TurnRules(most=1))

    async def come() -> None:
        await gate.enter("b")
        gate.leave()

    await gate.enter("a")
    async with anyio.create_task_group() as group:
        group.start_soon(come)
        await _settled()
        gate.leave()
        group.cancel_scope.cancel()
    assert (gate.under_way, gate.waiting) == (0, 0)


async def test_no_key_may_wait_at_all_where_waiting_is_0():
    gate = Turnstile(TurnRules(most=1, waiting=0))
    await gate.enter("a")
    with pytest.raises(LimitReached, match="0 calls wait already"):
        await gate.enter("b")


async def test_who_waits_has_a_turn_when_there_are_more_of_them():
    turnstile = Turnstile(TurnRules(most=1, waiting=5, patience=60))
    first = await turnstile.turn("a")
    had: list[str] = []

    async def wait(key: str) -> None:
        _ = await turnstile.turn(key)
        had.append(key)

    with anyio.fail_after(HANGS):
        async with anyio.create_task_group() as group:
            for key in "bcd":
                group.start_soon(wait, key)
            while turnstile.waiting < 3:
                await checkpoint()
            turnstile.change(TurnRules(most=3, waiting=5, patience=60))
            while len(had) < 2:
                await checkpoint()
            assert (turnstile.under_way, turnstile.waiting) == (3, 1)
            first.leave()
    assert sorted(had) == ["b", "c", "d"]
