"""Publishing and subscribing over the brokers of this machine."""

import shutil
import subprocess
import uuid
from collections.abc import AsyncGenerator

import aio_pika
import anyio
import nats
import pytest
from redis.asyncio import Redis
from tests.pace import HANGS
from tests.service.brokers import KINDS, LOCAL, Kind, Reader, at, brokers, message, source

from podium.adapters.http.egress import Egress
from podium.adapters.http.errors import ConnectFailed, EgressRefused
from podium.kernel.errors import Invalid, Unauthenticated, Unavailable
from podium.workflows.calls.asyncapi.ports import Access

pytestmark = [pytest.mark.anyio, pytest.mark.service, pytest.mark.alone]

RABBITMQCTL = shutil.which("rabbitmqctl") or "rabbitmqctl"
BY_NAME = {kind.name: kind for kind in KINDS}
EACH = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
KEEPING = pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.keeps], ids=lambda kind: kind.name
)


@pytest.fixture
async def address(request: pytest.FixtureRequest) -> AsyncGenerator[str]:
    """A channel of this test's own, made where brokers do not make it themselves."""
    name = f"podium-{uuid.uuid4().hex[:12]}"  # noqa: TID251 - a test's own name
    kind = request.node.callspec.params["kind"] if hasattr(request.node, "callspec") else None
    match kind:
        case Kind(name="amqp queue"):
            connection = await aio_pika.connect(host=LOCAL)
            channel = await connection.channel()
            await channel.declare_queue(name)
            yield name
            await channel.queue_delete(name)
            await connection.close()
        case Kind(name="jetstream"):
            client = await nats.connect(f"nats://{LOCAL}")
            await client.jetstream().add_stream(name=name, subjects=[name])
            yield name
            await client.jetstream().delete_stream(name)
            await client.close()
        case Kind(name="redis stream"):
            yield name
            async with Redis(host=LOCAL) as redis:
                await redis.delete(name)
        case _:
            yield name


@pytest.mark.parametrize(
    "anyio_backend",
    [("asyncio", {"use_uvloop": False}), ("asyncio", {"use_uvloop": True})],
    ids=["asyncio", "uvloop"],
)
@EACH
async def test_what_is_published_comes_to_who_subscribed_in_order(
    kind: Kind,
    address: str,
    anyio_backend: object,  # noqa: ARG001 - on both event loops
):
    async with brokers() as opened:
        place = source(kind, address)
        reader = await Reader(opened, place).begun()
        for n in range(20):
            await opened.publish(place, message(str(n), key=f"k{n}"), seconds=HANGS)
        received = [await reader.next() for _ in range(20)]
        nothing = await reader.next(0.2)
        await reader.close()

    assert received == [str(n) for n in range(20)]
    assert nothing is None


@EACH
async def test_headers_arrive_where_the_protocol_has_them(kind: Kind, address: str):
    async with brokers() as opened:
        place = source(kind, address)
        if not kind.headers:
            with pytest.raises(Invalid, match="has no headers, and the message has trace"):
                await opened.publish(place, message("1", trace="t-1"), seconds=HANGS)
            return
        reader = await Reader(opened, place).begun()
        await opened.publish(place, message("1", trace="t-1"), seconds=HANGS)
        received = await reader.ask()
        await reader.close()

    assert received is not None
    assert received.message.headers["trace"] == "t-1"


@KEEPING
async def test_a_message_that_was_not_recorded_comes_again_after_a_crash(kind: Kind, address: str):
    place = source(kind, address)
    async with brokers() as opened:
        reader = await Reader(opened, place).begun()
        await opened.publish(place, message("first", "k1"), seconds=HANGS)
        await opened.publish(place, message("second", "k2"), seconds=HANGS)
        assert await reader.next() == "first"
        taken = await reader.ask()
        assert taken is not None
        assert taken.message.body == b"second"

    async with brokers() as opened:
        again = Reader(opened, place, after=reader.after)
        with anyio.fail_after(2 * HANGS):
            assert await again.next(HANGS) == "second"
        await again.close()


