# ruff: noqa: SLF001 - what a client leaves behind is inside of it
"""A client, and what it may leave behind: nothing."""

import gc
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel
import pytest
from tests.pace import HANGS

from podium.adapters.http.egress import Egress
from podium.adapters.http.exchange import Timeouts
from podium.adapters.upstream.client import UpstreamClient, UpstreamOptions
from podium.adapters.upstream.pool import Keeping
from podium.adapters.upstream.response import ResponseStream
from podium.adapters.upstream.target import NO_HEADERS, Target, target
from podium.kernel.errors import PodiumError

LONG = Timeouts(HANGS, HANGS, HANGS, HANGS)
MOST = 1_000_000


@asynccontextmanager
async def a_client(**keeping: float) -> AsyncGenerator[UpstreamClient]:
    options = UpstreamOptions(keeping=Keeping(**keeping))
    with anyio.fail_after(2 * HANGS):
        async with UpstreamClient(Egress.anywhere(), options) as client:
            yield client
            await settled(client)
    gc.collect()  # what was not closed warns now


async def settled(client: UpstreamClient) -> None:
    """Every place is taken by a connection that is open and rests; nobody waits."""
    for _ in range(20):
        await anyio.lowlevel.checkpoint()
    for pool in client._pools.values():
        assert pool._taken == len(pool._open) == len(pool._idle)
        assert set(pool._idle) == pool._open
        assert not pool._waiters
        assert all(each.open and each._exchange is None for each in pool._idle)


def resting(client: UpstreamClient) -> int:
    return sum(len(pool._idle) for pool in client._pools.values())


async def until_resting(client: UpstreamClient, count: int) -> None:
    for _ in range(1000):
        if resting(client) == count:
            return
        await anyio.sleep(0.01)
    raise AssertionError(f"{resting(client)} connections rest.")


def post(url: str, **headers: str) -> Target:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return target("POST", url, named)


async def send(client: UpstreamClient, asked: Target | str, body: bytes = b"{}", **more: object):
    given = {"timeouts": LONG, "max_bytes": MOST, "headers": NO_HEADERS, **more}
    return await client.send(post(asked) if isinstance(asked, str) else asked, body, **given)


async def fails(
    client: UpstreamClient, url: str, error: type[PodiumError], **more: object
) -> PodiumError:
    with pytest.raises(error) as raised:
        await send(client, url, **more)
    return raised.value


async def rest_of(stream: ResponseStream) -> bytes:
    pieces: list[bytes] = []
    while piece := await stream.read():
        pieces.append(piece)
    return b"".join(pieces)
