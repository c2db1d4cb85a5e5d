"""Responses piece by piece: their readers are quick, slow, gone, or want the whole after all."""

import asyncio

import anyio
import pytest
from tests.unit.adapters.upstream.raw_server import CUT, Script, chunks, ok, serving
from tests.unit.adapters.upstream.received import TARGETS, FakeLine
from tests.unit.adapters.upstream.world import (
    LONG,
    a_client,
    post,
    rest_of,
    resting,
    send,
    until_resting,
)

from podium.adapters.http.errors import BrokenOff, TooLarge
from podium.adapters.http.exchange import Timeouts
from podium.adapters.upstream.client import UpstreamClient
from podium.adapters.upstream.exchange import Exchange, Goal
from podium.adapters.upstream.response import ResponseStream

pytestmark = pytest.mark.anyio

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


async def opened(client: UpstreamClient, url: str, timeouts: Timeouts = LONG) -> ResponseStream:
    return await client.open(post(url), b"{}", timeouts=timeouts)


async def test_pieces_come_as_they_are_sent():
    more, last = asyncio.Event(), asyncio.Event()
    script: Script = [CHUNKED, more, chunk(b"one"), last, chunk(b"two") + chunk(b"three") + END]
    async with serving(script) as server, a_client() as client:
        async with await opened(client, server.url) as stream:
            assert (stream.status, stream.headers["transfer-encoding"]) == (200, "chunked")
            more.set()
            assert await stream.read() == b"one"
            last.set()
            assert await rest_of(stream) == b"twothree"
            assert await stream.read() == b""
        assert resting(client) == 1


async def test_what_came_before_an_error_is_read_before_it_is_raised():
    async with (
        serving([CHUNKED + chunk(b"ab"), CUT]) as server,
        a_client() as client,
        await opened(client, server.url) as stream,
    ):
        await server.until_open_are(0)
        await anyio.sleep(0.05)
        assert await stream.read() == b"ab"
        for _ in range(2):
            with pytest.raises(BrokenOff, match="in the middle of its answer"):
                await stream.read()


async def test_a_reader_who_takes_his_time_is_not_late():
    """Only while somebody waits for a piece has it a deadline."""
    line = FakeLine()
    exchange = Exchange(TARGETS["POST"], Timeouts(1, 2, 3, 1000), asyncio.get_running_loop())
    exchange.begun(line)
    exchange.feed(CHUNKED + chunk(b"a"))
    assert (exchange.taken(), line.deadlines) == (b"a", [])

    reading = asyncio.ensure_future(exchange.until(Goal.PIECE))
    await anyio.lowlevel.checkpoint()
    assert line.deadlines[-1] < exchange.ends - 900
    exchange.feed(chunk(b"b"))
    assert line.deadlines[-1] == exchange.ends
    await reading
    assert exchange.taken() == b"b"


async def test_a_server_is_held_back_while_nobody_reads():
    size, most = 64_000_000, 0
    async with serving([CHUNKED, chunk(b"x" * size), END]) as server, a_client() as client:
        async with await opened(client, server.url) as stream:
            received = 0
            while received < size:
                await anyio.sleep(0.02 if received < 10_000_000 else 0)
                most = max(most, stream._exchange.unread)  # noqa: SLF001 - what it is about
                received += len(await stream.read())
            assert await stream.read() == b""
        assert (received, resting(client)) == (size, 1)

    assert 0 < most <= 600_000


async def test_the_whole_is_taken_also_where_it_is_more_than_may_stay_unread():
    body = b"x" * 3_000_000
    async with serving(chunks(body)) as server, a_client() as client:
        async with await opened(client, server.url) as stream:
            await anyio.sleep(0.1)
            assert await stream.whole(len(body)) == body
        assert resting(client) == 1


async def test_who_leaves_before_the_end_takes_the_connection_with_him_at_once():
    never = asyncio.Event()
    async with serving([CHUNKED, chunk(b"a"), never]) as server, a_client() as client:
        async with await opened(client, server.url) as stream:
            assert await stream.read() == b"a"
        await server.until_open_are(0)
        with pytest.raises(BrokenOff, match="closed before its end"):
            await stream.read()
        assert resting(client) == 0


async def test_what_has_arrived_when_it_ended_stays_readable():
    async with serving(chunks(b"a", b"b")) as server, a_client() as client:
        stream = await opened(client, server.url)
        await until_resting(client, 1)
        assert (await send(client, server.url)).body == b"ab"
        assert server.connections == 1
        assert await rest_of(stream) == b"ab"
        stream.close()
        assert resting(client) == 1


async def test_the_whole_after_some_of_it_is_the_rest():
    async with (
        serving([ok(b"ab"), ok(b"")]) as server,
        a_client() as client,
        await opened(client, server.url) as stream,
    ):
        assert await stream.read() == b"ab"
        assert await stream.whole(0) == b""


@pytest.mark.parametrize(
    "script",
    [
        [b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n"],
        [CHUNKED, chunk(b"x" * 6), chunk(b"x" * 5)],
        [CHUNKED + chunk(b"x" * 11)],
    ],
    ids=["announced", "bit by bit", "there already"],
)
async def test_the_whole_is_bounded(script):
    async with serving(script) as server, a_client() as client:
        async with await opened(client, server.url) as stream:
            with pytest.raises(TooLarge, match="larger than 10 bytes"):
                await stream.whole(10)
        await server.until_open_are(0)


async def test_a_read_that_is_cancelled_can_be_tried_again():
    more = asyncio.Event()
    async with (
        serving([CHUNKED, chunk(b"a"), more, chunk(b"b"), END]) as server,
        a_client() as client,
        await opened(client, server.url) as stream,
    ):
        assert await stream.read() == b"a"
        with anyio.move_on_after(0.05) as scope:
            await stream.read()
        assert scope.cancelled_caught
        more.set()
        assert await rest_of(stream) == b"b"