@KEEPING
async def test_a_message_that_was_recorded_does_not_come_again_after_a_crash(
    kind: Kind, address: str
):
    place = source(kind, address)
    async with brokers() as opened:
        reader = await Reader(opened, place).begun()
        await opened.publish(place, message("first", "k1"), seconds=HANGS)
        assert await reader.next() == "first"
    async with brokers() as opened:
        await opened.publish(place, message("second", "k2"), seconds=HANGS)
        again = Reader(opened, place, after=reader.after)
        with anyio.fail_after(2 * HANGS):
            assert await again.next(HANGS) == "second"
        assert await again.next(0.3) is None
        await again.close()


@KEEPING
async def test_the_last_message_is_acknowledged_also_by_who_comes_after_a_crash(
    kind: Kind, address: str
):
    place = source(kind, address)
    async with brokers() as opened:
        reader = await Reader(opened, place).begun()
        await opened.publish(place, message("last", "k1"), seconds=HANGS)
        assert await reader.next() == "last"
    async with brokers() as opened:
        await Reader(opened, place, after=reader.after).close()
        other = Reader(opened, place)  # of the same name: it gets what was not acknowledged
        assert await other.next(1.0) is None
        await other.close()


@KEEPING
async def test_what_comes_while_podium_is_down_is_kept(kind: Kind, address: str):
    place = source(kind, address)
    async with brokers() as opened:
        reader = await Reader(opened, place).begun()
        await opened.publish(place, message("0", "k0"), seconds=HANGS)
        assert await reader.next() == "0"
        assert await reader.next(0.2) is None  # acknowledges
    async with brokers() as opened:
        for n in range(1, 4):
            await opened.publish(place, message(str(n), f"k{n}"), seconds=HANGS)
    async with brokers() as opened:
        again = Reader(opened, place, after=reader.after)
        assert [await again.next() for _ in range(3)] == ["1", "2", "3"]
        await again.close()


@KEEPING
async def test_equal_messages_are_two_messages(kind: Kind, address: str):
    async with brokers() as opened:
        place = source(kind, address)
        reader = await Reader(opened, place).begun()
        for n in range(3):
            await opened.publish(place, message("same", f"key-{n}"), seconds=HANGS)
        assert [await reader.next() for _ in range(3)] == ["same"] * 3
        await reader.close()


@EACH
async def test_a_wait_that_is_cut_short_loses_nothing(kind: Kind, address: str):
    async with brokers() as opened:
        place = source(kind, address)
        reader = await Reader(opened, place).begun()
        received: list[str] = []

        async def publish() -> None:
            for n in range(30):
                await opened.publish(place, message(str(n), f"k{n}"), seconds=HANGS)
                await anyio.sleep(0.004)

        async with anyio.create_task_group() as group:
            group.start_soon(publish)
            with anyio.fail_after(HANGS):
                while len(received) < 30:
                    with anyio.move_on_after(0.003):
                        text = await reader.next()
                        received += [] if text is None else [text]
        await reader.close()

    assert received == [str(n) for n in range(30)]


@EACH
async def test_a_hundred_messages_at_once_take_one_connection(kind: Kind, address: str):
    async with brokers() as opened:
        place = source(kind, address)
        reader = await Reader(opened, place).begun()
        async with anyio.create_task_group() as group:
            for n in range(100):
                group.start_soon(_publish, opened, place, n)
        received = {await reader.next() for _ in range(100)}
        assert len(opened._links) == 1  # noqa: SLF001 - connections are what it is about
        await reader.close()

    assert received == {str(n) for n in range(100)}


async def _publish(opened, place, n: int) -> None:
    await opened.publish(place, message(str(n), f"k{n}"), seconds=HANGS)


