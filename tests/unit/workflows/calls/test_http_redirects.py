"""What `call: http` does with redirects, and what no answer can make it do."""

import asyncio
import gzip
import resource

import anyio
import pytest
from aiohttp import web
from tests.pace import HANGS
from tests.unit.workflows.calls.loopback import a_call, answers, calling, site

from podium.adapters.http.client import HttpRequest, _redirected
from podium.adapters.http.egress import Egress
from podium.kernel.errors import LimitReached, Refused, TimedOut, Unavailable
from podium.workflows.calls.http import HttpCall

pytestmark = pytest.mark.anyio


def _moves(status: int, to: str = "/there"):
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/here":
            return web.Response(status=status, headers={"Location": to})
        return web.json_response({"path": request.path, "method": request.method})

    return handler


async def test_without_redirect_a_redirect_is_an_error():
    async with site(_moves(302)) as server, calling() as call:
        with pytest.raises(Unavailable, match="redirect: true") as failed:
            await call(endpoint=f"{server.url}/here", redirect=False)
        assert failed.value.details == {"status": 302}
        with pytest.raises(Unavailable, match="answered 302"):
            await call(endpoint=f"{server.url}/here")
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("status", "method"),
    [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")],
)
async def test_with_redirect_it_is_followed(status, method):
    async with site(_moves(status)) as server, calling() as call:
        answer = await call(
            method="post", endpoint=f"{server.url}/here", body={"a": 1}, redirect=True
        )
    assert answer == {"path": "/there", "method": method}
    assert server.last.body == (b'{"a": 1}' if method == "POST" else b"")


async def test_with_redirect_a_status_of_300_to_399_that_leads_nowhere_is_no_error():
    async with site(answers(b"", status=304)) as server, calling() as call:
        assert await call(endpoint=server.url, redirect=True) is None


async def test_a_redirect_to_another_origin_takes_no_credentials_along():
    async with (
        site(answers({})) as other,
        site(_moves(307, f"{other.url}/x")) as server,
        calling() as call,
    ):
        await call(
            method="post",
            endpoint={
                "uri": f"{server.url}/here",
                "authentication": {"bearer": {"token": "t-1"}},
            },
            headers={"X-My-Own-Key": "k", "Cookie": "c=1", "Accept": "a/b"},
            body={"a": 1},
            redirect=True,
        )
    assert server.last.headers["Authorization"] == "Bearer t-1"
    assert not {"Authorization", "X-My-Own-Key", "Cookie"} & set(other.last.headers)
    assert other.last.headers["Accept"] == "a/b"
    assert other.last.body == b'{"a": 1}'


async def test_redirects_in_a_circle_end():
    async with site(_moves(302, "/here")) as server, calling() as call:
        with pytest.raises(Unavailable, match="more than 5 times"):
            await call(endpoint=f"{server.url}/here", redirect=True)
    assert len(server.seen) == 6


async def test_a_redirect_may_not_leave_https():
    with pytest.raises(Unavailable, match="from https"):
        _redirected(HttpRequest("GET", "https://a/x"), 302, "http://a/x")


async def test_private_addresses_are_refused_also_behind_a_redirect():
    async with calling(egress=Egress.public()) as call:
        for url in ("http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/"):
            with pytest.raises(Refused, match="allow_private"):
                await call(endpoint=url)


async def _gush(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    piece = b"x" * 1_000_000
    for _ in range(1_000):
        await response.write(piece)
    return response


async def _drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x")
        await anyio.sleep(0.05)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def test_an_answer_of_a_gigabyte_is_refused_at_the_limit_in_little_memory():
    async with site(_gush) as server, calling(max_bytes=5_000_000) as call:
        before = _peak()
        with pytest.raises(LimitReached, match="larger than 5,000,000 bytes"):
            await call(endpoint=server.url)
        assert _peak() - before < 60


async def test_a_small_answer_that_unpacks_to_hundreds_of_megabytes_is_refused_in_little_memory():
    bomb = gzip.compress(bytes(300_000_000), compresslevel=6)
    assert len(bomb) < 400_000
    async with (
        site(answers(bomb, Content_Encoding="gzip")) as server,
        calling(max_bytes=5_000_000) as call,
    ):
        before = _peak()
        with pytest.raises(LimitReached, match="larger than"):
            await call(endpoint=server.url)
        assert _peak() - before < 120


async def test_an_answer_that_never_ends_is_given_up_in_time():
    async with site(_drip) as server, calling(seconds=0.4) as call:
        with anyio.fail_after(HANGS), pytest.raises(TimedOut):
            await call(endpoint=server.url)


async def test_the_time_that_the_task_has_left_holds():
    async def never(_: web.Request) -> web.StreamResponse:
        await anyio.sleep_forever()
        return web.Response()

    async with site(never) as server, calling(seconds=2 * HANGS) as call:
        with anyio.fail_after(HANGS), pytest.raises(TimedOut):
            await call(endpoint=server.url, deadline=0.3)


async def test_a_line_for_the_trace_says_what_was_called_and_how_it_went():
    async with site(answers({})) as server, calling() as call:
        made = a_call()
        arguments = {"method": "get", "endpoint": f"{server.url}/x?token=abc"}
        await HttpCall(call.sender).call(arguments, made)
    assert made.notes == [f"GET {server.url}/x answered 200"]


async def test_a_header_that_is_no_utf_8_can_be_written_down():
    async def odd(reader, writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\nX-Latin: caf\xe9\r\nX-Utf: \xc3\xa9\r\n"
        writer.write(head + b"X-Odd: \xff\xed\xa0\x80\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(odd, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, calling() as call:
        found = await call(endpoint=f"http://127.0.0.1:{port}/", output="response")
    assert found["headers"]["x-latin"] == "caf\u00e9"
    assert found["headers"]["x-utf"] == "\u00e9"
    assert str(found).encode()
