"""The same tests over every place where the cache keeps answers."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest
from tests.contract.caching.server import a_redis
from tests.unit.gateway.fakes import StillClock

from podium.adapters.caching.memory import MemoryStore
from podium.adapters.caching.redis import RedisStore
from podium.gateway.caching.entries import Entry, Key, Part, place
from podium.gateway.caching.ports import CacheStore
from podium.gateway.models import Usage, UsageSource
from podium.gateway.requests import Reply
from podium.kernel.ids import WorkspaceId

pytestmark = pytest.mark.anyio

HERE = WorkspaceId("ws_1")


@dataclass
class Kept:
    store: CacheStore
    clock: StillClock


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.service)])
async def kept(request: pytest.FixtureRequest) -> AsyncGenerator[Kept]:
    clock = StillClock()
    if request.param == "memory":
        yield Kept(MemoryStore(clock), clock)
        return
    async with a_redis(clock) as line:
        yield Kept(RedisStore(line), clock)


def entry(text: str = "ok") -> Entry:
    usage = Usage(7, 3, 2, 1, UsageSource.ESTIMATED)
    reply = Reply(text.encode(), usage, "m", ("stop", "tool_calls"), "application/x")
    return Entry(reply, 1_790_000_000.25)


def key(digest: str, route: str = "chat", holder: str = "user_ana") -> Key:
    return Key(place(HERE, route, "user", holder=holder), digest * 64)


async def test_an_entry_comes_back_as_it_was(kept: Kept):
    await kept.store.put(key("a"), entry("ü" * 5000), seconds=60)
    assert await kept.store.get(key("a")) == entry("ü" * 5000)
    assert await kept.store.get(key("b")) is None


async def test_usage_may_be_unknown(kept: Kept):
    unknown = Entry(Reply(b"{}", None), 1.5)
    await kept.store.put(key("a"), unknown, seconds=60)
    assert await kept.store.get(key("a")) == unknown


async def test_the_newer_entry_takes_the_place_of_the_older(kept: Kept):
    await kept.store.put(key("a"), entry("old"), seconds=60)
    await kept.store.put(key("a"), entry("new"), seconds=60)
    assert await kept.store.get(key("a")) == entry("new")
    assert await kept.store.purge(Part(HERE)) == 1


@pytest.mark.parametrize(
    ("part", "gone"),
    [
        (Part(HERE), {"a", "b", "c"}),
        (Part(HERE, route="chat"), {"a", "b"}),
        (Part(HERE, holder="user_bob"), {"b", "c"}),
        (Part(HERE, "chat", "user", "user_bob"), {"b"}),
        (Part(HERE, route="*"), set()),
        (Part(HERE, route="cha?"), set()),
        (Part(WorkspaceId("ws_2")), {"d"}),
    ],
)
async def test_a_part_is_forgotten_and_nothing_else(kept: Kept, part: Part, gone: set[str]):
    keys = {
        "a": key("a"),
        "b": key("b", holder="user_bob"),
        "c": key("c", route="[a]*/ü:?", holder="user_bob"),
        "d": Key(place(WorkspaceId("ws_2"), "chat", "user", holder="user_eva"), "d" * 64),
    }
    for one in keys.values():
        await kept.store.put(one, entry(), seconds=60)
    assert await kept.store.purge(part) == len(gone)
    for name, one in keys.items():
        assert (await kept.store.get(one) is None) == (name in gone)
