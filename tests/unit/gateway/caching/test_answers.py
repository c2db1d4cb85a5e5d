"""Whole answers: kept, found again, shared while they are under way."""

import anyio
import anyio.lowlevel
import pytest
from tests.unit.gateway.caching.world import EXACT, USAGE, Asking, asked, caching, reply
from tests.unit.gateway.fakes import ANA

from podium.gateway.caching.entries import Part
from podium.gateway.caching.rules import CacheRule, CacheScope, CacheStatus
from podium.gateway.caching.service import NotCached
from podium.gateway.models import Route
from podium.gateway.requests import Reply
from podium.identity.principal import Principal, Role
from podium.kernel.errors import Invalid, LimitReached, Refused, TimedOut, Unavailable
from podium.kernel.ids import UserId

pytestmark = pytest.mark.anyio


async def test_an_equal_request_gets_the_same_answer_at_no_cost():
    ask = Asking()
    async with caching() as place:
        first = await place.cache.answer(asked(), ask)
        place.clock.at += 59.0
        again = await place.cache.answer(asked(), ask)
    assert (first.status, first.age, first.saved) == (CacheStatus.MISS, 0.0, None)
    assert (again.status, again.age, again.saved) == (CacheStatus.HIT, 59.0, USAGE)
    assert again.value == first.value
    assert ask.times == 1


async def test_after_its_time_it_is_asked_for_again():
    ask = Asking()
    async with caching() as place:
        _ = await place.cache.answer(asked(), ask)
        place.clock.at += 61.0
        assert (await place.cache.answer(asked(), ask)).status is CacheStatus.MISS
    assert ask.times == 2


@pytest.mark.parametrize("rule", [CacheRule(), CacheRule(EXACT.mode, scope=CacheScope.TEAM)])
async def test_without_a_rule_or_a_scope_nothing_is_kept(rule):
    ask = Asking()
    async with caching() as place:
        for _ in range(2):
            assert (await place.cache.answer(asked(rule=rule), ask)).status is CacheStatus.BYPASS
        assert len(place.store) == 0
    assert ask.times == 2


async def test_no_cache_asks_and_keeps_what_it_hears():
    old, new = Asking(reply("old")), Asking(reply("new"))
    async with caching() as place:
        _ = await place.cache.answer(asked(), old)
        fresh = await place.cache.answer(asked(header="no-cache"), new)
        kept = await place.cache.answer(asked(), old)
    assert (fresh.status, fresh.value) == (CacheStatus.BYPASS, reply("new"))
    assert (kept.status, kept.value) == (CacheStatus.HIT, reply("new"))


async def test_no_store_neither_looks_nor_keeps():
    old, new = Asking(reply("old")), Asking(reply("new"))
    async with caching() as place:
        _ = await place.cache.answer(asked(), old)
        fresh = await place.cache.answer(asked(header="no-store"), new)
        kept = await place.cache.answer(asked(), old)
    assert (fresh.status, fresh.value) == (CacheStatus.BYPASS, reply("new"))
    assert kept.value == reply("old")


async def test_an_answer_that_is_older_than_welcome_is_asked_for_again():
    ask = Asking()
    async with caching() as place:
        _ = await place.cache.answer(asked(), ask)
        place.clock.at += 10.0
        hit = await place.cache.answer(asked(header="max-age=10"), ask)
        miss = await place.cache.answer(asked(header="max-age=9"), ask)
    assert (hit.status, miss.status) == (CacheStatus.HIT, CacheStatus.MISS)


@pytest.mark.parametrize("rule", [EXACT, CacheRule()])
async def test_only_if_cached_never_asks(rule):
    ask = Asking()
    async with caching() as place:
        with pytest.raises(NotCached, match="only-if-cached") as refused:
            _ = await place.cache.answer(asked(rule=rule, header="only-if-cached"), ask)
        assert isinstance(refused.value, TimedOut)
        assert ask.times == 0
        _ = await place.cache.answer(asked(), ask)
        hit = await place.cache.answer(asked(header="only-if-cached"), ask)
    assert hit.status is CacheStatus.HIT


