"""The gateway against a real server on loopback that misbehaves by script."""

import asyncio
import time
from contextlib import asynccontextmanager

import anyio
import pytest
from aiohttp import web
from msgspec.structs import replace
from tests.fakes_access import RULE
from tests.pace import HANGS
from tests.unit.gateway.fakes import (
    ANA,
    ASK,
    FIRST,
    SECOND,
    Book,
    EvenChance,
    OneDollarAToken,
    StillClock,
    answer,
    asked,
)
from tests.unit.protocols.scripted_server import event, says, serving, streams

from podium.adapters.http.client import HttpClient
from podium.adapters.http.egress import Egress
from podium.adapters.http.errors import BrokenOff, DeadlinePassed, TooLarge
from podium.adapters.upstream.client import UpstreamClient
from podium.bootstrap.upstreams import Speech, means, upstream
from podium.gateway.catalogue import Catalogue
from podium.gateway.models import Deadlines, Model, Outcome, Route, Target
from podium.gateway.service import Edges, Gateway
from podium.kernel.errors import LimitReached, TimedOut, Unavailable
from podium.protocols.callers import callers
from podium.protocols.endpoints import Endpoint, Key

pytestmark = pytest.mark.anyio

PATIENT = Deadlines(connect=HANGS, first_token=HANGS, between_tokens=HANGS, total=HANGS)
KEY = "k-very-secret"
SPOKEN = Speech(callers(StillClock()), means(StillClock(), EvenChance()))


class RealClock:
    def now(self) -> float:
        return 1_790_000_000.0

    def monotonic(self) -> float:
        return time.monotonic()


def _endpoint(model: Model, url: str, max_bytes: int) -> Endpoint:
    return Endpoint(model.provider.name, url + "/v1", Key(KEY), max_bytes=max_bytes)


@asynccontextmanager
async def gateway_to(*urls: str, deadlines: Deadlines = PATIENT, max_bytes: int = 100_000):
    async with UpstreamClient(Egress.anywhere()) as http:
        models = (FIRST, SECOND)[: len(urls)]
        upstreams = {
            model.provider.name: upstream(
                "openai_chat", _endpoint(model, url, max_bytes), http, speech=SPOKEN
            )
            for model, url in zip(models, urls, strict=True)
        }
        route = Route("default", tuple(Target(model, 2) for model in models), deadlines)
        book = Book()
        edges = Edges(
            upstreams,
            book,
            OneDollarAToken(),
            RealClock(),
            EvenChance(0.0),
            anyio.sleep,
            RULE,
        )
        catalogue = Catalogue({model.name: model for model in models}, {"default": route})
        with anyio.fail_after(2 * HANGS):
            yield Gateway(catalogue, edges), book


A = event(choices=[{"delta": {"content": "a"}}], model="m")
END = event(choices=[{"delta": {}, "finish_reason": "stop"}])
USED = event(choices=[], usage={"prompt_tokens": 3, "completion_tokens": 1})
DONE = b"data: [DONE]\n\n"


async def test_an_answer_goes_through_and_the_key_only_in_its_header():
    async with serving(says(answer("hi"))) as server, gateway_to(server.url) as (gateway, _):
        body, record = await gateway.chat(ANA, {**ASK, "extra": [1]})

    assert body == answer("hi")
    assert server.heads[0]["Authorization"] == f"Bearer {KEY}"
    assert server.seen[0] == {**ASK, "model": "first-upstream", "extra": [1]}
    assert KEY not in repr(record)


async def test_after_a_429_the_gateway_waits_as_told_and_succeeds():
    busy = says({"error": {"message": "slow down"}}, 429, Retry_After="0.4")
    async with serving(busy, says(answer("hi"))) as server, gateway_to(server.url) as (gateway, _):
        _, record = await gateway.chat(ANA, ASK)

    assert [a.status for a in record.attempts] == [429, 0]
    assert 0.4 <= server.times[1] - server.times[0] < HANGS


async def test_after_500s_the_next_provider_answers():
    async with (
        serving(says({"error": "down"}, 500)) as down,
        serving(says(answer("from beta"))) as up,
        gateway_to(down.url, up.url) as (gateway, _),
    ):
        body, record = await gateway.chat(ANA, ASK)

    assert body == answer("from beta")
    assert [(a.provider, a.status) for a in record.attempts] == [("alpha", 500)] * 3 + [("beta", 0)]


