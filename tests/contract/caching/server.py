"""A Redis on loopback, in a namespace of the test's own."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as NotThere

from podium.adapters.caching.redis_line import RedisLine, RedisOptions
from podium.kernel.clock import Clock

URL = "redis://127.0.0.1:6379/0"
NAMESPACE = f"test-{os.getpid()}"
PATIENT = RedisOptions(URL, NAMESPACE, deadline=5.0)


@asynccontextmanager
async def a_redis(clock: Clock, options: RedisOptions = PATIENT) -> AsyncGenerator[RedisLine]:
    plain = Redis.from_url(URL)
    try:
        _ = await plain.ping()
    except NotThere as error:
        if os.environ.get("CI") == "true":  # noqa: TID251 - the suite's edge
            raise
        pytest.skip(f"Redis at 127.0.0.1:6379 does not answer: {error}")
    try:
        async with RedisLine.opened(replace(options, namespace=NAMESPACE), clock) as line:
            yield line
    finally:
        async for name in plain.scan_iter(match=f"{NAMESPACE}:*"):
            _ = await plain.delete(name)
        await plain.aclose()