@pytest.mark.parametrize(
    "ask",
    [
        Asking(reply("cut", "length")),
        Asking(reply("cut", "max_tokens")),
        Asking(reply("bad", "content_filter")),
        Asking(reply("half", "stop", "length")),
        Asking(Reply(b"{}", USAGE)),
        Asking(reply("x" * 2_000_000)),
        Asking(drops=True),
    ],
    ids=["length", "max_tokens", "filtered", "one of two", "no reason", "large", "guarded"],
)
async def test_what_is_not_a_whole_answer_is_not_kept(ask):
    async with caching() as place:
        for _ in range(2):
            assert (await place.cache.answer(asked(), ask)).status is CacheStatus.MISS
        assert len(place.store) == 0
    assert ask.times == 2


@pytest.mark.parametrize("reason", ["stop", "tool_calls", "end_turn", "tool_use", "completed"])
async def test_every_protocol_has_its_word_for_a_whole_answer(reason):
    async with caching() as place:
        _ = await place.cache.answer(asked(), Asking(reply("ok", reason)))
        assert len(place.store) == 1


@pytest.mark.parametrize("error", [Unavailable("down"), Invalid("bad"), LimitReached("busy")])
async def test_errors_are_not_kept(error):
    async with caching() as place:
        with pytest.raises(type(error)):
            _ = await place.cache.answer(asked(), Asking(error=error))
        assert (await place.cache.answer(asked(), Asking())).status is CacheStatus.MISS


STALE = CacheRule(EXACT.mode, ttl=60.0, stale=30.0)


@pytest.mark.parametrize("error", [Unavailable("down"), TimedOut("slow"), LimitReached("busy")])
async def test_where_the_upstream_fails_an_old_answer_serves_for_a_while(error):
    down = Asking(error=error)
    async with caching() as place:
        _ = await place.cache.answer(asked(rule=STALE), Asking())
        place.clock.at += 75.0
        old = await place.cache.answer(asked(rule=STALE), down)
        assert (old.status, old.age, old.saved) == (CacheStatus.STALE, 75.0, USAGE)
        assert down.times == 1
        place.clock.at += 16.0
        with pytest.raises(type(error)):
            _ = await place.cache.answer(asked(rule=STALE), down)


async def test_a_request_that_is_refused_gets_no_old_answer():
    async with caching() as place:
        _ = await place.cache.answer(asked(rule=STALE), Asking())
        place.clock.at += 75.0
        with pytest.raises(Invalid):
            _ = await place.cache.answer(asked(rule=STALE), Asking(error=Invalid("no")))


async def test_equal_requests_in_flight_are_one_call_upstream():
    ask = Asking(gate=anyio.Event())
    served = []
    async with caching() as place, anyio.create_task_group() as group:

        async def one() -> None:
            served.append(await place.cache.answer(asked(), ask))

        for _ in range(5):
            group.start_soon(one)
        await anyio.wait_all_tasks_blocked()
        assert ask.gate is not None
        ask.gate.set()
    statuses = [one.status for one in served]
    assert statuses.count(CacheStatus.MISS) == 1
    assert statuses.count(CacheStatus.HIT) == 4
    assert [one.saved for one in served if one.status is CacheStatus.HIT] == [USAGE] * 4
    assert ask.times == 1


async def test_other_requests_in_flight_are_calls_of_their_own():
    ask = Asking(gate=anyio.Event())
    async with caching() as place, anyio.create_task_group() as group:
        for text in ("a", "b"):
            group.start_soon(place.cache.answer, asked(text), ask)
        await anyio.wait_all_tasks_blocked()
        assert ask.times == 2
        assert ask.gate is not None
        ask.gate.set()


async def test_an_error_in_flight_is_everybodys():
    ask = Asking(error=Unavailable("down"), gate=anyio.Event())
    seen = []
    async with caching() as place, anyio.create_task_group() as group:

        async def one() -> None:
            with pytest.raises(Unavailable, match="down") as raised:
                _ = await place.cache.answer(asked(), ask)
            seen.append(raised.value)

        for _ in range(3):
            group.start_soon(one)
        await anyio.wait_all_tasks_blocked()
        assert ask.gate is not None
        ask.gate.set()
    assert (ask.times, len(seen)) == (1, 3)


async def test_a_fault_of_ours_reaches_who_waits_and_harms_no_other():
    async with caching() as place:
        with pytest.raises(ZeroDivisionError):
            _ = await place.cache.answer(asked(), Asking(error=ZeroDivisionError("oops")))
        assert (await place.cache.answer(asked(), Asking())).status is CacheStatus.MISS


