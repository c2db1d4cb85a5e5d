"""Answers that are encoded though nobody asked for it."""

import gzip
import hashlib
import zlib

import pytest
from tests.unit.adapters.upstream.raw_server import chunks, ok, serving
from tests.unit.adapters.upstream.world import LONG, a_client, fails, post, rest_of, resting, send

from podium.adapters.http.errors import BrokenOff, TooLarge
from podium.adapters.upstream.target import target

pytestmark = pytest.mark.anyio

TEXT = b"".join(hashlib.sha256(b"%d" % n).hexdigest().encode() for n in range(30)) * 50
CODINGS = {
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:]),
    "deflate": zlib.compress(TEXT),
    "GZIP": gzip.compress(TEXT),
}


@pytest.mark.parametrize("coding", CODINGS)
async def test_a_coding_is_undone(coding):
    said = ok(CODINGS[coding], f"Content-Encoding: {coding}", "X-A: b")
    async with serving([said]) as server, a_client() as client:
        response = await send(client, server.url)
        assert response.body == TEXT
        assert dict(response.headers) == {"x-a": "b"}

        async with await client.open(post(server.url), b"", timeouts=LONG) as stream:
            assert await rest_of(stream) == TEXT
            assert dict(stream.headers) == {"x-a": "b"}
        async with await client.open(post(server.url), b"", timeouts=LONG) as stream:
            assert await stream.whole(len(TEXT)) == TEXT
        assert server.connections == 1


async def test_a_coding_is_undone_piece_by_piece():
    pieces = [CODINGS["gzip"][at : at + 7] for at in range(0, len(CODINGS["gzip"]), 7)]
    script = chunks(*pieces)
    script[0] = script[0][:-2] + b"Content-Encoding: gzip\r\n\r\n"
    async with serving(script) as server, a_client() as client:
        async with await client.open(post(server.url), b"", timeouts=LONG) as stream:
            assert await rest_of(stream) == TEXT
        assert resting(client) == 1


async def test_no_coding_at_all_is_a_coding_too():
    said = ok(b"hi", "Content-Encoding: identity")
    async with serving([said]) as server, a_client() as client:
        response = await send(client, server.url)
        assert (response.body, response.headers["content-length"]) == (b"hi", "2")


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "SECRET"])
async def test_other_codings_are_refused(coding):
    async with serving([ok(b"hi", f"Content-Encoding: {coding}")]) as server, a_client() as client:
        error = await fails(client, server.url, BrokenOff)
        with pytest.raises(BrokenOff):
            await client.open(post(server.url), b"", timeouts=LONG)
    assert "content coding other than gzip and deflate" in str(error)
    assert "SECRET" not in str(error)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"no gzip", "coding of its answer is broken"),
        (CODINGS["gzip"][:-9], "broke off in the middle"),
        (CODINGS["gzip"][:9], "broke off in the middle"),
        (CODINGS["gzip"] + b"more", "coding of its answer is broken"),
    ],
    ids=["another", "cut", "cut early", "more"],
)
async def test_a_coding_that_is_broken_is_an_error_and_never_a_short_answer(body, said):
    async with serving([ok(body, "Content-Encoding: gzip")]) as server, a_client() as client:
        error = await fails(client, server.url, BrokenOff)
        assert said in str(error)
        async with await client.open(post(server.url), b"", timeouts=LONG) as stream:
            with pytest.raises(BrokenOff, match=said):
                await rest_of(stream)


async def test_a_bomb_stays_within_the_bound():
    bomb = gzip.compress(bytes(50_000_000))
    async with serving([ok(bomb, "Content-Encoding: gzip")]) as server, a_client() as client:
        await fails(client, server.url, TooLarge, max_bytes=100_000)
        async with await client.open(post(server.url), b"", timeouts=LONG) as stream:
            assert len(await stream.read()) <= 262_144
            with pytest.raises(TooLarge):
                await stream.whole(1_000_000)


async def test_an_empty_body_has_no_coding():
    async with serving([ok(b"", "Content-Encoding: gzip")]) as server, a_client() as client:
        assert (await send(client, server.url)).body == b""
        assert (await send(client, target("HEAD", server.url), b"")).body == b""
