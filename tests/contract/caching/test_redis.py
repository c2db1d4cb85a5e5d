"""What is Redis' own: time, size, and that nothing fails where it is away."""

import socket
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from redis.asyncio import Redis
from tests.contract.caching.server import NAMESPACE, URL, a_redis
from tests.contract.caching.test_store import HERE, entry, key
from tests.unit.gateway.fakes import StillClock

from podium.adapters.caching.coding import decoded, encoded
from podium.adapters.caching.redis import RedisStore
from podium.adapters.caching.redis_line import RedisLine, RedisOptions
from podium.gateway.caching.entries import Part
from podium.kernel.errors import Invalid, Unavailable


@asynccontextmanager
async def a_store(clock: StillClock) -> AsyncGenerator[RedisStore]:
    async with a_redis(clock) as line:
        yield RedisStore(line)


@asynccontextmanager
async def opened(options: RedisOptions, clock: StillClock) -> AsyncGenerator[RedisStore]:
    async with RedisLine.opened(options, clock) as line:
        yield RedisStore(line)


pytestmark = [pytest.mark.anyio, pytest.mark.service]


async def test_two_processes_see_the_same_entries_and_redis_forgets_them_in_time():
    async with (
        a_store(StillClock()) as here,
        a_store(StillClock()) as there,
        Redis.from_url(URL) as plain,
    ):
        await here.put(key("a"), entry("ok"), seconds=60)
        assert await there.get(key("a")) == entry("ok")
        [name] = [name async for name in plain.scan_iter(match=f"{NAMESPACE}:*")]
        assert 59_000 < await plain.pttl(name) <= 60_000
        assert name.decode() == f"{NAMESPACE}:cache:1:ws_1/chat/user/user_ana:{'a' * 64}"


async def test_large_answers_are_compressed():
    text = "the same words over and over " * 1000
    async with a_store(StillClock()) as store, Redis.from_url(URL) as plain:
        await store.put(key("a"), entry(text), seconds=60)
        [name] = [name async for name in plain.scan_iter(match=f"{NAMESPACE}:*")]
        assert await plain.strlen(name) < len(text) / 10
        assert await store.get(key("a")) == entry(text)


@pytest.mark.parametrize(
    "data", [b"", b"0", b"1", b"1nonsense", b"0\xc1", b"0\x93\x01\x02\x03", b"2abc"]
)
async def test_what_is_no_entry_is_a_miss(data: bytes):
    async with a_store(StillClock()) as store, Redis.from_url(URL) as plain:
        await store.put(key("a"), entry(), seconds=60)
        [name] = [name async for name in plain.scan_iter(match=f"{NAMESPACE}:*")]
        await plain.set(name, data)
        assert await store.get(key("a")) is None
        await store.put(key("a"), entry(), seconds=60)
        assert await store.get(key("a")) == entry()


def test_an_entry_is_the_same_after_it_was_bytes():
    for one in (entry(""), entry("x" * 10_000)):
        assert decoded(encoded(one)) == one


async def test_a_part_of_many_is_forgotten():
    async with a_store(StillClock()) as store:
        for number in range(1_200):
            await store.put(key(f"{number:04}"), entry(), seconds=60)
        assert await store.purge(Part(HERE)) == 1_200


async def test_a_redis_that_is_away_has_nothing_and_is_left_alone_for_a_moment():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    clock = StillClock()
    async with opened(RedisOptions(f"redis://127.0.0.1:{port}/0"), clock) as store:
        assert await store.get(key("a")) is None
        assert store.line.away
        await store.put(key("a"), entry(), seconds=60)
        assert await store.get(key("a")) is None
        with pytest.raises(Unavailable, match="purged"):
            _ = await store.purge(Part(HERE))
        clock.at += 1.1
        assert not store.line.away
        assert await store.get(key("a")) is None
        assert store.line.away


async def test_a_redis_that_does_not_answer_is_not_waited_for():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        async with opened(RedisOptions(url, deadline=0.05), StillClock()) as store:
            began = time.monotonic()
            for _ in range(20):
                assert await store.get(key("a")) is None
            assert store.line.away
    assert time.monotonic() - began < 5


async def test_a_redis_that_comes_back_is_used_again():
    clock = StillClock()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(a_store(clock))
        await store.put(key("a"), entry(), seconds=60)
        await store.line.redis.connection_pool.disconnect()
        assert await store.get(key("a")) == entry()


async def test_a_url_of_something_else_is_refused():
    with pytest.raises(Invalid, match="rediss://"):
        async with opened(RedisOptions("http://127.0.0.1/"), StillClock()):
            pass