async def test_the_call_goes_on_for_others_where_the_first_one_leaves():
    ask = Asking(gate=anyio.Event())
    served = []
    first = anyio.CancelScope()
    async with caching() as place, anyio.create_task_group() as group:

        async def leaves() -> None:
            with first:
                _ = await place.cache.answer(asked(), ask)

        async def stays() -> None:
            served.append(await place.cache.answer(asked(), ask))

        group.start_soon(leaves)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(stays)
        await anyio.wait_all_tasks_blocked()
        first.cancel()
        await anyio.wait_all_tasks_blocked()
        assert ask.gate is not None
        ask.gate.set()
    assert (ask.times, ask.cancelled, len(served)) == (1, 0, 1)


async def test_the_call_ends_where_nobody_waits_and_the_next_one_makes_its_own():
    ask = Asking(gate=anyio.Event())
    async with caching() as place:
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as group:
                for _ in range(3):
                    group.start_soon(place.cache.answer, asked(), ask)
                await anyio.wait_all_tasks_blocked()
                scope.cancel()
        await anyio.wait_all_tasks_blocked()
        assert (ask.times, ask.cancelled, len(place.store)) == (1, 1, 0)
        assert (await place.cache.answer(asked(), Asking())).status is CacheStatus.MISS


async def test_a_cache_that_ends_tells_those_who_wait():
    ask = Asking(gate=anyio.Event())
    told = []
    async with anyio.create_task_group() as group, caching() as place:

        async def one() -> None:
            with pytest.raises(Unavailable) as raised:
                _ = await place.cache.answer(asked(), ask)
            told.append(raised.value)

        group.start_soon(one)
        await anyio.wait_all_tasks_blocked()
    with pytest.raises(Unavailable, match="ending"):
        _ = await place.cache.answer(asked(), ask)
    assert len(told) == 1


BOSS = Principal(UserId("user_boss"), ANA.workspace, "boss", frozenset({Role.ADMIN}))


async def test_an_admin_forgets_a_route_and_its_callers_are_asked_for_again():
    async with caching() as place:
        _ = await place.cache.answer(asked(), Asking())
        assert await place.cache.purge(BOSS, Part(ANA.workspace, route="other")) == 0
        assert await place.cache.purge(BOSS, Part(ANA.workspace, route="chat")) == 1
        assert (await place.cache.answer(asked(), Asking())).status is CacheStatus.MISS


async def test_a_member_forgets_what_is_kept_for_nobody_else():
    async with caching() as place:
        _ = await place.cache.answer(asked(), Asking())
        own = Part(ANA.workspace, scope=CacheScope.USER, holder=ANA.user)
        assert await place.cache.purge(ANA, own) == 1
        with pytest.raises(Refused):
            _ = await place.cache.purge(ANA, Part(ANA.workspace))


def test_no_rule_is_off():
    assert Route("chat", ()).cache == CacheRule()


async def test_an_answer_that_was_asked_for_before_a_purge_is_not_kept_after_it():
    gate, ask = anyio.Event(), Asking()
    ask.gate = gate
    admin = Principal(ANA.user, ANA.workspace, "ana", frozenset({Role.ADMIN}))
    async with caching() as place, anyio.create_task_group() as group:
        group.start_soon(place.cache.answer, asked(), ask)
        while not ask.times:
            await anyio.lowlevel.checkpoint()
        assert await place.cache.purge(admin, Part(ANA.workspace)) == 0
        gate.set()
        for _ in range(20):
            await anyio.lowlevel.checkpoint()
        assert (await place.cache.answer(asked(), Asking())).status is CacheStatus.MISS


async def test_it_counts_how_each_route_was_answered():
    admin = Principal(ANA.user, ANA.workspace, "ana", frozenset({Role.ADMIN}))
    async with caching() as place:
        for header in ("", "", "no-store"):
            _ = await place.cache.answer(asked(header=header), Asking())
        found = place.cache.statistics(admin)
        with pytest.raises(Refused):
            _ = place.cache.statistics(ANA)
    assert found.served == {
        "chat": {CacheStatus.MISS: 1, CacheStatus.HIT: 1, CacheStatus.BYPASS: 1}
    }
    assert found.entries == 1
    assert found.bytes
