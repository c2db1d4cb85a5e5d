# ruff: noqa: SLF001 - who waits, and what the kernel knows, is inside
"""How many connections there are, who gets one, and what is left when it goes wrong."""

import asyncio
import socket
import time

import anyio
import pytest
from tests.pace import HANGS
from tests.unit.adapters.upstream.raw_server import RawServer, Script, ok, serving
from tests.unit.adapters.upstream.world import (
    LONG,
    a_client,
    fails,
    post,
    resting,
    send,
    settled,
)

from podium.adapters.http.egress import Egress
from podium.adapters.http.errors import (
    BrokenOff,
    ConnectFailed,
    DeadlinePassed,
    EgressRefused,
    Phase,
)
from podium.adapters.http.exchange import Timeouts
from podium.adapters.upstream.client import UpstreamClient, UpstreamOptions
from podium.adapters.upstream.pool import Keeping
from podium.adapters.upstream.target import target
from podium.kernel.errors import Unavailable

pytestmark = pytest.mark.anyio

HI = ok(b"hi")
IMPATIENT = Timeouts(0.1, 20, 20, 20)


async def until_waiting(client: UpstreamClient, count: int) -> None:
    for _ in range(1000):
        if sum(len(pool._waiters) for pool in client._pools.values()) >= count:
            return
        await anyio.sleep(0.01)


@pytest.mark.parametrize("most", [1, 3])
async def test_there_are_no_more_connections_than_allowed_and_who_waits_is_served_in_order(most):
    served: list[int] = []
    async with serving([HI]) as server, a_client(connections=most) as client:

        async def ask(number: int) -> None:
            await send(client, server.url)
            served.append(number)

        async with anyio.create_task_group() as group:
            for number in range(12):
                group.start_soon(ask, number)
                await anyio.lowlevel.checkpoint()

    assert server.most_open == most
    assert sorted(served) == list(range(12))
    if most == 1:  # with more, one may be overtaken by those of another connection
        assert served == list(range(12))


async def test_who_waits_for_a_place_longer_than_to_connect_gives_up():
    go = asyncio.Event()
    script: Script = [go, HI]
    async with serving(script, [HI]) as server, a_client(connections=1) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(send, client, server.url)
            await anyio.sleep(0.05)
            error = await fails(client, server.url, DeadlinePassed, timeouts=IMPATIENT)
            assert isinstance(error, DeadlinePassed)
            assert error.phase is Phase.CONNECT
            go.set()
        assert (await send(client, server.url)).body == b"hi"
        assert server.connections == 1


async def test_a_place_that_comes_free_goes_to_who_waits():
    go = asyncio.Event()
    script: Script = [go, ok(b"hi", "Connection: close")]
    async with serving(script, [HI]) as server, a_client(connections=1) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(send, client, server.url)
            for _ in range(3):
                group.start_soon(send, client, server.url)
            await until_waiting(client, 3)
            go.set()
        assert (server.connections, server.most_open) == (2, 1)


async def test_a_waiter_who_is_cancelled_takes_nothing_with_him():
    go = asyncio.Event()
    async with serving([go, HI], [HI]) as server, a_client(connections=1) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(send, client, server.url)
            await anyio.sleep(0.05)
            async with anyio.create_task_group() as doomed:
                for _ in range(3):
                    doomed.start_soon(send, client, server.url)
                await until_waiting(client, 3)
                doomed.cancel_scope.cancel()
            group.start_soon(send, client, server.url)
            go.set()
        assert len(server.asked) == 2


@pytest.mark.parametrize("said", [HI, ok(b"hi", "Connection: close")], ids=["connection", "place"])
async def test_who_is_cancelled_at_the_moment_it_is_his_turn_gives_it_to_the_next(said):
    go = asyncio.Event()
    async with serving([go, said], [HI]) as server, a_client(connections=1) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(send, client, server.url)
            await anyio.sleep(0.05)
            second = asyncio.ensure_future(send(client, server.url))
            await until_waiting(client, 1)
            third = asyncio.ensure_future(send(client, server.url))
            await until_waiting(client, 2)
            pool = next(iter(client._pools.values()))
            turn = pool._waiters[0]
            turn.add_done_callback(lambda _: second.cancel())
            go.set()
            with pytest.raises(asyncio.CancelledError):
                await second
            assert (await third).body == b"hi"
        assert not turn.cancelled()


async def test_a_connection_is_not_kept_for_ever():
    async with serving([HI]) as server, a_client(idle=0.1) as client:
        await send(client, server.url)
        assert resting(client) == 1
        await server.until_open_are(0)
        await send(client, server.url)
        assert server.connections == 2


