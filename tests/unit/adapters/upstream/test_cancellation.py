"""Whoever is cancelled, wherever he waits, leaves no connection, no place and no timer behind."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio
import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.adapters.upstream.raw_server import Script, chunks, ok, serving
from tests.unit.adapters.upstream.world import LONG, a_client, post, rest_of, send, settled

from podium.adapters.http.errors import BrokenOff
from podium.adapters.upstream.client import UpstreamClient
from podium.kernel.errors import PodiumError

pytestmark = pytest.mark.anyio

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


async def cancelled(ask: Awaitable[object], once: Callable[[], bool]) -> None:
    task = asyncio.ensure_future(ask)
    for _ in range(2000):
        if once():
            break
        await anyio.sleep(0.005)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def stream(client: UpstreamClient, url: str) -> bytes:
    async with await client.open(post(url), b"{}", timeouts=LONG) as opened:
        return await rest_of(opened)


@pytest.mark.parametrize("ask", [send, stream])
@pytest.mark.parametrize(
    "sent",
    [[], [b"HTTP/1.1 20"], [CHUNKED], [CHUNKED, b"1\r\na\r\n"]],
    ids=["before the head", "in the head", "before the body", "in the body"],
)
async def test_while_an_answer_comes(ask, sent):
    arrived = asyncio.Event()
    async with (
        serving([*sent, arrived.set, asyncio.Event()], chunks(b"ok")) as server,
        a_client(connections=1) as client,
    ):
        await cancelled(ask(client, server.url), arrived.is_set)
        await server.until_open_are(0)
        await settled(client)
        assert client._pools  # noqa: SLF001
        await ask(client, server.url)
        assert server.connections == 2


async def test_while_a_kept_connection_answers():
    arrived = asyncio.Event()
    async with (
        serving([ok(b"")], [arrived.set, asyncio.Event()], [ok(b"")]) as server,
        a_client(connections=1) as client,
    ):
        await send(client, server.url)
        await cancelled(send(client, server.url), arrived.is_set)
        await send(client, server.url)
        assert server.connections == 2


async def test_while_a_connection_is_made():
    with socket.socket() as listener, socket.socket() as one, socket.socket() as two:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for waiting in (one, two):
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        async with a_client(connections=1) as client:
            ticks = iter(range(10))
            await cancelled(send(client, url), lambda: next(ticks) == 9)
            await settled(client)


async def test_while_tls_is_agreed_on():
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello.set()
        assert len(await reader.read(-1)) > 0
        gone.set()
        writer.close()

    hello, gone = asyncio.Event(), asyncio.Event()
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server, a_client(connections=1) as client:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        await cancelled(send(client, url), hello.is_set)
        await settled(client)
        with anyio.fail_after(10):
            await gone.wait()


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
async def test_after_any_number_of_turns_of_the_loop(secure):
    """Wherever that is: resolving, connecting, agreeing, waiting for any part of the answer."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    scripts: list[Script] = [chunks(b"a", b"b")]
    async with (
        serving(*scripts, tls=context if secure else None) as server,
        a_client(connections=2) as client,
    ):
        assert client._dialer is not None  # noqa: SLF001
        client._dialer.trust.load_verify_locations(cadata=authority.cert_pem.bytes().decode())  # noqa: SLF001
        url = server.url.replace("http:", "https:") if secure else server.url
        for ask in (send, stream):
            for turns in range(40):
                task = asyncio.ensure_future(ask(client, url))
                for _ in range(turns):
                    await anyio.lowlevel.checkpoint()
                task.cancel()
                await asyncio.wait([task])
                if turns % 3 == 0:
                    for pool in client._pools.values():  # noqa: SLF001
                        pool.forget()
                await _quiet(client)
        assert await stream(client, url) == b"ab"
        await server.until_open_are(1)


async def _quiet(client: UpstreamClient) -> None:
    """What was dropped is told so by the loop a few turns later."""
    for _ in range(200):
        if all(p._taken == len(p._idle) for p in client._pools.values()):  # noqa: SLF001
            break
        await anyio.sleep(0.001)
    await settled(client)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 4)), min_size=60, max_size=120))
async def test_many_at_once_of_whom_many_are_cancelled_leave_a_consistent_pool(plan):
    """Each is told after how many turns it is cancelled, and what it asks for."""
    scripts: list[Script] = [
        chunks(b"a", b"b"),
        [ok(b"x" * 100_000)],
        [ok(b"hi", "Connection: close")],
        ["cut"],
        [CHUNKED + b"zz"],
    ]
    async with (
        serving(*[scripts[kind] for _, kind in plan], [ok(b"hi")]) as server,
        a_client(connections=7) as client,
    ):

        async def one(turns: int, kind: int) -> None:
            ask = stream if kind % 2 else send
            task = asyncio.ensure_future(ask(client, server.url))
            for _ in range(turns):
                await anyio.lowlevel.checkpoint()
            if turns % 3:
                task.cancel()
            with suppress(asyncio.CancelledError, PodiumError):
                await task

        async with anyio.create_task_group() as group:
            for turns, kind in plan:
                group.start_soon(one, turns, kind)
        await _quiet(client)
        server.scripts = [[ok(b"hi")]]
        assert server.most_open <= 7 + len(plan)
        for _ in range(3):
            try:
                assert (await send(client, server.url)).body == b"hi"
            except BrokenOff:  # a script that was left over
                continue
        await _quiet(client)
        await server.until_open_are(len(next(iter(client._pools.values()))._open))  # noqa: SLF001
