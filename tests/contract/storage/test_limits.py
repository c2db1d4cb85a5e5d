"""Counters that processes share, in memory, in a database and in Redis: the same answers."""

import os
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import anyio
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fakes_limits import MemorySpend
from tests.world import FakeClock

from podium.adapters.redis_limits import RedisLimits
from podium.adapters.storage.database import Database, open_database
from podium.adapters.storage.limits import SqlLimits, server_time
from podium.adapters.storage.spending import SqlSpending
from podium.gateway.limits.memory import MemoryStore
from podium.gateway.limits.ports import (
    Answer,
    Ask,
    AskPool,
    AskRate,
    Granted,
    LimitStore,
    Payer,
    SpendingStore,
    Spent,
    Unknown,
)
from podium.gateway.limits.rules import Scope
from podium.kernel.errors import Invalid, Unavailable
from podium.kernel.money import NanoUsd

pytestmark = pytest.mark.anyio

REDIS = "redis://127.0.0.1:6379/0"
NOON = 1_728_043_200.0
LARGE = 2**60


@dataclass
class Shared:
    """A store and its clock; names are this test's own."""

    store: LimitStore
    clock: FakeClock
    prefix: str = field(default_factory=lambda: os.urandom(6).hex())

    async def rate(self, wanted: int, *, least: int = 1, limit: int = 10, **used: int) -> Granted:
        corrections = {int(slot.removeprefix("at_")): more for slot, more in used.items()}
        ask = AskRate(f"{self.prefix} rate", limit, wanted, least, corrections)
        (answer,) = await self.store.exchange("one", [ask])
        assert isinstance(answer, Granted)
        return answer

    async def pool(
        self,
        process: str,
        wanted: int,
        *,
        held: int = 0,
        spent: int = 0,
        before: int | None = 0,
        limit: int = 10,
    ) -> Answer:
        ask = AskPool(f"{self.prefix} pool", limit, wanted, 1, held, spent, before, NOON + 9_999)
        (answer,) = await self.store.exchange(process, [ask])
        return answer


def _need_redis() -> None:
    try:
        _ = redis.Redis.from_url(REDIS, socket_connect_timeout=3).ping()
    except redis.RedisError as error:
        if os.environ.get("CI") == "true":  # noqa: TID251 the suite's edge
            raise
        pytest.skip(f"Redis at 127.0.0.1:6379 does not answer: {error}")


_SERVICE = [
    pytest.param("postgresql", marks=pytest.mark.service),
    pytest.param("redis", marks=pytest.mark.service),
]


@pytest.fixture(params=["memory", "sqlite", *_SERVICE])
async def shared(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Shared]:
    clock, kind = FakeClock(NOON), cast("str", request.param)
    if kind == "memory":
        yield Shared(MemoryStore(clock), clock)
        return
    if kind == "redis":
        _need_redis()
        store = RedisLimits(REDIS, clock.now)
        yield Shared(store, clock)
        await store.close()
        return
    database = open_database(_database(request, tmp_path, kind))
    yield Shared(SqlLimits(database, lambda _: clock.now()), clock)
    await database.close()


def _database(request: pytest.FixtureRequest, folder: Path, kind: str) -> str:
    if kind == "postgresql":
        return cast("str", request.getfixturevalue("postgresql_tables"))
    path = folder / "limits.db"
    _ = path.write_bytes(cast("Path", request.getfixturevalue("sqlite_tables")).read_bytes())
    return f"sqlite:///{path}"


async def test_a_window_grants_up_to_its_limit_in_any_60_seconds(shared: Shared):
    assert await shared.rate(4) == Granted(4, 4, 1.0, 0.0, int(NOON))
    shared.clock.at += 30.25
    assert await shared.rate(20) == Granted(6, 10, 0.75, 0.0, int(NOON) + 30)
    refused = await shared.rate(1)
    assert (refused.granted, refused.used, refused.wait) == (0, 10, 30.75)
    assert (await shared.rate(5, least=5)).wait == 60.75
    shared.clock.at = NOON + 60.99
    assert (await shared.rate(1)).granted == 0
    shared.clock.at = NOON + 61
    assert (await shared.rate(9)).granted == 4


async def test_less_than_the_least_is_not_granted(shared: Shared):
    _ = await shared.rate(8)
    assert (await shared.rate(5, least=3)).granted == 0
    assert (await shared.rate(5, least=2)).granted == 2


