"""What is sent, what comes back whole, and what becomes of the connection."""

import asyncio
from dataclasses import replace

import anyio
import pytest
from tests.unit.adapters.upstream.raw_server import CUT, RESET, SHUT, chunks, ok, serving
from tests.unit.adapters.upstream.world import (
    MOST,
    a_client,
    fails,
    post,
    resting,
    send,
    until_resting,
)

from podium.adapters.http.errors import BrokenOff, TooLarge
from podium.adapters.upstream.target import target

pytestmark = pytest.mark.anyio

HI = ok(b"hi")


async def test_a_response_has_status_headers_and_body():
    said = b"HTTP/1.1 404 Not\r\nX-Some: a\r\nx-some: b \r\nContent-Length: 2\r\nC: \xe4\r\n\r\nno"
    async with serving([said]) as server, a_client() as client:
        response = await send(client, server.url)

    assert (response.status, response.body) == (404, b"no")
    assert dict(response.headers) == {"x-some": "a, b", "content-length": "2", "c": "ä"}
    assert response.headers.get("X-SOME") == "a, b"
    assert response.headers.raw[b"x-some"] == b"a, b "
    assert len(response.headers) == 3
    assert "absent" not in response.headers


async def test_the_head_is_the_prepared_one_with_the_length_and_the_headers_of_the_request():
    async with serving([HI]) as server, a_client() as client:
        asked = target("POST", server.url + "?a=%2C,b", {"Authorization": "Bearer k"})
        await send(client, asked, b"{1}", headers={"X-One": "ü"})

        assert server.asked[0].body == b"{1}"
        assert (
            server.asked[0].head
            == (
                f"POST /v1/x?a=%2C,b HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
                f"User-Agent: podium\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
                f"Authorization: Bearer k\r\nX-One: ü\r\nContent-Length: 3\r\n\r\n"
            ).encode()
        )


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [("GET", b"", None), ("POST", b"", b"0"), ("PUT", b"", b"0"), ("DELETE", b"x", b"1")],
)
async def test_a_length_is_sent_where_there_is_a_body_or_could_be_one(method, body, length):
    async with serving([HI]) as server, a_client() as client:
        await send(client, target(method, server.url), body)

    lines = dict(line.split(b": ") for line in server.asked[0].head.split(b"\r\n")[1:-2])
    assert lines.get(b"Content-Length") == length


async def test_a_large_body_goes_out_and_comes_back_whole():
    large = bytes(range(256)) * 4_000
    async with serving([ok(large)]) as server, a_client() as client:
        response = await send(client, server.url, large, max_bytes=len(large))

    assert server.asked[0].body == large
    assert response.body == large


async def test_requests_one_after_the_other_share_a_connection():
    async with serving([HI], chunks(b"a", b"bc"), [HI]) as server, a_client() as client:
        bodies = [(await send(client, server.url)).body for _ in range(4)]

        assert bodies == [b"hi", b"abc", b"hi", b"hi"]
        assert (server.connections, resting(client)) == (1, 1)


async def test_the_connection_that_was_used_last_is_used_first():
    async with serving([HI]) as server, a_client() as client:
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(send, client, server.url)
        assert server.connections == 3
        for _ in range(5):
            await send(client, server.url)

    assert len({asked.connection for asked in server.asked[3:]}) == 1


async def test_one_pool_is_for_one_origin():
    async with serving([HI]) as one, serving([HI]) as other, a_client() as client:
        for server in (one, other, one, other):
            await send(client, server.url)

    assert (one.connections, other.connections) == (1, 1)


