"""What a subscription promises, whatever its server does."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
import pytest
from tests.pace import HANGS
from tests.simulation.loop import SimulatedLoop

from podium.adapters.brokers.consumers import Consumer
from podium.adapters.brokers.links import Feed
from podium.kernel.errors import LimitReached, Refused, Unavailable
from podium.workflows.calls.asyncapi.ports import Channel, Incoming

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> object:
    """Nothing here waits for anything but time, so that none need pass."""
    return "asyncio", {"loop_factory": SimulatedLoop}


GONE = Unavailable("gone")
CHANNEL = Channel("orders")


@dataclass
class Server:
    """Keeps messages until they are acknowledged. An exception among them is raised once: by
    opening if it comes first, by the feed otherwise.
    """

    waiting: list[str | Exception]
    opened: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    closed: int = 0
    left: int = 0
    deaf: int = 0
    """How often acknowledging fails."""

    async def open(self, after: str) -> tuple[Channel, Feed]:
        self.opened.append(after)
        if self.waiting and isinstance(self.waiting[0], Exception):
            raise self.waiting.pop(0)  # pyright: ignore[reportGeneralTypeIssues]
        return CHANNEL, Subscribed(self)


@dataclass
class Subscribed:
    server: Server
    last: str = ""

    async def next(self) -> Incoming:
        while not self.server.waiting:  # noqa: ASYNC110 - tests put things there
            await anyio.sleep(0.01)
        found = self.server.waiting[0]
        if isinstance(found, Exception):
            raise self.server.waiting.pop(0)  # pyright: ignore[reportGeneralTypeIssues]
        again = found in self.server.opened or self.server.closed > 0
        self.last = found
        return Incoming(found.encode(), found, again=again)

    async def acknowledge(self) -> None:
        if self.server.deaf:
            self.server.deaf -= 1
            raise GONE
        self.server.waiting.remove(self.last)
        self.server.acknowledged.append(self.last)

    async def close(self) -> None:
        self.server.closed += 1

    async def leave(self) -> None:
        self.server.left += 1


@asynccontextmanager
async def consuming(
    server: Server, after: str = "", patience: float = 0.5
) -> AsyncGenerator[Consumer]:
    async with anyio.create_task_group() as group:
        consumer = Consumer(server.open, after, patience=patience)
        _ = group.start_soon(consumer.run)
        with anyio.fail_after(HANGS):
            yield consumer
        group.cancel_scope.cancel()


async def taken(consumer: Consumer, after: str = "") -> str:
    channel, message = await consumer.next(after)
    assert channel == CHANNEL
    return message.mark


async def test_a_message_is_acknowledged_when_the_next_one_is_asked_for():
    server = Server(["a", "b", "c"])
    async with consuming(server) as consumer:
        assert await taken(consumer) == "a"
        await anyio.sleep(0.05)
        assert server.acknowledged == []
        assert await taken(consumer, "a") == "b"
        assert server.acknowledged == ["a"]
        await consumer.leave("b")
    assert (server.acknowledged, server.left, server.closed) == (["a", "b"], 1, 0)


async def test_who_asks_again_without_having_recorded_gets_the_same_message():
    server = Server(["a", "b"])
    async with consuming(server) as consumer:
        assert [await taken(consumer) for _ in range(3)] == ["a"] * 3
    assert server.acknowledged == []


async def test_a_wait_that_is_cut_short_takes_nothing():
    server = Server([])
    async with consuming(server) as consumer:
        with anyio.move_on_after(0.05):
            await taken(consumer)
        server.waiting.append("a")
        assert await taken(consumer) == "a"


async def test_a_message_that_was_recorded_before_a_crash_is_acknowledged_and_not_handed_out():
    server = Server(["a", "b"], closed=1)
    async with consuming(server, after="a") as consumer:
        assert await taken(consumer, "a") == "b"
    assert server.acknowledged == ["a"]
    assert server.opened == ["a"]


async def test_a_connection_that_breaks_is_made_again_and_the_run_does_not_hear_of_it():
    server = Server(["a", GONE, GONE, "b"])
    async with consuming(server) as consumer:
        assert await taken(consumer) == "a"
        assert await taken(consumer, "a") == "b"
    assert server.opened == ["", "a", "a"]


async def test_an_acknowledgement_that_fails_is_made_good_after_the_next_connection():
    server = Server(["a", "b"], deaf=1)
    async with consuming(server) as consumer:
        assert await taken(consumer) == "a"
        assert await taken(consumer, "a") == "b"
    assert server.acknowledged == ["a"]


async def test_the_first_connection_has_to_succeed_at_once():
    server = Server([GONE, "a"])
    async with consuming(server) as consumer:
        with pytest.raises(Unavailable, match="gone"):
            await taken(consumer)
    assert consumer.ended


async def test_patience_ends():
    server = Server(["a", *[GONE] * 50])
    async with consuming(server, patience=0.3) as consumer:
        assert await taken(consumer) == "a"
        with pytest.raises(Unavailable, match="gone"):
            await taken(consumer, "a")


async def test_a_connection_that_opens_and_breaks_at_once_is_not_made_without_end():
    @dataclass
    class Hasty(Server):
        async def open(self, after: str) -> tuple[Channel, Feed]:
            found = await super().open(after)
            self.waiting.append(GONE)
            return found

    server = Hasty([])
    async with consuming(server, patience=0.4) as consumer:
        with pytest.raises(Unavailable, match="gone"):
            await taken(consumer)
    assert 2 <= len(server.opened) <= 5


@pytest.mark.parametrize("error", [Refused("no"), LimitReached("too large"), ValueError("a bug")])
async def test_what_will_not_pass_is_not_tried_again(error: Exception):
    server = Server(["a", error, "b"])
    async with consuming(server) as consumer:
        assert await taken(consumer) == "a"
        with pytest.raises((Refused, LimitReached, Unavailable), match=r"no|too large|a bug"):
            await taken(consumer, "a")
    assert server.opened == [""]


async def test_who_leaves_before_the_last_message_is_recorded_leaves_it_to_others():
    server = Server(["a"])
    async with consuming(server) as consumer:
        assert await taken(consumer) == "a"
        await consumer.leave("")
    assert server.acknowledged == []
    assert server.left == 1


async def test_a_subscription_that_is_suspended_says_so_to_who_still_waits():
    server = Server([])
    async with consuming(server) as consumer, anyio.create_task_group() as group:

        async def wait() -> None:
            with pytest.raises(Unavailable, match="was closed"):
                await taken(consumer)

        group.start_soon(wait)
        await anyio.sleep(0.05)
        consumer.scope.cancel()
    assert server.closed == 1