async def test_a_window_is_corrected_in_the_second_it_happened(shared: Shared):
    first = await shared.rate(8)
    back = await shared.rate(0, least=0, **{f"at_{first.slot}": -6})
    assert (back.granted, back.used) == (0, 2)
    shared.clock.at += 30
    assert (await shared.rate(8, **{f"at_{first.slot}": 2})).granted == 6
    shared.clock.at += 31
    assert (await shared.rate(9, **{f"at_{first.slot}": 100})).granted == 4


async def test_a_pool_is_unknown_until_it_is_told_what_was_spent(shared: Shared):
    assert await shared.pool("one", 5, before=None, spent=3) == Unknown()
    assert await shared.pool("one", 5, before=4) == Granted(5, 9, 15.0, 1.0)
    assert await shared.pool("two", 1, before=0) == Granted(1, 10, 15.0, 1.0)
    assert await shared.pool("two", 1, before=None, held=1) == Granted(0, 10, 15.0, 1.0)


async def test_what_is_held_and_spent_counts_until_it_is_given_back(shared: Shared):
    _ = await shared.pool("one", 6)
    assert await shared.pool("two", 5) == Granted(4, 10, 15.0, 1.0)
    assert await shared.pool("one", 0, held=0, spent=1) == Granted(0, 5, 15.0, 1.0)
    assert await shared.pool("two", 9, held=4) == Granted(5, 10, 15.0, 1.0)


async def test_what_a_dead_process_holds_ends_by_itself(shared: Shared):
    _ = await shared.pool("dead", 7)
    shared.clock.at += 14.9
    assert await shared.pool("two", 9) == Granted(3, 10, 15.0, 1.0)
    shared.clock.at += 0.1
    assert await shared.pool("two", 9) == Granted(9, 9, 15.0, 1.0)


async def test_large_amounts_of_money_are_exact_to_a_nano_dollar(shared: Shared):
    _ = await shared.pool("one", 0, before=8 * 10**15, limit=LARGE)
    for _ in range(3):
        found = await shared.pool("one", 0, spent=1, limit=LARGE)
    assert isinstance(found, Granted)
    assert found.used == 8 * 10**15 + 3


async def test_many_counters_are_asked_at_once_in_any_order(shared: Shared):
    names = [f"{shared.prefix} {number}" for number in range(20)]
    asks = [AskRate(name, 10, 6, 1, {}) for name in names]

    async def ask(order: list[Ask]) -> None:
        found.extend(await shared.store.exchange("one", order))

    found: list[Answer] = []
    async with anyio.create_task_group() as group:
        for order in (asks, asks[::-1]) * 3:
            group.start_soon(ask, list(order))
    granted = sorted(one.granted for one in found if isinstance(one, Granted))
    assert granted == [0] * 80 + [4] * 20 + [6] * 20
    assert await shared.store.exchange("one", []) in ([], ())