async def test_a_connection_that_is_old_is_not_used_again():
    async with serving([HI]) as server, a_client(idle=1000, age=500) as client:
        await send(client, server.url)
        connection = next(iter(client._pools.values()))._idle[0]
        assert connection._deadline.at == connection.born + 500
        connection.born -= 500
        await send(client, server.url)
        assert (server.connections, resting(client)) == (1, 0)

        await send(client, server.url)
        assert (server.connections, resting(client)) == (2, 1)


async def test_a_connection_that_the_loop_does_not_know_to_be_closed_is_looked_at():
    """The loop is busy while the other side leaves, and is asked at once after that."""
    leave = asyncio.Event()
    async with serving([HI, leave], [HI]) as server, a_client() as client:
        await send(client, server.url)
        ours = next(iter(client._pools.values()))._idle[0]
        fileno = ours._transport.get_extra_info("socket").fileno()
        with socket.socket(fileno=fileno) as same:
            same.shutdown(socket.SHUT_RD)  # what the kernel says of a side that has left
            same.detach()
        time.sleep(1.1)  # noqa: ASYNC251 - a loop that is busy
        assert (await send(client, server.url)).body == b"hi"
        assert server.connections == 2


async def test_a_client_that_closes_lets_nobody_wait():
    never = asyncio.Event()
    async with serving([never]) as server:
        client = UpstreamClient(Egress.anywhere(), UpstreamOptions(keeping=Keeping(connections=1)))
        await client.start()
        tasks = [asyncio.ensure_future(send(client, server.url)) for _ in range(3)]
        await until_waiting(client, 2)
        await client.close()
        ends = await asyncio.wait(tasks)
        assert all(isinstance(task.exception(), Unavailable) for task in ends[0])
        await server.until_open_are(0)

        with pytest.raises(Unavailable, match="not started"):
            await send(client, server.url)


async def test_a_client_that_was_not_started_says_so():
    with pytest.raises(Unavailable, match="Call start"):
        await send(UpstreamClient(Egress.anywhere()), "http://127.0.0.1:1/")


async def test_a_connection_that_is_refused_is_named_and_takes_no_place():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        async with a_client(connections=1) as client:
            for _ in range(3):
                error = await fails(client, url, ConnectFailed)
                await settled(client)
    assert str(error).startswith("Cannot connect to '127.0.0.1': ")
    assert "refused" in str(error)


async def test_a_name_that_nobody_has_is_named():
    async with a_client() as client:
        error = await fails(client, f"http://{'a' * 64}.example/", ConnectFailed)
    assert str(error).startswith("Cannot connect to 'aaaa")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_addresses_are_guarded_after_they_are_resolved(host):
    with anyio.fail_after(HANGS):
        async with UpstreamClient(Egress.public()) as client:
            with pytest.raises(EgressRefused, match=r"http\.allow_private"):
                await send(client, f"http://{host}:9/")


async def test_an_address_that_answers_is_found_beside_one_that_does_not():
    """The server listens on IPv4 alone, and the name has both."""
    async with serving([HI]) as server, a_client() as client:
        url = f"http://localhost:{server.port}/"
        assert (await send(client, url)).body == b"hi"


async def test_delays_of_small_writes_are_switched_off():
    async with serving([HI]) as server, a_client() as client:
        await send(client, server.url)
        ours = next(iter(client._pools.values()))._idle[0]
        found = ours._transport.get_extra_info("socket")
        assert found.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_proxies_of_the_environment_are_not_used(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with serving([HI]) as server, a_client() as client:
        assert (await send(client, post(server.url))).body == b"hi"
        assert (await client.send(target("GET", server.url), b"", timeouts=LONG, max_bytes=9)).body


async def test_connections_to_a_server_that_is_needed_no_more_end_with_their_exchanges():
    go = asyncio.Event()
    async with (
        serving([HI], [go, HI], [HI]) as gone,
        serving([HI]) as kept,
        a_client() as client,
    ):
        _ = await send(client, gone.url)
        _ = await send(client, kept.url)
        async with anyio.create_task_group() as group:
            group.start_soon(send, client, gone.url)
            await until_asked(gone, 2)
            client.retain([kept.url])
            assert gone.open == 1
            go.set()
        await gone.until_open_are(0)
        _ = await send(client, kept.url)
        assert (kept.connections, kept.open) == (1, 1)
        assert (await send(client, gone.url)).body == b"hi"
        client.retain([])
        await gone.until_open_are(0)
        await kept.until_open_are(0)


async def test_what_is_under_way_to_a_server_that_is_needed_no_more_ends_with_the_client():
    async with serving([asyncio.Event()]) as server:
        async with a_client() as client, anyio.create_task_group() as group:
            group.start_soon(fails, client, server.url, BrokenOff)
            await until_asked(server, 1)
            client.retain([])
            await client.close()
        await server.until_open_are(0)


async def until_asked(server: RawServer, count: int) -> None:
    for _ in range(1000):
        if len(server.asked) >= count:
            return
        await anyio.sleep(0.01)
