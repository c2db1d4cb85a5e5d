"""How long each phase may take, and that one timer is enough for all of them."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

import anyio
import pytest
from tests.unit.adapters.upstream.raw_server import Script, chunks, ok, serving
from tests.unit.adapters.upstream.received import TARGETS, FakeLine, FakeLoop
from tests.unit.adapters.upstream.world import LONG, a_client, fails, post, rest_of, send

from podium.adapters.http.errors import DeadlinePassed, Phase
from podium.adapters.http.exchange import Timeouts
from podium.adapters.upstream.deadline import Deadline
from podium.adapters.upstream.exchange import Exchange

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SHORT = 0.1
HURRIED = {
    Phase.FIRST_BYTE: Timeouts(20, SHORT, 20, 20),
    Phase.BETWEEN_BYTES: Timeouts(20, 20, SHORT, 20),
    Phase.TOTAL: Timeouts(20, 20, 20, SHORT),
}


async def _late(script: Script, phase: Phase) -> str:
    async with serving(script) as server, a_client() as client:
        error = await fails(client, server.url, DeadlinePassed, timeouts=HURRIED[phase])
        assert isinstance(error, DeadlinePassed)
        assert error.phase is phase
        await server.until_open_are(0)
    return str(error)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("phase", "sent"),
    [
        (Phase.FIRST_BYTE, []),
        (Phase.FIRST_BYTE, [b"HTTP/1.1 20"]),
        (Phase.FIRST_BYTE, [b"HTTP/1.1 103 Early\r\n\r\n"]),
        (Phase.BETWEEN_BYTES, [CHUNKED]),
        (Phase.BETWEEN_BYTES, [CHUNKED, b"1\r\na\r\n"]),
        (Phase.TOTAL, []),
        (Phase.TOTAL, [CHUNKED, b"1\r\na\r\n"]),
    ],
)
async def test_a_whole_response_has_its_deadlines(phase, sent):
    said = await _late([*sent, asyncio.Event()], phase)
    assert said == f"'127.0.0.1' was too slow: {phase.value}, 0.1 s."


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("phase", "sent"),
    [
        (Phase.FIRST_BYTE, []),
        (Phase.BETWEEN_BYTES, [b"1\r\na\r\n"]),
        (Phase.TOTAL, [b"1\r\na\r\n"]),
    ],
)
async def test_a_stream_has_its_deadlines(phase, sent):
    async with serving([CHUNKED, *sent, asyncio.Event()]) as server, a_client() as client:
        # Within the total the stream is opened as well: on a busy machine that takes a while.
        times = Timeouts(20, 20, 20, 3) if phase is Phase.TOTAL else HURRIED[phase]
        async with await client.open(post(server.url), b"", timeouts=times) as stream:
            with pytest.raises(DeadlinePassed) as late:
                await rest_of(stream)
        assert late.value.phase is phase
        await server.until_open_are(0)


def test_the_total_also_ends_a_stream_that_nobody_reads():
    loop, line = FakeLoop(), FakeLine()
    exchange = Exchange(TARGETS["POST"], Timeouts(1, 2, 3, 10), loop)
    exchange.begun(line)
    exchange.feed(CHUNKED + b"1\r\na\r\n")

    loop.now = 10.0
    exchange.late()

    assert isinstance(exchange.error, DeadlinePassed)
    assert exchange.error.phase is Phase.TOTAL
    assert (exchange.taken(), line.dropped) == (b"a", 1)
    exchange.late()
    assert line.dropped == 1


@pytest.mark.anyio
async def test_pieces_that_keep_coming_are_in_time_however_many():
    steps: list[bytes | asyncio.Event] = []
    events: list[asyncio.Event] = []
    for piece in chunks(*[b"a"] * 6):
        events.append(asyncio.Event())
        steps += [piece, events[-1]]

    async def release() -> None:
        for event in events:
            await anyio.sleep(0.2)
            event.set()

    async with (
        serving(steps, [ok(b"")]) as server,
        a_client() as client,
        anyio.create_task_group() as group,
    ):
        group.start_soon(release)
        times = Timeouts(20, 20, 1, 20)
        assert (await send(client, server.url, timeouts=times)).body == b"a" * 6


@contextmanager
def nobody_accepts() -> Generator[str]:
    """As many as may wait to be accepted do; the next one gets no answer."""
    with socket.socket() as listener, ExitStack() as crowd:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            waiting = crowd.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


@pytest.mark.anyio
@pytest.mark.parametrize("phase", [Phase.CONNECT, Phase.TOTAL])
async def test_to_connect_has_a_deadline(phase):
    times = Timeouts(SHORT, 20, 20, 20) if phase is Phase.CONNECT else HURRIED[Phase.TOTAL]
    with nobody_accepts() as url:
        async with a_client() as client:
            error = await fails(client, url, DeadlinePassed, timeouts=times)
    assert isinstance(error, DeadlinePassed)
    assert error.phase is phase
    assert str(error) == f"'127.0.0.1' was too slow: {phase.value}, 0.1 s."


class Clock:
    """A loop that has only a clock and counts the timers it is asked for."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[tuple[float, object]] = []
        self.armed = 0

    def time(self) -> float:
        return self.now

    def call_at(self, at, function):
        self.armed += 1
        entry = (at, function)
        self.timers.append(entry)
        timers = self.timers

        class Handle:
            def cancel(self) -> None:
                timers.remove(entry)

        return Handle()

    def run_to(self, at: float) -> None:
        while self.timers and min(when for when, _ in self.timers) <= at:
            due = min(self.timers, key=lambda each: each[0])
            self.timers.remove(due)
            self.now = due[0]
            due[1]()
        self.now = at


def a_deadline() -> tuple[Clock, Deadline, list[float]]:
    clock, rang = Clock(), []
    return clock, Deadline(clock, lambda: rang.append(clock.now)), rang


def test_a_deadline_that_is_moved_away_needs_no_new_timer():
    clock, deadline, rang = a_deadline()
    for _ in range(1000):
        clock.now += 0.001
        deadline.move(clock.now + 5)
    assert clock.armed == 1

    clock.run_to(100)
    assert rang == [pytest.approx(6.0, abs=0.01)]
    assert clock.armed == 2


def test_a_deadline_that_comes_nearer_rings_in_time():
    clock, deadline, rang = a_deadline()
    deadline.move(50)
    deadline.move(5)
    clock.run_to(100)
    assert rang == [5]
    assert not clock.timers


def test_a_deadline_that_is_cancelled_does_not_ring_and_can_be_set_again():
    clock, deadline, rang = a_deadline()
    deadline.move(5)
    deadline.cancel()
    assert not clock.timers
    clock.run_to(10)
    deadline.move(15)
    clock.run_to(20)
    assert rang == [15]


@pytest.mark.anyio
async def test_long_deadlines_leave_no_timer_behind():
    async with serving([ok(b"hi")]) as server, a_client() as client:
        for _ in range(3):
            await send(client, server.url, timeouts=LONG)
