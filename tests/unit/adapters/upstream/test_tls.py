"""Whom the client believes: the authorities it is given, for the host that was asked, today."""

import asyncio
import datetime as dt
import ssl
import warnings
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
import trustme
from tests.unit.adapters.upstream.raw_server import RawServer, chunks, ok, serving
from tests.unit.adapters.upstream.world import LONG, fails, post, rest_of, send, settled

from podium.adapters.http.egress import Egress
from podium.adapters.http.errors import ConnectFailed
from podium.adapters.upstream.client import UpstreamClient, UpstreamOptions

pytestmark = pytest.mark.anyio

AUTHORITY = trustme.CA()
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def certified(*names: str, **more: dt.datetime) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(*names, **more).configure_cert(context)
    return context


@asynccontextmanager
async def trusting(folder: Path) -> AsyncGenerator[UpstreamClient]:
    file = folder / "ca.pem"
    AUTHORITY.cert_pem.write_to_path(str(file))
    with anyio.fail_after(20):
        async with UpstreamClient(Egress.anywhere(), UpstreamOptions(ca_file=str(file))) as client:
            yield client
            await settled(client)


def https(server: RawServer, host: str = "localhost") -> str:
    return f"https://{host}:{server.port}/"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_server_with_a_certificate_for_its_host_is_believed(host, tmp_path):
    script, large = chunks(b"a", b"b"), b"x" * 500_000
    async with serving(script, tls=certified(host)) as server, trusting(tmp_path) as client:
        for _ in range(3):
            assert (await send(client, https(server, host), large)).body == b"ab"
        asked = post(https(server, host))
        async with await client.open(asked, b"", timeouts=LONG) as stream:
            assert await rest_of(stream) == b"ab"
        assert server.connections == 1
        assert server.asked[0].body == large


@pytest.mark.parametrize(
    ("context", "said"),
    [
        (certified("other.example"), "TLS failed (Hostname mismatch"),
        (certified("localhost", not_after=LONG_AGO), "TLS failed (certificate has expired"),
    ],
    ids=["host", "expired"],
)
async def test_a_certificate_that_does_not_hold_is_refused(context, said, tmp_path):
    async with serving([ok(b"")], tls=context) as server, trusting(tmp_path) as client:
        error = await fails(client, https(server), ConnectFailed)
        assert str(error).startswith(f"Cannot connect to 'localhost': {said}")
        assert not server.asked


async def test_an_authority_that_nobody_named_is_refused():
    async with (
        serving([ok(b"")], tls=certified("localhost")) as server,
        UpstreamClient(Egress.anywhere()) as client,
    ):
        error = await fails(client, https(server), ConnectFailed)
        assert "TLS failed (unable to get local issuer" in str(error)
        assert not server.asked


async def test_old_versions_of_tls_are_refused(tmp_path):
    old = certified("localhost")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with serving([ok(b"")], tls=old) as server, trusting(tmp_path) as client:
        error = await fails(client, https(server), ConnectFailed)
        assert str(error).startswith("Cannot connect to 'localhost': ")


async def test_a_server_that_speaks_no_tls_is_refused(tmp_path):
    async def junk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(junk, "127.0.0.1", 0)
    async with server, trusting(tmp_path) as client:
        port = server.sockets[0].getsockname()[1]
        error = await fails(client, f"https://localhost:{port}/", ConnectFailed)
        assert str(error).startswith("Cannot connect to 'localhost': TLS failed (")


async def test_who_leaves_a_stream_early_closes_its_connection_over_tls_too(tmp_path):
    script = [*chunks(b"a")[:2], asyncio.Event()]
    async with (
        serving(script, tls=certified("localhost")) as server,
        trusting(tmp_path) as client,
    ):
        async with await client.open(post(https(server)), b"", timeouts=LONG) as stream:
            assert await stream.read() == b"a"
        await server.until_open_are(0)
