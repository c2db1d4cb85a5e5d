"""Streams: replayed from whole answers, kept as whole answers, shared by several readers."""

import anyio
import pytest
from tests.unit.gateway.caching.world import EXACT, USAGE, Asking, Pieces, asked, caching, reply

from podium.gateway.caching.broadcast import AHEAD
from podium.gateway.caching.ports import Source
from podium.gateway.caching.rules import CacheRule, CacheStatus
from podium.gateway.caching.service import Cache, NotCached, Ticket
from podium.kernel.errors import Unavailable

pytestmark = pytest.mark.anyio


class Opening:
    """Opens streams: one of these after the other."""

    def __init__(self, *sources: Pieces | Exception, drops: bool = False) -> None:
        self.sources = list(sources)
        self.times = 0
        self.drops = drops

    async def __call__(self, ticket: Ticket) -> Source:
        self.times += 1
        if self.drops:
            ticket.drop()
        source = self.sources.pop(0)
        if isinstance(source, Exception):
            raise source
        return source


async def read(source: Source) -> list[bytes]:
    try:
        return [piece async for piece in source]
    finally:
        await source.aclose()


async def heard(cache: Cache, opening: Opening, **how: object):
    served = await cache.stream(asked(**how), opening)
    return served, await read(served.value)


WORDS = (b"good\n", b"day\n", b".\n")


async def test_a_kept_answer_is_replayed_as_a_stream():
    async with caching() as place:
        _ = await place.cache.answer(asked(), Asking(reply("good day")))
        served, pieces = await heard(place.cache, Opening())
    assert (served.status, served.saved) == (CacheStatus.HIT, USAGE)
    assert pieces == list(WORDS)


async def test_a_stream_is_kept_as_a_whole_answer():
    opening = Opening(Pieces(WORDS, USAGE))
    async with caching() as place:
        served, pieces = await heard(place.cache, opening)
        await anyio.wait_all_tasks_blocked()
        whole = await place.cache.answer(asked(), Asking())
        again, replayed = await heard(place.cache, opening)
    assert (served.status, pieces) == (CacheStatus.MISS, list(WORDS))
    assert served.value.usage == USAGE
    assert (whole.status, whole.value) == (CacheStatus.HIT, reply("good day"))
    assert (again.status, replayed) == (CacheStatus.HIT, pieces)
    assert opening.times == 1


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (Pieces(WORDS[:2]), EXACT),
        (Pieces((*WORDS[:2], Unavailable("broke"))), EXACT),
        (Pieces((b"x" * 500 + b"\n", *WORDS)), CacheRule(EXACT.mode, max_bytes=100)),
    ],
    ids=["cut short", "broken", "large"],
)
async def test_a_stream_that_is_not_whole_or_too_large_is_not_kept(source, rule):
    async with caching() as place:
        served = await place.cache.stream(asked(rule=rule), Opening(source))
        try:
            _ = await read(served.value)
        except Unavailable as broken:
            assert broken.message == "broke"  # noqa: PT017 - one of the three breaks
        await anyio.wait_all_tasks_blocked()
        assert len(place.store) == 0
    assert source.closed == 1


async def test_a_stream_that_a_guard_changed_is_not_kept():
    async with caching() as place:
        _ = await heard(place.cache, Opening(Pieces(WORDS), drops=True))
        await anyio.wait_all_tasks_blocked()
        assert len(place.store) == 0


@pytest.mark.parametrize("how", [{"rule": CacheRule()}, {"header": "no-store"}])
async def test_past_the_cache_the_stream_itself_is_handed_out(how):
    source = Pieces(WORDS)
    async with caching() as place:
        served, pieces = await heard(place.cache, Opening(source), **how)
        assert len(place.store) == 0
    assert (served.status, pieces) == (CacheStatus.BYPASS, list(WORDS))
    assert served.value is source


async def test_only_if_cached_opens_nothing():
    opening = Opening()
    async with caching() as place:
        for rule in (EXACT, CacheRule()):
            with pytest.raises(NotCached):
                _ = await place.cache.stream(asked(rule=rule, header="only-if-cached"), opening)
    assert opening.times == 0


async def test_a_stream_that_does_not_open_is_an_error_or_an_old_answer():
    rule = CacheRule(EXACT.mode, ttl=60.0, stale=30.0)
    async with caching() as place:
        with pytest.raises(Unavailable, match="down"):
            _ = await heard(place.cache, Opening(Unavailable("down")), rule=rule)
        _ = await place.cache.answer(asked(rule=rule), Asking(reply("good day")))
        place.clock.at += 70.0
        served, pieces = await heard(place.cache, Opening(Unavailable("down")), rule=rule)
    assert (served.status, served.age, pieces) == (CacheStatus.STALE, 70.0, list(WORDS))