@pytest.mark.parametrize(
    "said",
    [
        ok(b"hi", "Connection: close"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi",
        ok(b"hi") + b"more",
        ok(b"hi") + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        ok(b"hi") + b"HTT",
    ],
    ids=["close", "1.0", "1.0 kept", "more", "a second response", "the beginning of one"],
)
async def test_a_connection_that_says_so_or_says_too_much_is_not_used_again(said):
    async with serving([said]) as server, a_client() as client:
        for _ in range(2):
            assert (await send(client, server.url)).body == b"hi"
        assert (server.connections, resting(client)) == (2, 0)
        await server.until_open_are(0)


async def test_bytes_that_nobody_asked_for_close_a_connection_that_rests():
    late = asyncio.Event()

    async with serving([HI]) as server, a_client() as client:
        server.scripts = [[HI, late, ok(b"evil")], [HI]]
        await send(client, server.url)
        late.set()
        await server.until_open_are(0)
        assert (await send(client, server.url)).body == b"hi"


@pytest.mark.parametrize("status", [204, 304])
async def test_some_statuses_have_no_body(status):
    said = f"HTTP/1.1 {status} Fine\r\n\r\n".encode()
    async with serving([said]) as server, a_client() as client:
        for _ in range(2):
            response = await send(client, server.url)
            assert (response.status, response.body) == (status, b"")

    assert server.connections == 1


@pytest.mark.parametrize("status", [204, 304])
async def test_a_length_where_no_body_may_be_is_not_trusted(status):
    said = f"HTTP/1.1 {status} Fine\r\nContent-Length: 3\r\n\r\n".encode()
    async with serving([said]) as server, a_client() as client:
        assert (await send(client, server.url)).body == b""
        assert resting(client) == 0


async def test_the_answer_to_head_has_no_body():
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n"
    async with serving([said]) as server, a_client() as client:
        response = await send(client, target("HEAD", server.url), b"")

    assert (response.status, response.body) == (200, b"")
    assert response.headers["content-length"] == "9999999999"


async def test_informational_responses_are_skipped():
    early = b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
    async with serving([early, early + HI]) as server, a_client() as client:
        response = await send(client, server.url)
        assert (response.status, response.body) == (200, b"hi")
        assert "link" not in response.headers
        assert resting(client) == 1


async def test_a_body_without_a_length_ends_with_the_connection():
    said = [b"HTTP/1.1 200 OK\r\n\r\n", b"ab", b"cd", SHUT]
    async with serving(said) as server, a_client() as client:
        assert (await send(client, server.url)).body == b"abcd"
        assert resting(client) == 0


async def test_trailers_and_extensions_of_chunks_are_read_over():
    trailed = chunks(b"a", trailers="X-Sum: 1\r\n")
    extended = [trailed[0], b"2;x=y\r\nbc\r\n", trailed[-1]]
    async with serving(trailed, extended) as server, a_client() as client:
        first, second = await send(client, server.url), await send(client, server.url)

    assert (first.body, second.body, server.connections) == (b"a", b"bc", 1)
    assert "x-sum" not in first.headers


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("said", [b"<html>", CHUNKED + b"0x1\r\na\r\n0\r\n\r\n"])
async def test_what_is_not_strictly_http_is_refused_and_not_repeated(said):
    """What else is not: test_strictness."""
    async with serving([said]) as server, a_client() as client:
        error = await fails(client, server.url, BrokenOff)
        await server.until_open_are(0)

    assert str(error).startswith("'127.0.0.1' cannot be understood: ")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "script",
    [
        [SHUT],
        [CUT],
        [b"HTTP/1.1 20", SHUT],
        [HEAD + b"Content-Length: 3\r\n\r\n", SHUT],
        [HEAD + b"Content-Length: 3\r\n\r\nab", SHUT],
        [HEAD + b"Content-Length: 3\r\n\r\nab", CUT],
        [*chunks(b"abc")[:-1], SHUT],
        [CHUNKED + b"3\r\nab", SHUT],
        [CHUNKED + b"0\r\n", SHUT],
        [HEAD + b"\r\nabc", RESET],
    ],
)
async def test_an_answer_that_is_cut_off_is_an_error_and_never_a_short_answer(script):
    async with serving(script) as server, a_client() as client:
        error = await fails(client, server.url, BrokenOff)
        assert "broke off" in str(error)
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "script",
    [
        [HEAD + b"Content-Length: 101\r\n\r\n"],
        chunks(b"a" * 60, b"a" * 60),
        [HEAD + b"\r\n" + b"a" * 101],
    ],
    ids=["announced", "in chunks", "until the end"],
)
async def test_more_than_asked_for_is_refused(script):
    async with serving(script) as server, a_client() as client:
        error = await fails(client, server.url, TooLarge, max_bytes=100)
        assert str(error) == "The response of '127.0.0.1' is larger than 100 bytes."
        await server.until_open_are(0)


async def test_an_answer_before_the_request_was_read_does_not_free_the_connection():
    class Deaf:
        connections = 0

    async def serve(reader, writer):
        Deaf.connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Large\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await gone.wait()
        writer.close()

    gone = asyncio.Event()
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1024)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with a_client() as client:
        assert (await send(client, url, b"x" * 30_000_000)).status == 413
        assert resting(client) == 0
    gone.set()
    server.close()


async def test_a_request_is_sent_again_where_a_kept_connection_was_closed_and_it_may_be():
    async with serving([HI], [CUT], [HI]) as server, a_client() as client:
        asked = post(server.url, Idempotency_Key="one")
        assert asked.repeatable
        await send(client, asked)
        assert (await send(client, asked, b"2")).body == b"hi"

        assert [each.body for each in server.asked] == [b"{}", b"2", b"2"]
        assert server.connections == 2


async def test_it_is_sent_again_only_once():
    async with serving([HI], [CUT]) as server, a_client() as client:
        asked = replace(post(server.url), repeatable=True)
        await send(client, asked)
        with pytest.raises(BrokenOff, match="before it answered"):
            await send(client, asked)

        assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("method", "script"),
    [("POST", [CUT]), ("GET", [b"H", CUT])],
    ids=["not idempotent", "something came back"],
)
async def test_otherwise_a_request_is_never_sent_again(method, script):
    async with serving([HI], script, [HI]) as server, a_client() as client:
        await send(client, target("GET", server.url), b"")
        with pytest.raises(BrokenOff):
            await send(client, target(method, server.url), b"")

        assert len(server.asked) == 2


async def test_on_a_new_connection_a_request_is_never_sent_again():
    async with serving([CUT], [HI]) as server, a_client() as client:
        with pytest.raises(BrokenOff):
            await send(client, target("GET", server.url), b"")

        assert len(server.asked) == 1


async def test_a_connection_that_was_closed_while_it_rested_is_not_used():
    async with serving([HI, SHUT]) as server, a_client() as client:
        for count in range(1, 4):
            assert (await send(client, server.url)).body == b"hi"
            await server.until_open_are(0)
            await until_resting(client, 0)
            assert server.connections == count


async def test_most_bytes_may_be_exactly_as_many():
    async with serving([ok(b"a" * MOST)]) as server, a_client() as client:
        assert len((await send(client, server.url)).body) == MOST
