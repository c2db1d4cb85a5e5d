"""Publishing and subscribing over HTTP and WebSockets, against servers of aiohttp's own."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import WSMsgType, web
from tests.pace import HANGS
from tests.service.brokers import LOCAL, Reader, message
from tests.world import ANN, FakeChance, FakeClock

from podium.adapters.brokers.brokers import Brokers
from podium.adapters.brokers.relay import Dial
from podium.adapters.http.client import HttpClient
from podium.adapters.http.egress import Egress
from podium.adapters.http.errors import EgressRefused
from podium.kernel.errors import Invalid, LimitReached, Refused, Unauthenticated, Unavailable
from podium.kernel.ids import RunId
from podium.protocols.message_streams import MessageStreams
from podium.workflows.calls.asyncapi.http import HttpPosting
from podium.workflows.calls.asyncapi.ports import Access, Channel, Server, Source, Target
from podium.workflows.calls.authentication.exchange import Authentication
from podium.workflows.calls.sending import Limits, Sender
from podium.workflows.functions import Call

pytestmark = pytest.mark.anyio

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
TRUST = ssl.create_default_context()


@asynccontextmanager
async def serving(handler: Handler) -> AsyncGenerator[int]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, LOCAL, 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def speaking(
    egress: Egress | None = None, max_bytes: int = 100_000
) -> AsyncGenerator[Brokers]:
    reach = egress or Egress.anywhere()
    async with HttpClient(reach) as http:
        dial = Dial(reach, TRUST, max_bytes, seconds=HANGS)
        async with Brokers(dial, {"http": MessageStreams(http)}, patience=1.0) as opened:
            yield opened


def source(protocol: str, port: int, access: Access | None = None, host: str = LOCAL) -> Source:
    server = Server("test", protocol, host, port, tls=False, path="base")
    return Source(Target(server, Channel("/news today")), access or Access())


async def test_a_socket_publishes_texts_and_hands_out_what_comes():
    path, seen = "/base/news today Basic YW5uOnMzY3JldA==", list[str]()

    async def echo(request: web.Request) -> web.StreamResponse:
        seen.append(f"{request.path} {request.headers.get('Authorization')}")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("hello")
        async for each in socket:
            if each.type == WSMsgType.TEXT:
                seen.append(each.data)
                await socket.send_bytes(each.data.encode())
        return socket

    async with serving(echo) as port, speaking() as opened:
        place = source("ws", port, Access("ann", "s3cret"))
        reader = Reader(opened, place)
        assert await reader.next() == "hello"
        await opened.publish(place, message('{"a":1}'), seconds=HANGS)
        await opened.publish(place, message('{"a":2}'), seconds=HANGS)
        assert await reader.next(0.2) is None
        with pytest.raises(Invalid, match="has no headers"):
            await opened.publish(place, message("1", trace="t"), seconds=HANGS)
        await reader.close()

    assert seen == [path, path, '{"a":1}', '{"a":2}']


async def test_a_socket_that_is_refused_or_sends_too_much_says_so():
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") is None:
            raise web.HTTPUnauthorized
        if "ZXZl" in request.headers["Authorization"]:
            raise web.HTTPForbidden
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("x" * 200_000)
        await asyncio.sleep(2 * HANGS)
        return socket

    async with serving(handler) as port, speaking() as opened:
        with pytest.raises(Unauthenticated, match="answered 401"):
            await opened.publish(source("ws", port), message("1"), seconds=HANGS)
        with pytest.raises(Refused, match="answered 403"):
            await Reader(opened, source("ws", port, Access("eve", "x")), key="a").next()
        with pytest.raises(LimitReached, match="more than 100,000 bytes"):
            await Reader(opened, source("ws", port, Access("ann", "x")), key="b").next()


@pytest.mark.parametrize("protocol", ["ws", "http"])
async def test_private_addresses_are_refused(protocol: str):
    async def never(_request: web.Request) -> web.StreamResponse:
        raise AssertionError("nobody may come here")

    async with serving(never) as port, speaking(Egress.public()) as opened:
        for host in (LOCAL, "localhost"):
            with pytest.raises(EgressRefused, match="allow_private"):
                await Reader(opened, source(protocol, port, host=host), key=host).next()


async def test_events_of_a_stream_are_messages_and_go_on_behind_the_last_one():
    asked: list[str | None] = []

    async def events(request: web.Request) -> web.StreamResponse:
        after = request.headers.get("Last-Event-ID")
        asked.append(after)
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        begins = int(after or 0)
        for n in range(begins + 1, begins + 3):
            await answer.write(f'id: {n}\nevent: news\ndata: {{"n": {n}}}\n\n'.encode())
        return answer  # the stream breaks after two events

    async with serving(events) as port, speaking() as opened:
        reader = Reader(opened, source("http", port))
        received = [await reader.next() for _ in range(5)]
        await reader.close()

    assert received == [f'{{"n": {n}}}' for n in range(1, 6)]
    assert asked[:3] == [None, "2", "4"]


async def test_lines_of_json_are_messages_also_in_pieces():
    async def lines(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await answer.prepare(request)
        for piece in (b'{"a"', b": 1}\n\n[2", b"]\r\n3\n4"):
            await answer.write(piece)
            await asyncio.sleep(0.01)
        await asyncio.sleep(2 * HANGS)
        return answer

    async with serving(lines) as port, speaking() as opened:
        reader = Reader(opened, source("http", port))
        assert [await reader.next() for _ in range(3)] == ['{"a": 1}', "[2]", "3"]
        assert await reader.next(0.1) is None
        await reader.close()


@pytest.mark.parametrize(
    ("kind", "body", "error", "said"),
    [
        ("text/html", b"<html>", Unavailable, "answers with text/html"),
        ("text/event-stream", b"<html>\n", Unavailable, "no stream of events"),
        ("text/event-stream", b"data: " + b"x" * 200_000, Unavailable, "larger than 100,000"),
        ("application/x-ndjson", b"x" * 200_000, LimitReached, "more than 100,000 bytes"),
    ],
)
async def test_what_is_no_stream_of_messages_is_refused(
    kind: str, body: bytes, error: type[Exception], said: str
):
    async def handler(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": kind})
        await answer.prepare(request)
        await answer.write(body)
        await asyncio.sleep(2 * HANGS)
        return answer

    async with serving(handler) as port, speaking() as opened:
        with pytest.raises(error, match=said):
            await Reader(opened, source("http", port)).next()


async def test_a_message_is_posted_with_its_key_and_an_error_status_is_a_failure():
    seen: list[tuple[str, str, str | None, str | None, bytes]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        key, trace = request.headers.get("Idempotency-Key"), request.headers.get("trace")
        seen.append((request.method, request.path, key, trace, await request.read()))
        return web.Response(status=503 if "fail" in request.path else 202)

    async with serving(handler) as port, HttpClient(Egress.anywhere()) as http:
        sender = Sender(http, Authentication(FakeClock(), FakeChance()), Limits(HANGS, 10_000))
        posting, call = HttpPosting(sender), Call(RunId("run_1"), "/do/x", ANN, HANGS)
        target = source("http", port).target
        await posting.post(target, message("{}", trace="t-1"), {}, call=call)
        put = Target(target.server, Channel("fail", operation={"method": "put"}))
        with pytest.raises(Unavailable, match="answered 503"):
            await posting.post(put, message("{}"), {}, call=call)

    assert seen == [
        ("POST", "/base/news today", "run_1:/do/x", "t-1", b"{}"),
        ("PUT", "/base/fail", "run_1:/do/x", None, b"{}"),
    ]