async def test_who_joins_late_reads_from_the_beginning():
    gate = anyio.Event()
    source = Pieces((WORDS[0], gate, *WORDS[1:]), USAGE)
    opening = Opening(source)
    async with caching() as place:
        first = await place.cache.stream(asked(), opening)
        reading = aiter(first.value)
        assert await anext(reading) == WORDS[0]
        second = await place.cache.stream(asked(), opening)
        gate.set()
        late = await read(second.value)
        early = [WORDS[0], *[piece async for piece in reading]]
        await first.value.aclose()
    assert (first.status, second.status) == (CacheStatus.MISS, CacheStatus.HIT)
    assert early == late == list(WORDS)
    assert second.value.usage == USAGE
    assert (opening.times, source.closed) == (1, 1)


async def test_usage_is_shown_only_to_those_who_asked_for_it():
    gate = anyio.Event()
    opening = Opening(Pieces((WORDS[0], gate)), Pieces(WORDS))
    async with caching() as place:
        first = await place.cache.stream(asked(), opening)
        other = {"stream_options": {"include_usage": True}}
        second = await place.cache.stream(asked(fields=other), opening)
        await first.value.aclose()
        await second.value.aclose()
    assert second.status is CacheStatus.MISS
    assert opening.times == 2


async def test_a_stream_that_breaks_is_an_error_for_each_reader_after_what_it_had():
    gate = anyio.Event()
    opening = Opening(Pieces((WORDS[0], gate, Unavailable("broke"))))
    async with caching() as place:
        readers = [(await place.cache.stream(asked(), opening)).value for _ in range(2)]
        gate.set()
        for reader in readers:
            reading = aiter(reader)
            assert await anext(reading) == WORDS[0]
            with pytest.raises(Unavailable, match="broke"):
                _ = await anext(reading)
            await reader.aclose()
    assert opening.times == 1


async def test_a_fault_of_ours_in_a_stream_is_no_short_answer():
    async with caching() as place:
        served = await place.cache.stream(asked(), Opening(Pieces((WORDS[0], KeyError("oops")))))
        with pytest.raises(KeyError, match="oops"):
            _ = await read(served.value)
        assert len(place.store) == 0


async def test_a_stream_that_podium_ends_is_no_short_answer():
    async with caching() as place:
        served = await place.cache.stream(asked(), Opening(Pieces((WORDS[0], anyio.Event()))))
        reading = aiter(served.value)
        assert await anext(reading) == WORDS[0]
    with pytest.raises(Unavailable, match="before it was whole"):
        _ = await anext(reading)


async def test_the_stream_ends_upstream_where_the_last_reader_leaves():
    source = Pieces((WORDS[0], anyio.Event()))
    opening = Opening(source, Pieces(WORDS))
    async with caching() as place:
        first = await place.cache.stream(asked(), opening)
        second = await place.cache.stream(asked(), opening)
        await first.value.aclose()
        await first.value.aclose()
        await anyio.wait_all_tasks_blocked()
        assert source.closed == 0
        await second.value.aclose()
        await anyio.wait_all_tasks_blocked()
        assert source.closed == 1
        third, pieces = await heard(place.cache, opening)
    assert (third.status, pieces) == (CacheStatus.MISS, list(WORDS))


BIG = b"x" * 20_000


async def test_a_slow_reader_holds_the_source_back():
    source = Pieces([BIG] * 100)
    async with caching() as place:
        served = await place.cache.stream(asked(), Opening(source))
        await anyio.wait_all_tasks_blocked()
        assert source.given * len(BIG) <= AHEAD + len(BIG)
        reading = aiter(served.value)
        for _ in range(10):
            _ = await anext(reading)
        await anyio.wait_all_tasks_blocked()
        assert source.given * len(BIG) <= AHEAD + 11 * len(BIG)
        assert len([piece async for piece in reading]) == 90
        await served.value.aclose()


async def test_who_reads_much_more_slowly_than_others_is_cut_off_and_memory_is_bounded():
    rule = CacheRule(EXACT.mode, max_bytes=100_000)
    source = Pieces([BIG] * 100)
    async with caching() as place:
        fast = await place.cache.stream(asked(rule=rule), Opening(source))
        slow = await place.cache.stream(asked(rule=rule), Opening())
        assert len(await read(fast.value)) == 100
        with pytest.raises(Unavailable, match="too slowly"):
            _ = await read(slow.value)


async def test_nobody_joins_a_stream_whose_beginning_is_gone():
    rule = CacheRule(EXACT.mode, max_bytes=10_000)
    first = Pieces([*[BIG] * 5, anyio.Event()])
    opening = Opening(first, Pieces(WORDS))
    async with caching() as place:
        one = await place.cache.stream(asked(rule=rule), opening)
        reading = aiter(one.value)
        for _ in range(5):
            assert await anext(reading) == BIG
        two, pieces = await heard(place.cache, opening, rule=rule)
        await one.value.aclose()
        await anyio.wait_all_tasks_blocked()
    assert (two.status, pieces) == (CacheStatus.MISS, list(WORDS))
    assert first.closed == 1