async def test_a_refused_connection_is_tried_again_and_falls_back():
    async with serving(says({})) as gone:
        pass
    async with (
        serving(says(answer("hi"))) as up,
        gateway_to(gone.url, up.url) as (gateway, _),
    ):
        _, record = await gateway.chat(ANA, ASK)

    assert [a.outcome for a in record.attempts] == [Outcome.CONNECT] * 3 + [Outcome.OK]


async def test_a_stream_arrives_as_it_is_sent_with_its_usage():
    arrived, parts = anyio.Event(), 0

    async def waits(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(A)
        await arrived.wait()
        await response.write(A + END + USED + DONE)
        return response

    async with (
        serving(waits) as server,
        gateway_to(server.url) as (gateway, book),
        await gateway.open(ANA, asked()) as stream,
    ):
        async for _ in stream:
            parts += 1
            arrived.set()

    assert server.seen[0]["stream_options"] == {"include_usage": True}
    record = book.records[0]
    assert (record.usage.input, record.usage.output) == (3, 1)
    assert record.ok
    assert parts > 1


async def test_a_slow_first_token_falls_back_in_time():
    waits = replace(PATIENT, first_token=2.0)
    async with (
        serving(streams(2 * HANGS, A, END, DONE)) as slow,
        serving(streams(A, END, DONE)) as quick,
        gateway_to(slow.url, quick.url, deadlines=waits) as (gateway, book),
        await gateway.open(ANA, asked()) as stream,
    ):
        _ = [part async for part in stream]

    assert [a.outcome for a in book.records[0].attempts] == [Outcome.TIMEOUT, Outcome.OK]


async def test_a_stream_that_falls_silent_is_timed_out():
    async with (
        serving(streams(A, 2 * HANGS)) as server,
        gateway_to(server.url, deadlines=replace(PATIENT, between_tokens=0.3)) as (gateway, book),
    ):
        stream = await gateway.open(ANA, asked())
        with pytest.raises(TimedOut, match="between bytes"):
            _ = [part async for part in stream]

    assert book.records[0].attempts[-1].outcome is Outcome.TIMEOUT


@pytest.mark.parametrize(
    ("handler", "outcome"),
    [
        (streams(A, cut=True), Outcome.BROKEN),
        (streams(A), Outcome.BROKEN),
        (streams(A, 0.1, b"<html>oops</html>\n\n"), Outcome.MALFORMED),
        (streams(A, 0.1, b"data: {nope\n\n"), Outcome.MALFORMED),
        (streams(A, 0.1, b"data: \xff\xfe\n\n"), Outcome.MALFORMED),
        (streams(A, 0.1, event(what=1)), Outcome.MALFORMED),
        (streams(A, 0.1, event(error={"message": "overloaded", "code": 501})), Outcome.STATUS),
        (streams(A, 0.1, *[A * 1000] * 5), Outcome.TOO_LARGE),
        (streams(A, 0.1, b"data: " + b"x" * 2_000_000), Outcome.MALFORMED),
    ],
    ids=["cut", "ended", "html", "json", "utf8", "shape", "error", "endless", "event"],
)
async def test_a_stream_that_goes_wrong_is_an_error_and_never_a_short_answer(handler, outcome):
    limit = 10_000_000 if outcome is Outcome.MALFORMED else 100_000
    async with (
        serving(handler) as server,
        gateway_to(server.url, max_bytes=limit) as (gateway, book),
    ):
        with pytest.raises(Unavailable):
            _ = [part async for part in await gateway.open(ANA, asked())]

    assert book.records[0].attempts[-1].outcome is outcome
    assert len(server.seen) == 1


async def test_a_stream_without_done_is_whole_where_a_reason_to_finish_was_given():
    async with (
        serving(streams(A, END)) as server,
        gateway_to(server.url) as (gateway, book),
        await gateway.open(ANA, asked()) as stream,
    ):
        said = b"".join([part async for part in stream])
    assert said == A + END + DONE
    assert book.records[0].ok


@pytest.mark.parametrize(
    ("handler", "outcome"),
    [
        (says({"choices": "x" * 200_000}), Outcome.TOO_LARGE),
        (streams(*[b"x" * 50_000] * 4, kind="application/json"), Outcome.TOO_LARGE),
        (streams(b"<html>", kind="text/html"), Outcome.MALFORMED),
        (says({"id": 1}), Outcome.MALFORMED),
        (streams(b'{"choices"', kind="application/json", cut=True), Outcome.BROKEN),
    ],
    ids=["announced", "unannounced", "html", "shape", "cut"],
)
async def test_an_answer_that_goes_wrong_is_named(handler, outcome):
    async with serving(handler) as server, gateway_to(server.url) as (gateway, book):
        await _fails(gateway)
    assert [a.outcome for a in book.records[0].attempts] == [outcome]
    assert len(server.seen) == 1


async def test_the_total_deadline_holds_against_a_server_that_never_answers():
    async def never(_: web.Request) -> web.StreamResponse:
        await anyio.sleep_forever()
        return web.Response()

    async with (
        serving(never) as server,
        gateway_to(server.url, deadlines=Deadlines(total=0.4)) as (gateway, _),
    ):
        with pytest.raises(TimedOut):
            _ = await gateway.chat(ANA, ASK)


async def test_a_key_that_the_provider_repeats_is_not_repeated():
    async with (
        serving(says({"error": {"message": f"bad key {KEY}"}}, 401)) as server,
        gateway_to(server.url) as (gateway, book),
    ):
        with pytest.raises(Unavailable, match="Check its API key") as failed:
            _ = await gateway.chat(ANA, ASK)
    assert KEY not in repr(failed.value) + repr(book.records) + repr(failed.value.details)


async def test_a_limit_keeps_its_retry_after():
    async with (
        serving(says({}, 429, Retry_After="120")) as server,
        gateway_to(server.url) as (gateway, _),
    ):
        with pytest.raises(LimitReached) as limited:
            _ = await gateway.chat(ANA, ASK)
    assert limited.value.retry_after == 120.0


async def test_connections_are_used_again_also_after_streams():
    async with (
        serving(streams(A, END, DONE)) as server,
        gateway_to(server.url) as (gateway, _),
    ):
        for _ in range(5):
            async with await gateway.open(ANA, asked()) as stream:
                _ = [part async for part in stream]
    assert len(server.ports) == 1


async def test_a_reader_who_leaves_closes_the_connection_to_the_provider():
    left = anyio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            while True:
                await response.write(A)
                await asyncio.sleep(0.01)
        except (ConnectionError, asyncio.CancelledError):
            left.set()
            raise

    async with serving(endless) as server, gateway_to(server.url) as (gateway, book):
        async with await gateway.open(ANA, asked()) as stream:
            _ = await anext(stream)
        with anyio.fail_after(HANGS):
            await left.wait()
    assert book.records[0].error is not None


async def _fails(gateway: Gateway) -> None:
    with pytest.raises(Unavailable):
        _ = await gateway.chat(ANA, ASK)


async def _request(url: str, **more: object):
    given = {
        "headers": {},
        "query": {},
        "body": None,
        "deadline": HANGS,
        "max_bytes": 1000,
        "follow_redirects": False,
        **more,
    }
    async with HttpClient(Egress.anywhere()) as http:
        return await http.request("GET", url, **given)


async def test_the_client_gives_any_status_with_its_body_and_sends_the_query():
    async with serving(says({"no": 1}, 404, X_Some="a")) as server:
        response = await _request(server.url + "/a?x=1", query={"y": "ä &"})
    assert (response.status, response.body) == (404, b'{"no": 1}')
    assert response.headers["x-some"] == "a"


async def test_redirects_are_followed_only_when_asked():
    async def away(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/b")

    async with serving(away, away, says({"at": "b"})) as server:
        assert (await _request(server.url)).status == 302
        assert (await _request(server.url, follow_redirects=True)).body == b'{"at": "b"}'

    async with serving(away) as server:
        with pytest.raises(Unavailable, match="redirects more than 5 times"):
            _ = await _request(server.url, follow_redirects=True)


@pytest.mark.parametrize(
    ("handler", "error", "deadline"),
    [
        (says("x" * 2000), TooLarge, HANGS),
        (streams(2 * HANGS), DeadlinePassed, 0.5),
        (streams(b"abc", cut=True), BrokenOff, HANGS),
    ],
)
async def test_the_client_bounds_time_and_size(handler, error, deadline):
    async with serving(handler) as server:
        with pytest.raises(error), anyio.fail_after(HANGS):
            _ = await _request(server.url, deadline=deadline)


async def test_a_compressed_bomb_stays_within_the_bound():
    async def bomb(_: web.Request) -> web.StreamResponse:
        response = web.Response(body=b"\0" * 5_000_000)
        response.enable_compression(web.ContentCoding.gzip)
        return response

    async with serving(bomb) as server:
        with pytest.raises(TooLarge):
            _ = await _request(server.url, max_bytes=100_000)
