"""Answers in this process: bounded in time, number and bytes."""

import pytest
from tests.unit.gateway.fakes import StillClock

from podium.adapters.caching.memory import MemoryStore
from podium.gateway.caching.entries import OVERHEAD, Entry, Key
from podium.gateway.requests import Reply

pytestmark = pytest.mark.anyio


def key(number: int) -> Key:
    return Key("ws_1/chat/user/user_ana", f"{number:064}")


def entry(size: int) -> Entry:
    return Entry(Reply(b"x" * size, None), 0.0)


async def test_an_entry_is_gone_after_its_time():
    clock = StillClock()
    store = MemoryStore(clock)
    await store.put(key(1), entry(10), seconds=60.0)
    clock.at += 59.9
    assert await store.get(key(1)) is not None
    clock.at += 0.1
    assert await store.get(key(1)) is None
    assert (len(store), store.bytes) == (0, 0)


async def test_the_longest_unused_goes_first_where_bytes_are_out():
    store = MemoryStore(StillClock(), max_bytes=3 * (OVERHEAD + 100))
    for number in (1, 2, 3):
        await store.put(key(number), entry(100), seconds=60.0)
    _ = await store.get(key(1))
    await store.put(key(4), entry(100), seconds=60.0)
    assert [await store.get(key(number)) is None for number in (1, 2, 3, 4)] == [
        False,
        True,
        False,
        False,
    ]
    assert store.bytes == store.max_bytes


async def test_what_is_larger_than_all_of_it_drops_nothing_else():
    store = MemoryStore(StillClock(), max_bytes=5_000)
    await store.put(key(1), entry(100), seconds=60.0)
    await store.put(key(2), entry(5_000), seconds=60.0)
    assert await store.get(key(1)) is not None
    assert await store.get(key(2)) is None


async def test_a_larger_one_of_the_same_key_counts_once():
    store = MemoryStore(StillClock())
    for size in (100, 200, 300):
        await store.put(key(1), entry(size), seconds=60.0)
    assert store.bytes == entry(300).size


async def test_the_number_of_entries_is_bounded():
    store = MemoryStore(StillClock(), max_entries=10)
    for number in range(100):
        await store.put(key(number), entry(1), seconds=60.0)
    assert len(store) == 10
    assert await store.get(key(99)) is not None


async def test_in_a_smaller_store_the_longest_unused_goes_first():
    store = MemoryStore(StillClock())
    for number in (1, 2, 3):
        await store.put(key(number), entry(100), seconds=60.0)
    store.resize(store.max_bytes, 2)
    assert await store.get(key(1)) is None
    store.resize(OVERHEAD + 100, 2)
    assert store.size == (1, OVERHEAD + 100)
    assert await store.get(key(3)) is not None