_MOVES = st.lists(
    st.tuples(
        st.sampled_from(["rate", "pool", "wait"]),
        st.integers(0, 12),
        st.integers(0, 3),
        st.integers(-3, 6),
        st.floats(0.0, 30.0),
    ),
    max_size=25,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(moves=_MOVES)
def test_every_history_has_the_answers_of_memory(
    request: pytest.FixtureRequest, moves: list[tuple[str, int, int, int, float]]
):
    _need_redis()
    _ = request
    anyio.run(_history, moves)


async def _history(moves: list[tuple[str, int, int, int, float]]) -> None:
    clock = FakeClock(NOON)
    one = Shared(MemoryStore(clock), clock)
    remote = RedisLimits(REDIS, clock.now)
    other = Shared(remote, clock)
    slots = [int(NOON)]
    for what, wanted, least, more, seconds in moves:
        match what:
            case "rate":
                used = {f"at_{slots[wanted % len(slots)]}": more}
                mine, theirs = [await s.rate(wanted, least=least, **used) for s in (one, other)]
                slots.append(mine.slot)
            case "pool":
                process, held = f"process {least}", abs(more)
                mine, theirs = [
                    await s.pool(process, wanted, held=held, spent=least) for s in (one, other)
                ]
            case _:
                clock.at = round(clock.at + seconds, 3)
                continue
        assert _rounded(mine) == _rounded(theirs)
    await remote.close()


def _rounded(answer: Answer) -> object:
    if isinstance(answer, Unknown):
        return answer
    times = (round(answer.lasts, 3), round(answer.wait, 3))
    return answer.granted, answer.used, times, answer.slot


@pytest.mark.service
async def test_the_times_of_the_servers_are_used_unless_told_otherwise(postgresql_tables: str):
    _need_redis()
    database, remote = open_database(postgresql_tables), RedisLimits(REDIS)
    now = await database.read(server_time)
    name = os.urandom(6).hex()
    for store in (SqlLimits(database), remote):
        (answer,) = await store.exchange("one", [AskRate(name, 10, 1, 1, {})])
        assert isinstance(answer, Granted)
        assert abs(answer.slot - now) < 60
        assert 0 < answer.lasts <= 1
    await remote.close()
    await database.close()


async def test_counters_that_are_of_no_use_any_more_leave_the_database(database: Database):
    clock = FakeClock(NOON)
    store = SqlLimits(database, lambda _: clock.now())
    for at in (0, 50, 125, 200):
        clock.at = NOON + at
        _ = await store.exchange("one", [AskRate(f"rate {at}", 10, 1, 1, {})])

    from sqlalchemy import select  # noqa: PLC0415

    from podium.adapters.storage.gateway_tables import limit_counters  # noqa: PLC0415

    rows = await database.read(lambda c: c.execute(select(limit_counters.c.name)).scalars().all())
    assert sorted(rows) == ["rate 125", "rate 200"]


async def test_redis_that_does_not_answer_is_unavailable_and_its_address_stays_secret():
    remote = RedisLimits("redis://:hunter2@127.0.0.1:1/0")
    with pytest.raises(Unavailable, match="Redis, which holds the limits") as raised:
        _ = await remote.exchange("one", [AskRate("x", 1, 1, 1, {})])
    assert "hunter2" not in raised.value.message
    await remote.close()
    with pytest.raises(Invalid, match="address of Redis cannot be read") as refused:
        _ = RedisLimits("http://:hunter2@127.0.0.1")
    assert "hunter2" not in refused.value.message


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
async def spend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[SpendingStore]:
    kind = cast("str", request.param)
    if kind == "memory":
        yield MemorySpend()
        return
    url = _database(request, tmp_path, kind)
    database = open_database(url)
    from sqlalchemy import delete  # noqa: PLC0415

    from podium.adapters.storage.gateway_tables import spending as table  # noqa: PLC0415

    _ = await database.write(lambda connection: connection.execute(delete(table)))
    yield SqlSpending(database)
    await database.close()


def _payer(day: int = 5, *, key: str = "k", team: str = "", model: str = "gpt") -> Payer:
    return Payer(day, "ws", "ann", key, team, model)


def _spent(cost: int) -> Spent:
    return Spent(1, 10, NanoUsd(cost))


async def test_spending_adds_up_by_scope_and_days(spend: SpendingStore):
    await spend.add({_payer(4): _spent(1), _payer(5): _spent(10)})
    await spend.add({_payer(5): _spent(100), _payer(5, key="other", team="t"): _spent(1000)})
    await spend.add({})
    total = spend.total
    assert await total(Scope(key="k"), 5, 5) == Spent(2, 20, NanoUsd(110))
    assert (await total(Scope(key="k"), 4, 5)).cost == 111
    assert (await total(Scope(workspace="ws"), 0, 99)).cost == 1111
    assert (await total(Scope(user="ann", model="gpt", team="t"), 0, 99)).cost == 1000
    assert await total(Scope(model="other"), 0, 99) == Spent()
    assert (await total(Scope(), 5, 5)).cost == 1110


async def test_spending_of_many_writers_at_once_is_all_there(spend: SpendingStore):
    payers = [_payer(key=f"key {number}") for number in range(30)]

    async def add(order: list[Payer]) -> None:
        for _ in range(5):
            await spend.add(dict.fromkeys(order, _spent(2**40)))

    async with anyio.create_task_group() as group:
        for order in (payers, payers[::-1]) * 2:
            group.start_soon(add, order)
    total = await spend.total(Scope(workspace="ws"), 5, 5)
    assert total == Spent(600, 6000, NanoUsd(600 * 2**40))
