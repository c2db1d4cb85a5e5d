import json

import pytest
from tests.unit.gateway.fakes import (
    ANA,
    BROKEN,
    LAST,
    USAGE,
    Script,
    World,
    asked,
    chunk,
    status,
)

from podium.gateway.models import Outcome, UsageSource
from podium.kernel.errors import Unavailable

pytestmark = pytest.mark.anyio


async def test_chunks_come_in_order_and_the_record_at_the_end():
    world = World(Script([[chunk("a"), chunk("b"), LAST, USAGE]]))

    async with await world.gateway().open(ANA, asked()) as stream:
        assert stream.record is None
        pieces = [json.loads(piece) async for piece in stream]

    assert pieces == [chunk("a"), chunk("b"), LAST, USAGE]
    record = world.book.records[0]
    assert stream.record == record
    assert (record.usage.input, record.usage.output) == (7, 2)
    assert record.streamed
    assert record.finish_reasons == ("stop",)
    assert record.first_token_ms is not None


async def test_before_the_first_chunk_a_failure_is_tried_again_and_falls_back():
    world = World(Script([status(503)]), Script([[chunk("b"), LAST]]))

    async with await world.gateway().open(ANA, asked()) as stream:
        assert stream.model == "second"
        _ = [part async for part in stream]

    assert [a.provider for a in world.book.records[0].attempts] == ["alpha"] * 3 + ["beta"]


async def test_after_the_first_chunk_nothing_is_tried_again():
    world = World(Script([[chunk("a"), BROKEN]]))

    stream = await world.gateway().open(ANA, asked())
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

    async with await world.gateway().open(ANA, asked()) as stream:
        _ = await anext(stream)

    record = world.book.records[0]
    assert record.error is not None
    assert record.error.code == "cancelled"
    assert record.usage.output == 1
    assert world.alpha.closed == 1


async def test_a_stream_that_ends_before_it_begins_falls_back():
    world = World(Script([[]]), Script([[chunk("b"), LAST]]))

    async with await world.gateway().open(ANA, asked()) as stream:
        assert json.loads(await anext(stream)) == chunk("b")


async def test_streams_that_break_open_the_breaker():
    world = World(Script([[chunk("a"), BROKEN]]), Script([[chunk("b"), LAST]]))
    gateway = world.gateway()
    for _ in range(5):
        with pytest.raises(Unavailable):
            _ = [part async for part in await gateway.open(ANA, asked(model="first"))]

    async with await gateway.open(ANA, asked()) as stream:
        assert stream.model == "second"
