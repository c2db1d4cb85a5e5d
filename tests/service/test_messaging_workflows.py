"""Whole workflows that publish, subscribe and call gRPC, over what bootstrap wires together."""

import json
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import quote

import aio_pika
import nats
import pytest
from nats.js.api import AckPolicy, ConsumerConfig
from tests.service.brokers import LOCAL
from tests.service.grpc_server import PROTO, serving
from tests.service.test_grpc import ALL
from tests.world import FakeChance, FakeClock, Scene, document

from podium.adapters.http.client import HttpClient
from podium.adapters.http.egress import Egress
from podium.bootstrap.messaging import open_messaging, subscriptions
from podium.bootstrap.protocols import Outside, protocols
from podium.kernel.json import Json, JsonObject
from podium.settings import Settings

pytestmark = [pytest.mark.anyio, pytest.mark.alone]


def inline(value: JsonObject) -> str:
    return "data:application/json," + quote(json.dumps(value))


def described(address: str, server: JsonObject, queue: str = "", **channel: Json) -> str:
    taking: JsonObject = {"nats": {"queue": queue}} if queue else {}
    return inline(
        {
            "asyncapi": "3.0.0",
            "servers": {"one": server},
            "channels": {"orders": {"address": address, **channel}},
            "operations": {
                "place": {"action": "receive", "channel": {"$ref": "#/channels/orders"}},
                "placed": {
                    "action": "send",
                    "channel": {"$ref": "#/channels/orders"},
                    "bindings": taking,
                },
            },
        }
    )


@asynccontextmanager
async def wired(text: str, private: bool = True) -> AsyncGenerator[Scene]:
    """A scene that speaks to the outside as podium does."""
    settings = Settings.model_validate({"http": {"allow_private": private, "timeout": "5s"}})
    async with (
        HttpClient(Egress(private=private)) as http,
        open_messaging(settings, http) as messaging,
    ):
        spoken = protocols(settings, Outside(http, FakeClock(), FakeChance(), messaging=messaging))
        scene = Scene(text, protocols=spoken)
        scene.execution.deps = replace(scene.execution.deps, subscriptions=subscriptions(spoken))
        yield scene


@pytest.fixture
def name() -> str:
    return f"podium-{uuid.uuid4().hex[:12]}"  # noqa: TID251 - a test's own name


def ordering(uri: str) -> str:
    return document(f"""
- send:
    for: {{in: "${{ [1, 2, 3] }}"}}
    do:
      - publish:
          call: asyncapi
          with:
            document: {{endpoint: "{uri}"}}
            operation: place
            message: {{payload: {{id: "${{ $item }}"}}}}
- take:
    call: asyncapi
    with:
      document: {{endpoint: "{uri}"}}
      operation: placed
      subscription:
        consume: {{amount: 3}}
        foreach:
          item: message
          do: [{{count: {{call: inc, with: {{x: "${{ $message.payload.id }}"}}}}}}]
""")


@pytest.mark.service
async def test_a_workflow_publishes_to_rabbitmq_and_takes_what_it_published(name: str):
    connection = await aio_pika.connect(host=LOCAL)
    channel = await connection.channel()
    queue = await channel.declare_queue(name)
    server: JsonObject = {"host": LOCAL, "protocol": "amqp"}
    uri = described(name, server, bindings={"amqp": {"is": "queue"}})
    try:
        async with wired(ordering(uri)) as scene:
            assert await scene.output() == [2, 3, 4]
            paths = [span.path for span in scene.ledger.spans.values() if span.name == "asyncapi"]
        left = await channel.declare_queue(name, passive=True)
        assert left.declaration_result.message_count == 0
    finally:
        await queue.delete()
        await connection.close()

    assert paths == [f"/do/send[{n}]/publish" for n in range(3)] + [
        f"/do/take[{n}]" for n in range(1, 4)
    ]


@pytest.mark.service
async def test_a_run_that_dies_after_any_step_takes_each_message_of_a_stream_once(name: str):
    """Also those that were published twice: the idempotency key is the name of a message."""
    client = await nats.connect(f"nats://{LOCAL}")
    streams = client.jetstream()
    uri = described(name, {"host": LOCAL, "protocol": "nats"}, queue="workers")
    consumer = ConsumerConfig(
        durable_name="workers", ack_policy=AckPolicy.EXPLICIT, ack_wait=0.5, max_ack_pending=1
    )
    try:
        for crash_at in range(11):
            _ = await streams.add_stream(name=name, subjects=[name])
            _ = await streams.add_consumer(name, consumer)
            async with wired(ordering(uri)) as scene:
                scene.crash_at = crash_at or -1
                assert await scene.output() == [2, 3, 4], crash_at
                assert scene.performed == 10 + bool(crash_at)
                assert len(scene.ledger.calls) <= 4
            left = await streams.consumer_info(name, "workers")
            assert (left.num_pending, left.num_ack_pending) == (0, 0)
            _ = await streams.delete_stream(name)
    finally:
        await client.close()


async def test_a_workflow_calls_a_grpc_service_and_goes_on_with_its_answer():
    async with serving(ALL) as served:
        text = document(f"""
- greet:
    call: grpc
    with:
      proto: {{endpoint: "{"data:text/plain," + quote(PROTO)}"}}
      service: {{name: Greeter, host: localhost, port: {served.port}}}
      method: Unary
      arguments: {{firstName: "${{ .who }}"}}
- said: {{set: {{text: "${{ .text }}"}}}}
""")
        async with wired(text) as scene:
            assert await scene.output({"who": "Ann"}) == {"text": "Hi Ann"}
        assert served.seen[0]["idempotency-key"] == "run_1:/do/greet"
        async with wired(text, private=False) as scene:
            error = await scene.error({"who": "Ann"})
    assert str(error["type"]).endswith("/authorization")
    assert len(served.seen) == 1
