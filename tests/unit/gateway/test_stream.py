import pytest
from tests.unit.gateway.fakes import (
    ANA,
    ASK,
    BROKEN,
    LAST,
    USAGE,
    Script,
    World,
    chunk,
    status,
)

from podium.gateway.models import Outcome, UsageSource
from podium.kernel.errors import Unavailable

pytestmark = pytest.mark.anyio


async def test_chunks_come_in_order_and_the_record_at_the_end():
    world = World(Script([[chunk("a"), chunk("b"), LAST, USAGE]]))

    async with await world.gateway().stream(ANA, ASK) as stream:
        assert stream.record is None
        texts = [part["choices"] async for part in stream]

    assert texts == [chunk("a")["choices"], chunk("b")["choices"], LAST["choices"]]
    record = world.book.records[0]
    assert stream.record == record
    assert (record.usage.input, record.usage.output) == (7, 2)
    assert record.streamed
    assert record.finish_reasons == ("stop",)
    assert record.first_token_ms is not None


async def test_usage_is_hidden_from_a_caller_who_did_not_ask():
    world = World(Script([[chunk("a", usage=None), USAGE]]))

    async with await world.gateway().stream(ANA, ASK) as stream:
        parts = [part async for part in stream]

    assert parts == [chunk("a")]
    assert world.book.records[0].usage.output == 2


async def test_usage_reaches_a_caller_who_asked():
    world = World(Script([[chunk("a"), USAGE]]))
    asked = {**ASK, "stream_options": {"include_usage": True}}

    async with await world.gateway().stream(ANA, asked) as stream:
        assert [part async for part in stream] == [chunk("a"), USAGE]


async def test_before_the_first_chunk_a_failure_is_tried_again_and_falls_back():
    world = World(Script([status(503)]), Script([[chunk("b"), LAST]]))

    async with await world.gateway().stream(ANA, ASK) as stream:
        assert stream.model.name == "second"
        _ = [part async for part in stream]

    assert [a.provider for a in world.book.records[0].attempts] == ["alpha"] * 3 + ["beta"]


async def test_after_the_first_chunk_nothing_is_tried_again():
    world = World(Script([[chunk("a"), BROKEN]]))

    stream = await world.gateway().stream(ANA, ASK)
    with pytest.raises(Unavailable, match="Broke off"):
        _ = [part async for part in stream]
    await stream.aclose()

    assert world.beta.seen == []
    record = world.book.records[0]
    assert record.attempts[-1].outcome is Outcome.BROKEN
    assert record.usage.source is UsageSource.ESTIMATED
    assert record.cost is not None
    assert len(world.book.records) == 1


async def test_a_stream_closed_half_way_is_recorded_as_cancelled_and_lets_go():
    world = World(Script([[chunk("a"), chunk("b"), LAST]]))

    async with await world.gateway().stream(ANA, ASK) as stream:
        _ = await anext(stream)

    record = world.book.records[0]
    assert record.error is not None
    assert record.error.code == "cancelled"
    assert record.usage.output == 1
    assert world.alpha.closed == 1


async def test_a_stream_that_ends_before_it_begins_falls_back():
    world = World(Script([[]]), Script([[chunk("b"), LAST]]))

    async with await world.gateway().stream(ANA, ASK) as stream:
        assert await anext(stream) == chunk("b")


async def test_streams_that_break_open_the_breaker():
    world = World(Script([[chunk("a"), BROKEN]]), Script([[chunk("b"), LAST]]))
    gateway = world.gateway()
    for _ in range(5):
        with pytest.raises(Unavailable):
            _ = [part async for part in await gateway.stream(ANA, {**ASK, "model": "first"})]

    async with await gateway.stream(ANA, ASK) as stream:
        assert stream.model.name == "second"
