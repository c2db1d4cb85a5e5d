"""Bytes go through; not to where they may not go, not in the clear, and not without end."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from tests.certificates import localhost
from tests.pace import HANGS

from podium.adapters.brokers.relay import LOOPBACK, Dial, Relay
from podium.adapters.http.egress import Egress
from podium.adapters.http.errors import ConnectFailed, EgressRefused

pytestmark = pytest.mark.anyio

Served = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
TRUST = ssl.create_default_context()


@asynccontextmanager
async def listening(served: Served, tls: ssl.SSLContext | None = None) -> AsyncGenerator[int]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await served(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, LOOPBACK, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def through(
    relay: Relay,
) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(LOOPBACK, relay.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        relay.close()
        await asyncio.sleep(0)


def dial(egress: Egress | None = None, max_bytes: int = 100_000) -> Dial:
    return Dial(egress or Egress.anywhere(), TRUST, max_bytes, seconds=HANGS)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"hello ")
    while data := await reader.read(65_536):
        writer.write(data)


async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


@pytest.fixture(
    params=[("asyncio", {"use_uvloop": False}), ("asyncio", {"use_uvloop": True})],
    ids=["asyncio", "uvloop"],
)
def anyio_backend(request: pytest.FixtureRequest) -> object:
    """Both event loops that podium may have: they differ in when they begin to read."""
    return request.param


async def test_what_either_side_says_arrives_also_what_is_said_before_anybody_came():
    async with listening(echo) as port:
        relay = await dial()("localhost", port, tls=False)
        await anyio.sleep(0.05)
        async with through(relay) as (reader, writer):
            writer.write(b"world")
            assert await reader.readexactly(11) == b"hello world"


async def test_a_private_address_is_refused():
    async with listening(echo) as port:
        for host in ("localhost", LOOPBACK):
            with pytest.raises(EgressRefused, match="allow_private"):
                _ = await dial(Egress.public())(host, port, tls=False)


async def test_nobody_there_and_no_tls_are_failed_connections():
    async with listening(echo) as port:
        with pytest.raises(ConnectFailed, match="TLS failed"):
            _ = await dial()("localhost", port, tls=True)
    with pytest.raises(ConnectFailed, match="Cannot connect to 'localhost:1'"):
        _ = await dial()("localhost", 1, tls=False)
    with pytest.raises(ConnectFailed, match=r"Cannot connect to 'no\.invalid'"):
        _ = await dial()("no.invalid", 1, tls=False)


async def test_only_the_first_comes_through_the_door():
    async with listening(echo) as port:
        relay = await dial()("localhost", port, tls=False)
        door = relay.port
        async with through(relay) as (reader, _):
            assert await reader.readexactly(6) == b"hello "
            with pytest.raises(ConnectionRefusedError):
                _ = await asyncio.open_connection(LOOPBACK, door)


async def test_a_message_without_end_ends_the_connection_while_somebody_waits():
    async with listening(flood) as port:
        relay = await dial()("localhost", port, tls=False)
        async with through(relay) as (reader, _):
            with anyio.fail_after(HANGS):
                size = len(await reader.read(-1))
            assert size < 2_000_000
            assert relay.failure is not None
            assert "more than 100,000 bytes" in str(relay.failure)


async def test_messages_that_nobody_takes_stay_with_the_server():
    async with listening(flood) as port:
        relay = await dial()("localhost", port, tls=False)
        with relay.wanted():
            pass
        async with through(relay) as (reader, _):
            size = 0
            with anyio.fail_after(HANGS):
                while size <= 1_000_000:
                    size += len(await reader.read(65_536))
            with anyio.move_on_after(0.3):
                while data := await reader.read(65_536):
                    size += len(data)
            assert size < 2_000_000
            assert relay.failure is None

            relay.emptied()
            assert len(await reader.readexactly(500_000)) == 500_000


async def test_a_server_that_leaves_takes_the_client_along():
    async def leave(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"bye")

    async with listening(leave) as port:
        relay = await dial()("localhost", port, tls=False)
        await anyio.sleep(0.05)
        async with through(relay) as (reader, _):
            with anyio.fail_after(HANGS):
                assert await reader.read(-1) == b"bye"


async def test_a_client_that_leaves_takes_the_server_along():
    left = anyio.Event()

    async def wait(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        _ = await reader.read(1)
        left.set()

    async with listening(wait) as port:
        relay = await dial()("localhost", port, tls=False)
        async with through(relay):
            pass
        with anyio.fail_after(HANGS):
            await left.wait()


async def test_tls_is_spoken_with_the_server_and_not_with_the_client(tmp_path: Path):
    certificate = localhost(tmp_path)
    trusting = Dial(Egress.anywhere(), certificate.trusting(), 100_000)
    async with listening(echo, certificate.serving()) as port:
        relay = await trusting("localhost", port, tls=True)
        async with through(relay) as (reader, writer):
            writer.write(b"world")
            assert await reader.readexactly(11) == b"hello world"
        with pytest.raises(ConnectFailed, match="TLS failed"):
            _ = await trusting(LOOPBACK, port, tls=True)  # another name than the certificate's
        with pytest.raises(ConnectFailed, match="TLS failed"):
            _ = await dial()("localhost", port, tls=True)


async def test_a_server_that_greets_is_asked_for_tls_behind_its_first_line(tmp_path: Path):
    certificate = localhost(tmp_path)

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"READY secret=1\r\ninjected")
        await writer.start_tls(certificate.serving())
        writer.write(b"got " + await reader.readexactly(2))
        await writer.drain()

    trusting = Dial(Egress.anywhere(), certificate.trusting(), 100_000)
    async with listening(greet) as port:
        greets = lambda line: line.replace(b"1\r", b"2") + b"!\n"  # noqa: E731 - one line
        relay = await trusting("localhost", port, tls=True, greets=greets)
        async with through(relay) as (reader, writer):
            writer.write(b"hi")
            assert await reader.read(-1) == b"READY secret=2!\ngot hi"


async def test_a_server_that_does_not_greet_or_does_not_speak_tls_then_is_refused(tmp_path: Path):
    async def plain(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"READY\r\n")
        await writer.drain()
        await asyncio.sleep(0.1)

    async def endless(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x" * 100_000)
        await writer.drain()
        await asyncio.sleep(0.1)

    async def nothing(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        return

    certificate = localhost(tmp_path)
    trusting = Dial(Egress.anywhere(), certificate.trusting(), 100_000, seconds=2.0)
    for served in (plain, endless, nothing):
        async with listening(served) as port:
            with pytest.raises(ConnectFailed, match="Cannot connect"):
                _ = await trusting("localhost", port, tls=True, greets=lambda line: line)
