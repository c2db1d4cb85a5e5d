"""kill -9 while a run subscribes: what came before, meanwhile and after is taken once each."""

import json
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import aio_pika
import anyio
import nats
import pytest
from tests.pace import HANGS
from tests.service.brokers import LOCAL
from tests.service.drill import Place, document, podium_in, until

Talk = tuple[Callable[[int], Awaitable[None]], Callable[[], Awaitable[int]]]
"""Publishes a number; counts who is subscribed."""

pytestmark = [pytest.mark.anyio, pytest.mark.service, pytest.mark.alone]


def taking(name: str, address: str, protocol: str) -> str:
    described = {
        "asyncapi": "3.0.0",
        "servers": {"one": {"host": LOCAL, "protocol": protocol}},
        "channels": {"orders": {"address": address, "bindings": {"amqp": {"is": "queue"}}}},
    }
    uri = "data:application/json," + quote(json.dumps(described))
    return document(
        name,
        f"""
- take:
    call: asyncapi
    with:
      document: {{endpoint: "{uri}"}}
      channel: orders
      subscription:
        consume: {{amount: 6}}
        foreach: {{output: {{as: .payload.n}}}}
""",
    )


@asynccontextmanager
async def jetstream(name: str) -> AsyncGenerator[Talk]:
    client = await nats.connect(f"nats://{LOCAL}")
    stream = client.jetstream()
    _ = await stream.add_stream(name=name, subjects=[name])

    async def publish(n: int) -> None:
        _ = await stream.publish(name, json.dumps({"n": n}).encode())

    async def waits() -> int:
        return len(await stream.consumers_info(name))

    try:
        yield publish, waits
    finally:
        _ = await stream.delete_stream(name)
        await client.close()


@asynccontextmanager
async def rabbitmq(name: str) -> AsyncGenerator[Talk]:
    connection = await aio_pika.connect(host=LOCAL)
    channel = await connection.channel()
    queue = await channel.declare_queue(name)

    async def publish(n: int) -> None:
        body = aio_pika.Message(json.dumps({"n": n}).encode())
        _ = await channel.default_exchange.publish(body, name)

    async def waits() -> int:
        found = await channel.declare_queue(name, passive=True)
        return found.declaration_result.consumer_count or 0

    try:
        yield publish, waits
    finally:
        _ = await queue.delete(if_unused=False, if_empty=False)
        await connection.close()


@pytest.mark.parametrize("broker", [jetstream, rabbitmq], ids=["nats", "amqp"])
async def test_a_run_goes_on_with_its_subscription_after_a_crash(tmp_path: Path, broker):
    name = f"podium-{uuid.uuid4().hex[:12]}"  # noqa: TID251 - a test's own name
    protocol = "nats" if broker is jetstream else "amqp"
    async with broker(name) as (publish, waits):
        with podium_in(tmp_path) as place:
            _ = place.up()
            place.store(taking("take", name, protocol))
            run = place.start("take", {})
            await _subscribed(waits)
            for n in range(3):
                await publish(n)
            _ = until("three are recorded", lambda: _messages(place, run) >= 3)

            place.kill()
            await publish(3)
            _ = place.up()
            await publish(4)
            await publish(5)

            assert place.reaches(run, "completed")["output"] == [0, 1, 2, 3, 4, 5]
            steps = [span for span in place.spans(run) if span["name"] == "asyncapi"]
            assert len(steps) == 6
        assert await waits() == 0


def _messages(place: Place, run: str) -> int:
    return sum(span["name"] == "asyncapi" for span in place.spans(run))


async def _subscribed(waits) -> None:
    with anyio.fail_after(HANGS):
        while not await waits():  # noqa: ASYNC110 - a broker's own state
            await anyio.sleep(0.05)


async def test_a_run_that_is_cancelled_leaves_the_queue_and_its_message_to_others(tmp_path: Path):
    name = f"podium-{uuid.uuid4().hex[:12]}"  # noqa: TID251 - a test's own name
    async with rabbitmq(name) as (publish, waits):
        with podium_in(tmp_path) as place:
            _ = place.up()
            place.store(taking("take", name, "amqp"))
            run = place.start("take", {})
            await _subscribed(waits)
            await publish(1)
            _ = until("one is recorded", lambda: _messages(place, run) >= 1)

            assert place.change(run, "cancel").status == 200
            _ = place.reaches(run, "cancelled")
            with anyio.fail_after(HANGS):
                while await waits():  # noqa: ASYNC110 - a broker's own state
                    await anyio.sleep(0.05)
            other = place.start("take", {})
            for n in range(2, 8):
                await publish(n)
            output = place.reaches(other, "completed")["output"]
    assert output in ([1, 2, 3, 4, 5, 6], [2, 3, 4, 5, 6, 7])
