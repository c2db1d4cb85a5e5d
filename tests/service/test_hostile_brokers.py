"""Brokers that break, lie, flood or never answer: a typed error, in bounded time and memory."""

import asyncio
import resource
import shutil
import signal
import subprocess
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from tests.certificates import localhost
from tests.pace import HANGS
from tests.service.brokers import KINDS, LOCAL, Kind, Reader, at, brokers, message, source

from podium.adapters.brokers.brokers import Brokers
from podium.adapters.brokers.relay import Dial
from podium.adapters.http.egress import Egress
from podium.adapters.http.errors import ConnectFailed
from podium.kernel.errors import LimitReached, PodiumError
from podium.workflows.calls.asyncapi.ports import Access

pytestmark = [pytest.mark.anyio, pytest.mark.alone]

Served = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ONE_EACH = [kind for kind in KINDS if kind.name not in {"amqp topic", "jetstream", "redis stream"}]
EACH = pytest.mark.parametrize("kind", ONE_EACH, ids=lambda kind: kind.name)
NATS_SERVER = shutil.which("nats-server") or "nats-server"


@asynccontextmanager
async def listening(served: Served) -> AsyncGenerator[int]:
    async with anyio.create_task_group() as group:

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await served(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(handle, LOCAL, 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            group.cancel_scope.cancel()


async def garbage(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n" * 20)
    await writer.drain()
    await asyncio.sleep(0.2)


async def nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    _ = await reader.read(-1)


async def leaving(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    return


async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"\x00" * 65_536)
        await writer.drain()


@EACH
@pytest.mark.parametrize("served", [garbage, nothing, leaving, flood], ids=lambda f: f.__name__)
async def test_a_server_that_speaks_something_else_is_an_error_in_time(kind: Kind, served: Served):
    before = _peak()
    async with listening(served) as port, brokers(seconds=1.0) as opened:
        place = at(source(kind, "podium"), port=port)
        with pytest.raises(PodiumError):
            await opened.publish(place, message("1"), seconds=4)
        with pytest.raises(PodiumError):
            await Reader(opened, place).next(HANGS)
    assert _peak() - before < 100_000_000


def _peak() -> int:
    """Bytes of memory that this process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


async def nats(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Enough of NATS to be subscribed to; JetStream is not there."""
    writer.write(b'INFO {"server_id":"x","version":"2.9.0","max_payload":1048576}\r\n')
    while line := await reader.readline():
        if line.startswith(b"PING"):
            writer.write(b"PONG\r\n")
        await writer.drain()
        if line.startswith(b"SUB podium"):
            return


async def test_a_message_larger_than_it_may_be_ends_the_subscription():
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await nats(reader, writer)
        writer.write(b"PONG\r\nMSG podium 2 9999999999\r\n")
        await flood(reader, writer)

    kind, before = next(kind for kind in KINDS if kind.name == "nats"), _peak()
    async with listening(endless) as port, brokers(max_bytes=1_000_000) as opened:
        with pytest.raises(LimitReached, match="more than 1,000,000 bytes"):
            await Reader(opened, at(source(kind, "podium"), port=port)).next()
    assert _peak() - before < 60_000_000


async def test_messages_that_come_faster_than_they_are_taken_wait_at_the_server():
    sent = 0

    async def fast(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await nats(reader, writer)
        writer.write(b"PONG\r\n")
        while True:
            writer.write(b"MSG podium 2 10000\r\n" + b"x" * 10_000 + b"\r\n")
            await writer.drain()
            sent += 1

    kind, before = next(kind for kind in KINDS if kind.name == "nats"), _peak()
    async with listening(fast) as port, brokers(max_bytes=100_000) as opened:
        reader = Reader(opened, at(source(kind, "podium"), port=port))
        for _ in range(3):
            assert await reader.next() == "x" * 10_000
        stood = -1
        while stood != sent:
            stood = sent
            await anyio.sleep(0.5)
            assert sent < 2_000
        for _ in range(stood):
            assert await reader.next() == "x" * 10_000
        assert sent > stood
    assert _peak() - before < 60_000_000


async def test_a_cluster_cannot_send_its_clients_to_where_they_may_not_go():
    """The first server is let through; the ones that it names are not."""

    class OnlyThis(Egress):
        def allows(self, address: str) -> bool:
            return address == LOCAL

    kind = next(kind for kind in KINDS if kind.name == "kafka")
    asked: list[bytes] = []

    async def bootstrap(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Kafka's metadata, which names a server at 169.254.169.254."""
        while True:
            size = int.from_bytes(await reader.readexactly(4), "big")
            request = await reader.readexactly(size)
            api, correlation = int.from_bytes(request[:2], "big"), request[4:8]
            asked.append(request[:2])
            if api == 18:  # ApiVersions: error, then (key, from, to) of what it understands
                known = [(3, 0, 1), (18, 0, 0), (0, 0, 2), (22, 0, 0)]
                keys = b"".join(
                    key.to_bytes(2, "big") + low.to_bytes(2, "big") + high.to_bytes(2, "big")
                    for key, low, high in known
                )
                body = b"\0\0" + len(known).to_bytes(4, "big") + keys
            else:
                host = b"169.254.169.254"
                server = (1).to_bytes(4, "big") + len(host).to_bytes(2, "big") + host
                server += (9092).to_bytes(4, "big") + b"\xff\xff"
                body = (1).to_bytes(4, "big") + server + (1).to_bytes(4, "big") + b"\0\0\0\0"
            answer = correlation + body
            writer.write(len(answer).to_bytes(4, "big") + answer)
            await writer.drain()

    async with listening(bootstrap) as port, brokers(OnlyThis(private=False)) as opened:
        place = at(source(kind, "podium"), port=port)
        with pytest.raises(PodiumError, match=r"169\.254\.169\.254.*allow_private"):
            await opened.publish(place, message("1"), seconds=HANGS)
    assert b"\x00\x03" in asked


@pytest.mark.service
@pytest.mark.parametrize("kind", [kind for kind in ONE_EACH if kind.port], ids=lambda k: k.name)
async def test_a_connection_that_breaks_while_a_run_waits_is_made_again(kind: Kind):
    """Behind a server in the middle that drops everybody once."""
    name = f"podium-broken-{kind.protocol}"
    ends: list[asyncio.StreamWriter] = []

    async def middle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(LOCAL, kind.port)
        ends.extend([writer, far_writer])

        async def copy(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
            while data := await source.read(65_536):
                to.write(data)
            to.close()

        async with anyio.create_task_group() as group:
            group.start_soon(copy, reader, far_writer)
            group.start_soon(copy, far_reader, writer)

    direct = source(kind, name)
    if kind.name == "amqp queue":
        direct = source(next(k for k in KINDS if k.name == "amqp topic"), name)
    async with listening(middle) as port, brokers() as opened:
        place = at(direct, port=port)
        reader = await Reader(opened, place).begun()
        for end in ends:
            end.transport.abort()
        ends.clear()
        assert await reader.next(1.5) is None
        assert ends, "it is connected again"
        await opened.publish(direct, message("after"), seconds=HANGS)
        assert await reader.next() == "after"
        await reader.close()


@pytest.mark.service
async def test_nats_over_tls_holds_the_server_to_its_name_and_never_goes_on_without(tmp_path: Path):
    certificate = localhost(tmp_path)
    port = 24_222
    arguments = ["-a", LOCAL, "-p", str(port), "--tls", "--tlscert", str(certificate.chain)]
    arguments += ["--tlskey", str(certificate.key), "--user", "ann", "--pass", "s3cret"]
    server = subprocess.Popen([NATS_SERVER, *arguments], stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - before anything runs
    kind = next(kind for kind in KINDS if kind.name == "nats")
    try:
        await _listens(port)
        dial = Dial(Egress.anywhere(), certificate.trusting(), 100_000, seconds=3.0)
        async with Brokers(dial) as opened:
            access = Access("ann", "s3cret")
            place = at(source(kind, "podium-tls", access), port=port, tls=True, host="localhost")
            reader = await Reader(opened, place).begun()
            await opened.publish(place, message("1"), seconds=HANGS)
            assert await reader.next() == "1"
            await reader.close()
            with pytest.raises(ConnectFailed, match="TLS failed"):
                await opened.publish(at(place, host=LOCAL), message("1"), seconds=HANGS)
            plain = at(place, port=4222)  # the machine's own speaks no TLS
            with pytest.raises(ConnectFailed):
                await opened.publish(plain, message("1"), seconds=HANGS)
    finally:
        server.send_signal(signal.SIGTERM)
        _ = server.wait(timeout=HANGS)


async def _listens(port: int) -> None:
    with anyio.fail_after(HANGS):
        while True:
            try:
                _, writer = await asyncio.open_connection(LOCAL, port)
            except OSError:
                await anyio.sleep(0.05)
            else:
                writer.close()
                return