@EACH
async def test_private_addresses_are_refused(kind: Kind, address: str):
    async with brokers(Egress.public()) as opened:
        place = source(kind, address)
        with pytest.raises(EgressRefused, match="allow_private"):
            await opened.publish(place, message("1"), seconds=HANGS)
        with pytest.raises(EgressRefused, match="allow_private"):
            await Reader(opened, at(place, host="localhost")).next()


@EACH
async def test_nobody_there_is_said_at_once(kind: Kind, address: str):
    async with brokers() as opened:
        place = at(source(kind, address), port=1)
        with pytest.raises(ConnectFailed, match=r"127\.0\.0\.1:1"):
            await opened.publish(place, message("1"), seconds=HANGS)
        with pytest.raises(ConnectFailed, match=r"127\.0\.0\.1:1"):
            await Reader(opened, place).next()


@pytest.mark.parametrize("kind", [BY_NAME["amqp queue"], BY_NAME["redis"]], ids=["amqp", "redis"])
async def test_wrong_credentials_are_said(kind: Kind, address: str):
    async with brokers() as opened:
        place = source(kind, address, Access("nobody", "wrong"))
        with pytest.raises(Unauthenticated, match="does not know these credentials"):
            await opened.publish(place, message("1"), seconds=HANGS)
        with pytest.raises(Unauthenticated, match="does not know these credentials"):
            await Reader(opened, place).next()


async def test_a_queue_or_exchange_that_is_not_there_is_said():
    async with brokers() as opened:
        lost = source(BY_NAME["amqp queue"], "podium-lost")
        with pytest.raises(Unavailable, match="no queue for this message") as raised:
            await opened.publish(lost, message("1"), seconds=HANGS)
        assert raised.value.details["status"] == 404
        with pytest.raises(Unavailable, match="NOT_FOUND"):
            await Reader(opened, lost).next()
        kind = Kind("x", "amqp", 5672, {"exchange": {"name": "podium-lost"}})
        with pytest.raises(Unavailable, match="NOT_FOUND"):
            await opened.publish(source(kind, "a"), message("1"), seconds=HANGS)


async def test_parameters_without_value_are_wildcards():
    for name, address, sent in (
        ("mqtt", "podium/{a}/x", "podium/1/x"),
        ("nats", "podium.{a}.x", "podium.1.x"),
        ("redis", "podium-{a}-x", "podium-1-x"),
        ("amqp topic", "podium.{a}.x", "podium.1.x"),
    ):
        async with brokers() as opened:
            kind = BY_NAME[name]
            reader = await Reader(opened, source(kind, address), key=f"wild {name}").begun()
            await opened.publish(source(kind, sent), message("1"), seconds=HANGS)
            assert await reader.next() == "1"
            await reader.close()


async def test_each_run_has_a_subscription_of_its_own_to_a_topic():
    async with brokers() as opened:
        topic = source(BY_NAME["amqp topic"], "podium-shared")
        one = await Reader(opened, topic, key="run_1:/do/x").begun()
        two = await Reader(opened, topic, key="run_2:/do/x").begun()
        await opened.publish(topic, message("1"), seconds=HANGS)
        assert await one.next() == await two.next() == "1"
        await one.close()
        await two.close()


async def test_nothing_is_left_behind_at_the_brokers():
    """Queues, groups and consumers of a subscription that is over."""
    async with brokers() as opened:
        reader = await Reader(opened, source(BY_NAME["amqp topic"], "podium-left")).begun()
        queues = _queues()
        await reader.close()
        async with Redis(host=LOCAL) as redis:
            stream = await Reader(opened, source(BY_NAME["redis stream"], "podium-left")).begun()
            groups = await redis.xinfo_groups("podium-left")
            await stream.close()
            left = await redis.xinfo_groups("podium-left")
            await redis.delete("podium-left")

    assert len(queues) == 1
    assert _queues() == set()
    assert (len(groups), left) == (1, [])


def _queues() -> set[str]:
    said = subprocess.run(
        [RABBITMQCTL, "-q", "list_queues", "name"], check=True, capture_output=True, text=True
    )
    return {line for line in said.stdout.splitlines() if line.startswith("podium-")}
